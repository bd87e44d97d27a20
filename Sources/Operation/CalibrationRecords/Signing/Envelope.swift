public import Foundation

/// The two lines of a record's file: the record as it was written, and the signature over exactly those bytes. Nothing
/// is ever serialised again to verify it.
public struct Envelope: Sendable, Hashable {
    /// First line, without the line feed: what is signed, and what the name is the SHA-256 of.
    public let body: Data
    /// Second line.
    public let signature: Signature

    /// Whose signature.
    public struct Signature: Sendable, Hashable, Codable {
        /// `ed25519`; nothing else is known.
        public var algorithm: String
        /// The key that verifies it.
        public var publicKey: PublicKey
        /// 64 bytes, base64.
        public var signature: Data
    }

    /// SHA-256 of the first line.
    public var name: String { Digest.sha256(body) }

    /// Signs `body`, which is one line.
    public init(signing body: Data, with key: borrowing SigningKey) throws(RecordError) {
        precondition(!body.contains(0x0a), "a line feed would end the line")
        self.body = body
        signature = Signature(
            algorithm: "ed25519", publicKey: try key.publicKey(), signature: try key.sign(body))
    }

    /// Two lines, each with its line feed.
    public func data() throws(RecordError) -> Data {
        body + Data([0x0a]) + (try RecordCoding.encode(signature)) + Data([0x0a])
    }

    /// All envelopes of a file; damage if it does not consist of whole ones with right signatures.
    public static func read(_ data: Data) -> Result<[Envelope], DamagedEnvelope> {
        var lines = data.split(separator: 0x0a, omittingEmptySubsequences: false)
        // Without the last line feed, nobody knows whether the last line is whole.
        guard let rest = lines.popLast(), rest.isEmpty, !lines.isEmpty, lines.count.isMultiple(of: 2) else {
            return .failure(DamagedEnvelope(damage: .truncated))
        }
        var envelopes: [Envelope] = []
        for index in stride(from: 0, to: lines.count, by: 2) {
            switch read(body: Data(lines[index]), signature: Data(lines[index + 1])) {
            case .success(let envelope): envelopes.append(envelope)
            case .failure(let damage): return .failure(damage)
            }
        }
        return .success(envelopes)
    }

    private static func read(body: Data, signature line: Data) -> Result<Envelope, DamagedEnvelope> {
        switch RecordCoding.decode(Signature.self, from: line) {
        case .failure(let fault):
            return .failure(DamagedEnvelope(damage: .malformed(reason: "signature: \(fault.reason)")))
        case .success(let signature):
            guard signature.algorithm == "ed25519" else {
                return .failure(
                    DamagedEnvelope(damage: .malformed(reason: "unknown signature algorithm \(signature.algorithm)")))
            }
            guard signature.publicKey.verifies(signature.signature, of: body) else {
                return .failure(
                    DamagedEnvelope(damage: .badSignature(fingerprint: signature.publicKey.fingerprint), body: body))
            }
            return .success(Envelope(body: body, signature: signature))
        }
    }

    private init(body: Data, signature: Signature) {
        self.body = body
        self.signature = signature
    }

    /// The record in it; damage if there is none that this program knows.
    public func record() -> Result<CalibrationRecord, DamagedEnvelope> { Self.record(body) }

    static func record(_ body: Data) -> Result<CalibrationRecord, DamagedEnvelope> {
        struct Version: Decodable { var version: Int }
        switch RecordCoding.decode(Version.self, from: body) {
        case .failure(let fault): return .failure(DamagedEnvelope(damage: .malformed(reason: fault.reason)))
        case .success(let found) where found.version != 1:
            return .failure(DamagedEnvelope(damage: .unknownVersion(found.version)))
        case .success: break
        }
        switch RecordCoding.decode(CalibrationRecord.self, from: body) {
        case .failure(let fault): return .failure(DamagedEnvelope(damage: .malformed(reason: fault.reason)))
        case .success(let record) where record.units.isEmpty:
            return .failure(DamagedEnvelope(damage: .malformed(reason: "it names no unit")))
        // The next number has to be one too.
        case .success(let record) where !(0..<Int.max).contains(record.sequence):
            return .failure(
                DamagedEnvelope(damage: .malformed(reason: "\(record.sequence) is not a number of a chain")))
        case .success(let record):
            if let reason = record.impossibleStatement {
                return .failure(DamagedEnvelope(damage: .malformed(reason: reason)))
            }
            return .success(record)
        }
    }
}

/// Damage as an error of a `Result`, with the bytes of the record if they could be told.
public struct DamagedEnvelope: Error, Sendable, Hashable {
    /// The damage.
    public var damage: Damage
    /// What claims to be the record.
    var body: Data?

    init(damage: Damage, body: Data? = nil) {
        self.damage = damage
        self.body = body
    }
}
