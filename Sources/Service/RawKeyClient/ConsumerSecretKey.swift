internal import Crypto
internal import Foundation
internal import Glibc

/// A consumer's X-Wing secret key: what the keys of its blocks are encrypted to.
public struct ConsumerSecretKey: Sendable {
    let key: XWingMLKEM768X25519.PrivateKey
    /// The public key, raw, 1,216 bytes: for the agent's configuration.
    public let publicKey: [UInt8]
    /// The name that the agent knows it by: the first 16 hexadecimal digits of the public key's SHA-256.
    public let keyID: String

    /// Bytes of a seed.
    public static let seedBytes = 32

    /// A new key.
    public static func random() throws -> ConsumerSecretKey { Self(try XWingMLKEM768X25519.PrivateKey.generate()) }

    /// The key of a seed; nil if that has not 32 bytes.
    public init?(seed: [UInt8]) {
        guard seed.count == Self.seedBytes,
            let key = try? XWingMLKEM768X25519.PrivateKey(seedRepresentation: Data(seed), publicKey: nil)
        else { return nil }
        self.init(key)
    }

    /// The key whose seed a file holds: 32 bytes, readable by this user only.
    ///
    /// Throws `.secretKey`.
    public init(file path: String) throws(RawKeyClientError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw .secretKey(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .secretKey(path: path, reason: "it is not a file")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .secretKey(path: path, reason: "it belongs to another user")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .secretKey(path: path, reason: "others may read it: chmod 600")
        }
        var seed = [UInt8](repeating: 0, count: Self.seedBytes + 1)
        defer { explicit_bzero(&seed, seed.count) }
        let count = read(descriptor, &seed, seed.count)
        guard count == Self.seedBytes,
            let key = try? XWingMLKEM768X25519.PrivateKey(seedRepresentation: seed.prefix(count), publicKey: nil)
        else { throw .secretKey(path: path, reason: "it is not a seed of 32 bytes") }
        self.init(key)
    }

    private init(_ key: XWingMLKEM768X25519.PrivateKey) {
        self.key = key
        publicKey = Array(key.publicKey.rawRepresentation)
        keyID = SHA256.hash(data: publicKey).prefix(8).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// The seed, for a file of mode 0600.
    public func withSeed<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        var seed = key.seedRepresentation
        defer { seed.overwrite() }
        return try seed.withUnsafeBytes(body)
    }
}

extension Data {
    /// Puts zeros in the place of a secret.
    mutating func overwrite() {
        withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        }
    }
}
