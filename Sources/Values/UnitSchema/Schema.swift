/// A unit protocol: the messages of a Simple Binary Encoding 1.0 schema in the subset that this project uses.
///
/// The subset: little-endian; every field aligned to its size, padding explicit; one level of groups; blocks a multiple
/// of eight bytes long; a description on everything.
public struct Schema: Sendable {
    /// The text that the schema was read from.
    public let text: String
    /// Namespace of the schema.
    public let package: String
    /// Number of the schema.
    public let id: UInt16
    /// Version of the schema, from 0.
    public let version: Int
    /// Version for people, if stated.
    public let semanticVersion: String?
    /// What it is.
    public let description: String
    /// The header before every message.
    public let header: CompositeType
    /// The named types in the order of the text.
    public let types: [DataType]
    /// The messages in the order of the text.
    public let messages: [Message]

    /// Reads and checks a schema. The text may come from a unit: size and depth are bounded, nothing outside it is read.
    ///
    /// - Parameters:
    ///   - text: the XML text.
    ///   - file: where it is from, for the findings.
    /// - Throws: everything that is wrong with the text, or the first thing if it is not even XML.
    public init(parsing text: String, file: String) throws(SchemaError) {
        let root: MarkupElement
        do {
            root = try MarkupReader.root(of: text)
        } catch {
            throw SchemaError(findings: [SchemaFinding(file: file, line: error.line, reason: error.reason)])
        }
        let findings = SchemaFindings(file: file)
        let checked = Grammar.check(root, findings)
        // Meaning is looked for only in a text whose grammar is right: a missing attribute would be reported twice.
        try findings.throwIfAny()
        var reader = SchemaReader(findings: findings, version: Int(checked["version"] ?? "") ?? 0)
        reader.readTypes(of: checked)
        let header = reader.header(named: checked["headerType"] ?? "messageHeader", line: checked.line)
        let messages = reader.messages(of: checked)
        try findings.throwIfAny()
        self.text = text
        self.package = checked["package"] ?? ""
        self.id = UInt16(checked["id"] ?? "") ?? 0
        self.version = reader.version
        self.semanticVersion = checked["semanticVersion"]
        self.description = checked["description"] ?? ""
        self.header = header ?? CompositeType(name: "messageHeader", members: [], description: "")
        self.types = reader.types
        self.messages = messages
    }

    /// The message with a template number.
    public func message(id: UInt16) -> Message? {
        messages.first { $0.id == id }
    }

    /// The message with a name.
    public func message(named name: String) -> Message? {
        messages.first { $0.name == name }
    }
}
