/// CRC-16 with the polynomial 0x1021, not reflected: the checksum of `.sor` files. Begun with 0xFFFF it is CCITT-FALSE, with
/// 0 XMODEM.
enum CRC16 {
    static func of(_ bytes: some Sequence<UInt8>, from start: UInt16) -> UInt16 {
        var crc = start
        for byte in bytes { crc = crc << 8 ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
        return crc
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
}
