/// One thing that is wrong with a schema.
public struct SchemaFinding: Sendable, Equatable, CustomStringConvertible {
    /// The file's name as given to the parser.
    public let file: String
    /// Line of the element concerned, counted from 1.
    public let line: Int
    /// What is wrong, without a final stop.
    public let reason: String

    /// `file:line: reason`.
    public var description: String { "\(file):\(line): \(reason)" }
}

/// A schema text that cannot be used. Every finding names its place; correct them in the text and try again.
public struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in the order of the lines; at least one.
    public let findings: [SchemaFinding]

    /// One finding per line.
    public var description: String { findings.map(\.description).joined(separator: "\n") }
}

/// Collects findings while a schema is read, so that an author sees all of them at once.
final class SchemaFindings {
    /// A text with more findings than this is not a schema with mistakes, it is something else.
    static let limit = 100

    let file: String
    private var collected: [SchemaFinding] = []

    init(file: String) {
        self.file = file
    }

    var count: Int { collected.count }

    func add(_ line: Int, _ reason: String) {
        guard collected.count < Self.limit else { return }
        collected.append(SchemaFinding(file: file, line: line, reason: reason))
    }

    func throwIfAny() throws(SchemaError) {
        guard !collected.isEmpty else { return }
        // A stable order: findings of one line stay as found.
        let sorted = collected.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
        throw SchemaError(findings: sorted.map(\.element))
    }
}
