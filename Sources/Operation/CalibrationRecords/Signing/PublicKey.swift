internal import CLibCrypto
public import Foundation

/// An Ed25519 public key. Its text is the base64 of its SubjectPublicKeyInfo: between the two lines of a PEM file it is
/// what `openssl pkey -pubin` reads.
public struct PublicKey: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The 32 bytes of the key.
    public let bytes: Data

    /// What comes before the 32 bytes in DER: RFC 8410, section 4.
    private static let header: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

    /// From its 32 bytes.
    init(raw: Data) { bytes = raw }

    /// From the 32 bytes that a message carries; nil if there are not so many.
    public init?(bytes: Data) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Data(bytes)
    }

    /// From PEM, or from the base64 between its lines; nil if it is neither.
    public init?(_ text: String) {
        let body = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
        guard let der = Data(base64Encoded: body.trimmingCharacters(in: .whitespaces)), der.count == 44,
            der.prefix(12).elementsEqual(Self.header)
        else { return nil }
        bytes = Data(der.suffix(32))
    }

    /// Base64 of the SubjectPublicKeyInfo, one line.
    public var description: String { (Data(Self.header) + bytes).base64EncodedString() }

    /// As a PEM file.
    public var pem: String { "-----BEGIN PUBLIC KEY-----\n\(self)\n-----END PUBLIC KEY-----\n" }

    /// What people compare: the first 32 hexadecimal digits of the SHA-256 of the SubjectPublicKeyInfo, in groups.
    public var fingerprint: String {
        let digits = Array(Digest.sha256(Data(Self.header) + bytes).prefix(32))
        return stride(from: 0, to: 32, by: 4).map { String(digits[$0..<$0 + 4]) }.joined(separator: ":")
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let key = PublicKey(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no Ed25519 public key"))
        }
        self = key
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Whether `signature` is this key's over exactly these bytes.
    public func verifies(_ signature: Data, of message: Data) -> Bool {
        guard signature.count == 64 else { return false }
        // SAFETY: libcrypto reads the buffers during the calls only.
        return bytes.withUnsafeBytes { key in
            guard
                let handle = EVP_PKEY_new_raw_public_key(
                    EVP_PKEY_ED25519, nil, key.bindMemory(to: UInt8.self).baseAddress, key.count)
            else { return false }
            defer { EVP_PKEY_free(handle) }
            guard let context = EVP_MD_CTX_new() else { return false }
            defer { EVP_MD_CTX_free(context) }
            guard EVP_DigestVerifyInit(context, nil, nil, nil, handle) == 1 else { return false }
            return signature.withUnsafeBytes { signature in
                message.withUnsafeBytes { message in
                    EVP_DigestVerify(
                        context, signature.bindMemory(to: UInt8.self).baseAddress, signature.count,
                        message.bindMemory(to: UInt8.self).baseAddress, message.count) == 1
                }
            }
        }
    }
}
