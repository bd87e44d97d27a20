internal import CUnitIO

/// CRC-32C (Castagnoli), as frames use it: 0xE3069283 for the bytes "123456789".
public enum CRC32C {
    /// The CRC of `bytes`, or of all bytes so far if `crc` is the CRC of those before.
    public static func checksum(_ bytes: RawSpan, continuing crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { cu_crc32c(crc, $0.baseAddress, $0.count) }
    }
}
