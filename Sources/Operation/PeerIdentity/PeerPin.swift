internal import Crypto
internal import Foundation
internal import X509

/// What a side of the peer channel is known by: the SHA-256 of its certificate's SubjectPublicKeyInfo. A new certificate for
/// the same key has the same pin. It is what
/// `openssl x509 -in FILE -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum` prints.
public struct PeerPin: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The 32 bytes of the digest.
    public let bytes: [UInt8]

    private static let prefix = "sha256:"

    /// From its text: 64 hexadecimal digits, with or without `sha256:` before them and with colons between; nil if it is
    /// something else.
    public init?(_ text: String) {
        let body = text.hasPrefix(Self.prefix) ? text.dropFirst(Self.prefix.count) : text[...]
        let digits = body.utf8.filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 64 else { return nil }
        let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == 64 else { return nil }
        bytes = stride(from: 0, to: 64, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    /// Of a SubjectPublicKeyInfo in DER.
    init(subjectPublicKeyInfo der: [UInt8]) { bytes = Array(SHA256.hash(data: der)) }

    /// `sha256:` and 64 hexadecimal digits.
    public var description: String {
        Self.prefix
            + bytes.map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }.joined()
    }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let pin = PeerPin(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a pin: 64 hexadecimal digits are needed"))
        }
        self = pin
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
