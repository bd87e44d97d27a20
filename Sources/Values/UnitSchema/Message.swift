/// A field of fixed size.
public struct Field: Sendable {
    /// Name in the schema.
    public let name: String
    /// Number, unique in its block.
    public let id: UInt16
    /// Its encoding.
    public let type: DataType
    /// Bytes from the start of the block.
    public let offset: Int
    /// As stated by the field, else by its type.
    public let presence: Presence
    /// The text of a constant's value.
    public let constant: String?
    /// Unit of measure, as stated by the field, else by its type.
    public let unit: String?
    /// What it is.
    public let description: String
    /// The schema version that added it.
    public let sinceVersion: Int
    /// The schema version that deprecated it.
    public let deprecated: Int?
    /// Line of the field in the schema's text.
    public let line: Int

    /// Bytes on the wire.
    public var size: Int { presence == .constant ? 0 : type.size }

    /// Whether the field only fills space: it is named `padding` or `reserved`, perhaps with a number.
    public var isPadding: Bool {
        ["padding", "reserved"].contains { name.hasPrefix($0) && name.dropFirst($0.count).allSatisfy(\.isNumber) }
    }

    /// The encoding in the canonical text of `firmware-schemas/fingerprint.md`.
    public var canonicalEncoding: String {
        guard let constant, presence == .constant else { return type.canonicalEncoding }
        switch type {
        case .simple(let type): return "const:\(type.primitive)=\(constant)"
        case .enumeration(let type): return "const:\(type.encoding)=\(constant)"
        case .set, .composite: return type.canonicalEncoding
        }
    }
}

/// A block of fields in their order: the root of a message, or an entry of a group.
public struct Block: Sendable {
    /// The fields in the order of the schema.
    public let fields: [Field]
    /// The schema version that added the block.
    public let sinceVersion: Int

    /// Bytes of the block.
    public var length: Int { fields.last.map { $0.offset + $0.size } ?? 0 }

    /// Bytes of the block as a sender of `version` knows it.
    public func length(version: Int) -> Int {
        fields.last { $0.sinceVersion <= version }.map { $0.offset + $0.size } ?? 0
    }

    /// Bytes of the block when it was added: no sender has a shorter one.
    public var minimumLength: Int { length(version: sinceVersion) }
}

/// A repeating group of equal entries.
public struct Group: Sendable {
    /// Name in the schema.
    public let name: String
    /// Number, unique in the message.
    public let id: UInt16
    /// What stands before the entries: their length and number.
    public let dimension: CompositeType
    /// An entry.
    public let block: Block
    /// What it is.
    public let description: String
    /// Line of the group in the schema's text.
    public let line: Int
}

/// Data of variable length.
public struct DataField: Sendable {
    /// Name in the schema.
    public let name: String
    /// Number, unique in the message.
    public let id: UInt16
    /// Length, then the bytes.
    public let type: CompositeType
    /// What it is.
    public let description: String
    /// The schema version that added it.
    public let sinceVersion: Int
    /// Line of the field in the schema's text.
    public let line: Int

    /// The integer before the bytes.
    public var lengthEncoding: Primitive {
        if case .simple(let length)? = type.members.first?.type { return length.primitive }
        return .uint32
    }

    /// Whether the bytes are characters.
    public var isText: Bool {
        if case .simple(let content)? = type.members.last?.type { return content.characterEncoding != nil }
        return false
    }

    var canonicalEncoding: String { DataType.composite(type).canonicalEncoding }
}

/// A message.
public struct Message: Sendable {
    /// Name in the schema.
    public let name: String
    /// Template number.
    public let id: UInt16
    /// The fixed block.
    public let block: Block
    /// Repeating groups, behind the block.
    public let groups: [Group]
    /// Data of variable length, behind the groups.
    public let data: [DataField]
    /// Which way it travels; nil if the schema does not say.
    public let direction: Direction?
    /// What it is for.
    public let description: String
    /// Line of the message in the schema's text.
    public let line: Int
}

extension CompositeType {
    /// The members seen as the fields of a block.
    public var block: Block {
        let fields = members.map { member in
            var presence = Presence.required
            var constant: String?
            if case .simple(let type) = member.type {
                presence = type.presence
                constant = type.constant
            }
            return Field(
                name: member.name, id: 0, type: member.type, offset: member.offset, presence: presence,
                constant: constant, unit: member.type.unit, description: member.description, sinceVersion: 0,
                deprecated: nil, line: 0)
        }
        return Block(fields: fields, sinceVersion: 0)
    }
}
