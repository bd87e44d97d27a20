/// A file with records, or with the heads of chains, that was written.
public struct RecordExportDocument: Codable, Sendable, Hashable {
    /// The file.
    public var output: String
    /// Names of the records, or of the chains.
    public var records: [String]
    /// Its size.
    public var bytes: Int

    /// The document of a file.
    public init(output: String, records: [String], bytes: Int) {
        self.output = output
        self.records = records
        self.bytes = bytes
    }
}

/// A page of a record that was written.
public struct RecordPageDocument: Codable, Sendable, Hashable {
    /// Name of the record.
    public var record: String
    /// The file.
    public var output: String
    /// Its size.
    public var bytes: Int

    /// The document of a page.
    public init(record: String, output: String, bytes: Int) {
        self.record = record
        self.output = output
        self.bytes = bytes
    }
}

/// A file of a maker's values that was signed.
public struct SignedFileDocument: Codable, Sendable, Hashable {
    /// SHA-256 of the values' bytes.
    public var name: String
    /// The file.
    public var output: String
    /// Of the maker's key.
    public var fingerprint: String

    /// The document of a file.
    public init(name: String, output: String, fingerprint: String) {
        self.name = name
        self.output = output
        self.fingerprint = fingerprint
    }
}
