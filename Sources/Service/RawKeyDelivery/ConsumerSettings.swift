internal import Crypto
internal import Foundation

/// A consumer of a link's raw key, as the agent's configuration names it.
public struct ConsumerSettings: Sendable {
    /// As the consumer calls itself when it opens.
    public let name: String
    /// The one link that it takes from.
    public let link: String
    /// Its X-Wing public key, raw; nil for a consumer that gets headers, outcomes and gaps only.
    public let publicKey: [UInt8]?
    /// The first 16 hexadecimal digits of the SHA-256 of the public key; empty without one.
    public let keyID: String

    /// A consumer.
    ///
    /// - Parameter publicKey: 1,216 bytes, from the configuration: never taken from the wire.
    ///
    /// Throws `.badPublicKey` if that is no X-Wing key.
    public init(name: String, link: String, publicKey: [UInt8]?) throws(DeliveryError) {
        self.name = name
        self.link = link
        self.publicKey = publicKey
        if let publicKey {
            guard (try? XWingMLKEM768X25519.PublicKey(rawRepresentation: publicKey)) != nil else {
                throw .badPublicKey(consumer: name, bytes: publicKey.count)
            }
            keyID = Self.keyID(of: publicKey)
        } else {
            keyID = ""
        }
    }

    /// The name that a raw public key is known by.
    public static func keyID(of publicKey: [UInt8]) -> String {
        SHA256.hash(data: publicKey).prefix(8).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}
