import ArgumentParser

/// The number of a session as people and programs give it: `cvqkd` says it as sixteen hexadecimal digits, and in decimal.
struct SessionNumber: Decodable {
    let value: UInt64

    /// Reads a number, or a string as `read` takes it.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(UInt64.self) {
            value = number
        } else {
            value = try Self.read(try container.decode(String.self))
        }
    }

    /// Sixteen digits are hexadecimal, as a session's name is; with 0x so many as there are; everything else is decimal, and a
    /// decimal number of sixteen digits is written with a zero in front.
    @Sendable static func read(_ text: String) throws -> UInt64 {
        let isHexadecimal = text.utf8.count == 16 || text.hasPrefix("0x")
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : Substring(text)
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let number = UInt64(digits, radix: isHexadecimal ? 16 : 10)
        else {
            throw ValidationError("'\(text)' is not a session: sixteen hexadecimal digits, or a decimal number.")
        }
        return number
    }
}
