public import CalibrationRecords
public import Foundation
public import RawKeyMessages
internal import UnitTransport

/// A node's Ed25519 signing key: it signs statements, released windows and the audit log, and no calibration.
public final class NodeKey: Sendable {
    private let key: Guarded<Holder>
    /// Its public half, which the other node pins.
    public let publicKey: PublicKey

    private struct Holder: ~Copyable {
        let key: SigningKey
    }

    /// From a PEM file, mode 0600. Throws what `SigningKey` throws.
    public init(file: String) throws(RecordError) {
        let key = try SigningKey(file: file)
        publicKey = try key.publicKey()
        self.key = Guarded(Holder(key: key))
    }

    /// Signs exactly these bytes.
    public func sign(_ bytes: Data) throws(RecordError) -> Data {
        try key.withLock { holder throws(RecordError) in try holder.key.sign(bytes) }
    }

    /// Signs a window's statement.
    public func sign(
        _ statement: Cvqkd_Rawkey_V1_WindowStatement
    ) throws(EvidenceError) -> Cvqkd_Rawkey_V1_SignedStatement {
        try key.withLock { holder throws(EvidenceError) in try StatementSigning.sign(statement, with: holder.key) }
    }
}
