/// One difference between two schemas, seen from the first.
public struct SchemaDifference: Sendable, Equatable, CustomStringConvertible {
    /// What differs.
    public enum Kind: Sendable, Equatable {
        /// Only the other schema has the message.
        case added
        /// Only this schema has the message.
        case removed
        /// The other schema has further fields behind the common ones: both sides can talk.
        case appended(fields: Int)
        /// This schema has further fields behind the common ones: both sides can talk.
        case shortened(fields: Int)
        /// The first element that differs: its number in the chain (0 is the message's own line), its name if it is a
        /// field, and both canonical texts.
        case changed(index: Int, field: String?, ours: String, theirs: String)
    }

    /// Template number of the message.
    public let messageID: UInt16
    /// Its name, ours if the two differ.
    public let messageName: String
    /// What differs.
    public let kind: Kind

    /// Whether both sides understand each other's message. A message that one side lacks is compatible: it is refused, not
    /// misread.
    public var isCompatible: Bool {
        if case .changed = kind { return false }
        return true
    }

    /// One sentence without the final stop.
    public var description: String {
        let message = "message \(messageID) \(messageName)"
        switch kind {
        case .added: return "\(message): only in the other schema"
        case .removed: return "\(message): only in this schema"
        case .appended(let fields): return "\(message): \(fields) more at the end in the other schema"
        case .shortened(let fields): return "\(message): \(fields) more at the end in this schema"
        case .changed(_, let field, let ours, let theirs):
            let place = field.map { "field \($0)" } ?? "the message itself"
            return "\(message): \(place) differs: here '\(ours)', there '\(theirs)'"
        }
    }
}

extension Schema {
    /// What differs from this schema to `other`, message by message in the order of their numbers; empty if both
    /// describe the same bytes.
    public func difference(to other: Schema) -> [SchemaDifference] {
        let ids = Set(messages.map(\.id)).union(other.messages.map(\.id)).sorted()
        return ids.compactMap { id in
            switch (message(id: id), other.message(id: id)) {
            case (let ours?, let theirs?): Self.difference(ours, theirs)
            case (let ours?, nil): SchemaDifference(messageID: id, messageName: ours.name, kind: .removed)
            case (nil, let theirs?): SchemaDifference(messageID: id, messageName: theirs.name, kind: .added)
            case (nil, nil): nil
            }
        }
    }

    private static func difference(_ ours: Message, _ theirs: Message) -> SchemaDifference? {
        let here = ours.canonicalLines
        let there = theirs.canonicalLines
        func found(_ kind: SchemaDifference.Kind) -> SchemaDifference {
            SchemaDifference(messageID: ours.id, messageName: ours.name, kind: kind)
        }
        for index in 0..<min(here.count, there.count) where here[index] != there[index] {
            let field = index == 0 ? nil : ours.canonicalElements[index - 1].name
            return found(.changed(index: index, field: field, ours: here[index], theirs: there[index]))
        }
        if there.count > here.count { return found(.appended(fields: there.count - here.count)) }
        if there.count < here.count { return found(.shortened(fields: here.count - there.count)) }
        return nil
    }
}
