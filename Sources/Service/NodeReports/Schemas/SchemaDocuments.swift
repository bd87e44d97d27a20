public import UnitSchema

/// A schema without findings.
public struct SchemaCheckDocument: Codable, Sendable, Hashable {
    /// The file that was checked.
    public var file: String
    /// Number of the schema.
    public var id: UInt16
    /// Its version.
    public var version: Int
    /// Its version, as people write it.
    public var semanticVersion: String?
    /// How many messages it has.
    public var messages: Int

    /// The document of a schema.
    public init(_ schema: Schema, file: String) {
        self.file = file
        id = schema.id
        version = schema.version
        semanticVersion = schema.semanticVersion
        messages = schema.messages.count
    }
}

/// What differs between two protocols.
public struct SchemaDifferencesDocument: Codable, Sendable, Hashable {
    /// One message.
    public struct Difference: Codable, Sendable, Hashable {
        /// Number of the message.
        public var message: UInt16
        /// Its name.
        public var name: String
        /// Whether both sides mean the same all the same.
        public var compatible: Bool
        /// The first field that differs.
        public var text: String
    }

    /// By message.
    public var differences: [Difference]

    /// The document of a comparison.
    public init(from here: Schema, to there: Schema) {
        differences = here.difference(to: there).map {
            Difference(
                message: $0.messageID, name: $0.messageName, compatible: $0.isCompatible, text: $0.description)
        }
    }
}
