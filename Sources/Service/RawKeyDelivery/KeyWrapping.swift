internal import Crypto
internal import DeliveryProtocol
internal import Foundation
internal import RawKey

/// The encryption of block keys to one consumer: RFC 9180 in base mode, X-Wing with HKDF-SHA256 and AES-256-GCM, one context
/// per key.
///
/// swift-crypto reads the key where it lies, in locked memory; what it holds besides is the shared secret of the context,
/// in memory that it overwrites at the end.
struct KeyWrapping {
    private let consumer: String
    private let publicKey: XWingMLKEM768X25519.PublicKey
    private let keyID: String

    /// Nil for a consumer without a key.
    init?(_ consumer: ConsumerSettings) {
        guard let raw = consumer.publicKey,
            let publicKey = try? XWingMLKEM768X25519.PublicKey(rawRepresentation: raw)
        else { return nil }
        self.consumer = consumer.name
        self.publicKey = publicKey
        keyID = consumer.keyID
    }

    /// A block's key for the consumer, made at the first call for this block.
    func key(
        of block: StoredBlock, windowDigest: [UInt8], binding: [UInt8]
    ) throws -> KeyForConsumer? {
        try block.keyForConsumer { key in
            let info = ReleaseInfo(
                consumer: consumer, keyID: keyID, binding: binding, session: block.session, cell: block.cell,
                blockDigest: block.digest, windowDigest: windowDigest)
            var sender = try HPKE.Sender(
                recipientKey: publicKey, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data(info.bytes))
            let wrapped = try key.withUnsafeBytes { try sender.seal($0) }
            return KeyForConsumer(
                encapsulation: Array(sender.encapsulatedKey), wrappedKey: Array(wrapped), keyID: keyID)
        }
    }
}
