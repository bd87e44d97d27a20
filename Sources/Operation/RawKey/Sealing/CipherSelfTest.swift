/// A known answer of AES-256-GCM: test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation". Tried whenever a
/// cipher is made: a library that computes anything else must not seal key.
enum CipherSelfTest {
    private static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
    private static let nonce = "cafebabefacedbaddecaf888"
    private static let associated = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
    private static let plain =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    private static let sealed =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    private static let tag = "76fc6ece0f4e1768cddf8853bb2d551b"

    static func run(_ cipher: BlockCipher) throws(RawKeyError) {
        let pool = try SecretPool(buffers: 1, bytes: plain.utf8.count / 2)
        guard var block = pool.take() else { throw .selfTestFailed }
        block.append(bytes(plain).span.bytes)
        let found = try cipher.seal(
            &block, header: bytes(associated).span.bytes, key: bytes(key).span.bytes, nonce: bytes(nonce).span.bytes)
        let isRight = block.bytes.withUnsafeBytes { $0.elementsEqual(bytes(sealed)) }
        guard isRight, found == BlockTag(bytes(tag)) else { throw .selfTestFailed }
    }

    /// These are published numbers, no secrets.
    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
