/// A digest of samples by which a test tells whether a frame arrived as it was made. Unlike the frame's CRC it is made
/// before the frame is sealed for the wire, so a wrong CRC cannot hide a wrong sample. No cryptography.
public enum SampleDigest {
    /// FNV-1a over 64-bit words, the rest byte by byte.
    public static func of(_ bytes: RawSpan) -> UInt64 {
        let prime: UInt64 = 0x0000_0100_0000_01B3
        return bytes.withUnsafeBytes { buffer in
            var digest: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(buffer.count)
            let words = buffer.count / 8
            for index in 0..<words {
                digest = (digest ^ buffer.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)) &* prime
                // The multiplication carries upwards only: without this the high bits of a word would count for little.
                digest ^= digest >> 29
            }
            for byte in buffer[(8 * words)...] { digest = (digest ^ UInt64(byte)) &* prime }
            return digest
        }
    }
}
