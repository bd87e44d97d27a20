/// Who gets the raw key of a link at this end.
public struct ConsumerConfiguration: Sendable, Hashable {
    /// Its name, by which it opens a stream.
    public var name: String
    /// The link.
    public var link: String
    /// Whether it gets headers, outcomes and gaps only. Not limited to one per link.
    public var isMetadataOnly: Bool
    /// File of its X-Wing public key: 1,216 bytes as they are, in base64, or in hexadecimal. Nil for metadata only.
    public var publicKeyFile: String?
    /// Path of its socket.
    public var socket: String
    /// Who may connect to it.
    public var users: [LocalUser]
    /// Whether it acknowledges ciphertext as blocks close, so that no whole window has to be kept for it.
    public var takesCiphertextEarly: Bool
}

/// Raw key until it was taken.
public struct SpoolConfiguration: Sendable, Hashable {
    /// Where it is kept.
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// In locked memory only; a restart loses it.
        case memory
        /// On the disk, its keys wrapped.
        case durable
    }

    /// Where.
    public var policy: Policy
    /// Bytes for each link.
    public var bytes: UInt64
    /// Share of them at which the stream is stopped.
    public var highWater: Double
    /// File of the secret under which keys are wrapped; with `durable` only.
    public var rootSecretFile: String?

    /// In memory, 1 GiB.
    public static let usual = SpoolConfiguration(policy: .memory, bytes: 1 << 30, highWater: 0.8)
}
