internal import CLibCrypto
internal import ForeignFiles
public import Foundation

/// An Ed25519 secret key, of a station or of a node, in memory as long as this value lives: make it, sign, let it go.
public struct SigningKey: ~Copyable {
    private let handle: OpaquePointer

    /// What comes before the 32 secret bytes in a PKCS#8 file: RFC 8410, section 7.
    private static let header: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let first = "-----BEGIN PRIVATE KEY-----\n"
    private static let last = "\n-----END PRIVATE KEY-----\n"

    /// From 32 secret bytes.
    init(_ secret: borrowing SecretBytes) throws(RecordError) {
        guard
            secret.bytes.count == 32,
            let handle = EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, secret.bytes.assumingMemoryBound(to: UInt8.self).baseAddress, 32)
        else { throw .crypto(action: "take the secret key") }
        self.handle = handle
    }

    // libcrypto wipes the secret when it frees a key.
    deinit { EVP_PKEY_free(handle) }

    /// The key that verifies what this one signs.
    public func publicKey() throws(RecordError) -> PublicKey {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = 32
        guard EVP_PKEY_get_raw_public_key(handle, &bytes, &count) == 1, count == 32 else {
            throw .crypto(action: "derive the public key")
        }
        return PublicKey(raw: Data(bytes))
    }

    /// Signs exactly these bytes; 64 bytes.
    public func sign(_ message: Data) throws(RecordError) -> Data {
        guard let context = EVP_MD_CTX_new() else { throw .crypto(action: "sign") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = 64
        guard
            EVP_DigestSignInit(context, nil, nil, nil, handle) == 1,
            message.withUnsafeBytes({
                EVP_DigestSign(
                    context, &signature, &count, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
            }) == 1, count == 64
        else { throw .crypto(action: "sign") }
        return Data(signature)
    }

    /// Makes a key and writes it as PKCS#8 PEM, mode 0600, into a file that must not exist yet.
    public static func make(file: String) throws(RecordError) -> SigningKey {
        let secret = try SecretBytes.random(count: 32)
        let key = try SigningKey(secret)
        let der = SecretBytes(count: 48)
        der.bytes.copyBytes(from: header)
        UnsafeMutableRawBufferPointer(rebasing: der.bytes[16...]).copyMemory(from: UnsafeRawBufferPointer(secret.bytes))
        // 48 bytes are 64 characters of base64 and libcrypto's terminating zero.
        let text = SecretBytes(count: first.utf8.count + 65 + last.utf8.count)
        text.bytes.copyBytes(from: first.utf8)
        let body = UnsafeMutableRawBufferPointer(rebasing: text.bytes[first.utf8.count...])
        EVP_EncodeBlock(
            body.assumingMemoryBound(to: UInt8.self).baseAddress,
            der.bytes.assumingMemoryBound(to: UInt8.self).baseAddress,
            48)
        UnsafeMutableRawBufferPointer(rebasing: body[64...]).copyBytes(from: last.utf8)
        let count = first.utf8.count + 64 + last.utf8.count
        try RecordFile.create(file, UnsafeRawBufferPointer(rebasing: text.bytes[..<count]))
        return key
    }

    /// Reads a PKCS#8 PEM file, as this program or `openssl genpkey -algorithm ed25519` writes it. A file that others
    /// than its owner may read is refused.
    public init(file: String) throws(RecordError) {
        let text = SecretBytes(count: 512)
        let (count, facts): (Int, ForeignFileFacts)
        do throws(ForeignFileRefusal) {
            let opened = try ForeignFile(
                file, ForeignFileKind("a file with a secret key", mostBytes: 64 << 10), links: .refused)
            (count, facts) = (try opened.read(into: text.bytes, at: 0), opened.facts)
        } catch {
            throw .from(error)
        }
        guard facts.permissions & 0o077 == 0, facts.owner == geteuid() || geteuid() == 0 else {
            throw .keyExposed(file: file, mode: facts.permissions & 0o777)
        }
        let unreadable = RecordError.unreadableStation(file: file, reason: "no Ed25519 key in PKCS#8 PEM")
        let start = Self.first.utf8.count
        guard count >= start + 64, text.bytes.prefix(start).elementsEqual(Self.first.utf8) else { throw unreadable }
        let der = SecretBytes(count: 48)
        guard
            EVP_DecodeBlock(
                der.bytes.assumingMemoryBound(to: UInt8.self).baseAddress,
                UnsafeMutableRawBufferPointer(rebasing: text.bytes[start..<start + 64]).assumingMemoryBound(
                    to: UInt8.self
                ).baseAddress, 64) == 48, der.bytes.prefix(16).elementsEqual(Self.header)
        else { throw unreadable }
        let secret = SecretBytes(count: 32)
        secret.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: der.bytes[16...]))
        try self.init(secret)
    }
}
