public import CalibrationRecords
public import Foundation

/// A station.
public struct StationDocument: Codable, Sendable, Hashable {
    /// As records have it.
    public var name: String
    /// Who works there unless something else is said.
    public var operatorName: String?
    /// Base64.
    public var publicKey: String
    /// Of the key, to be compared over another channel.
    public var fingerprint: String
    /// When it was made.
    public var created: Date
    /// Where it and its records are.
    public var folder: String

    /// The document of a station.
    public init(_ station: Station, _ folder: StateFolder) {
        name = station.name
        operatorName = station.operatorName
        publicKey = station.publicKey.description
        fingerprint = station.publicKey.fingerprint
        created = station.created
        self.folder = folder.path
    }
}

/// A key that is believed here, or was.
public struct TrustedKeyDocument: Codable, Sendable, Hashable {
    /// Name of its owner.
    public var name: String
    /// `station` or `factory`.
    public var role: String
    /// To be compared over another channel.
    public var fingerprint: String
    /// Base64.
    public var publicKey: String
    /// When it was added.
    public var added: Date
    /// Since when it is not believed any more; absent if it is.
    public var revoked: Date?

    /// The document of a key.
    public init(_ entry: TrustedKeys.Entry) {
        name = entry.name
        role = entry.role.rawValue
        fingerprint = entry.publicKey.fingerprint
        publicKey = entry.publicKey.description
        added = entry.added
        revoked = entry.revoked
    }
}

/// Whose signatures are believed.
public struct StationListDocument: Codable, Sendable, Hashable {
    /// Absent if there is none.
    public var station: StationDocument?
    /// The others.
    public var trusted: [TrustedKeyDocument]

    /// The document of all keys.
    public init(_ keys: TrustedKeys, _ folder: StateFolder) {
        station = keys.own.map { StationDocument($0, folder) }
        trusted = keys.entries.map(TrustedKeyDocument.init)
    }
}
