public import CalibrationRecords
internal import Digests
internal import Foundation
public import RawKeyMessages
internal import SwiftProtobuf

/// Signatures of windows' statements: over the bytes that are sent, by the node's key.
public enum StatementSigning {
    /// What is signed begins with this, so that no signature of another purpose is one of these.
    private static let context = Data("cvqkd.rawkey.v1 window\n".utf8)

    /// A signed statement.
    ///
    /// Throws `.notSigned`.
    public static func sign(
        _ statement: Cvqkd_Rawkey_V1_WindowStatement, with key: borrowing SigningKey
    ) throws(EvidenceError) -> Cvqkd_Rawkey_V1_SignedStatement {
        guard let bytes: Data = try? statement.serializedData() else {
            throw .notSigned(reason: "it has a text that is not UTF-8")
        }
        var signed = Cvqkd_Rawkey_V1_SignedStatement()
        signed.statement = bytes
        do throws(RecordError) {
            signed.signature = try key.sign(context + bytes)
            signed.publicKey = try key.publicKey().bytes
        } catch { throw .notSigned(reason: error.description) }
        return signed
    }

    /// What a pinned key signed; its numbers are not looked at yet.
    ///
    /// Throws `.notPinned`, `.badSignature`, `.unreadable`.
    public static func verify(
        _ signed: Cvqkd_Rawkey_V1_SignedStatement, pinned: [PublicKey]
    ) throws(EvidenceError) -> Cvqkd_Rawkey_V1_WindowStatement {
        guard let key = PublicKey(bytes: signed.publicKey) else {
            throw .malformed(field: "public_key", reason: "it has \(signed.publicKey.count) bytes, not 32")
        }
        guard pinned.contains(key) else { throw .notPinned(fingerprint: key.fingerprint) }
        return try verifySelfSigned(signed)
    }

    /// What the key that a statement brings along signed. It proves only that the key's owner signed, whoever that is.
    ///
    /// Throws as `verify`, without `.notPinned`.
    public static func verifySelfSigned(
        _ signed: Cvqkd_Rawkey_V1_SignedStatement
    ) throws(EvidenceError) -> Cvqkd_Rawkey_V1_WindowStatement {
        guard let key = PublicKey(bytes: signed.publicKey) else {
            throw .malformed(field: "public_key", reason: "it has \(signed.publicKey.count) bytes, not 32")
        }
        guard key.verifies(signed.signature, of: context + signed.statement) else { throw .badSignature }
        guard let statement = try? Cvqkd_Rawkey_V1_WindowStatement(serializedBytes: signed.statement) else {
            throw .unreadable(what: "statement")
        }
        return statement
    }

    /// SHA-256 over a statement as it was signed: what the next one of this end names as `previous`, and an answer as
    /// `answers`.
    public static func digest(of signed: Cvqkd_Rawkey_V1_SignedStatement) -> [UInt8] {
        SHA256().digest(of: Array(signed.statement)).bytes
    }

    /// The digest of a window: SHA-256 over Bob's statement and Alice's, one behind the other, as they were signed.
    public static func windowDigest(
        receiver: Cvqkd_Rawkey_V1_SignedStatement, transmitter: Cvqkd_Rawkey_V1_SignedStatement
    ) -> [UInt8] {
        SHA256().digest(of: Array(receiver.statement + transmitter.statement)).bytes
    }
}
