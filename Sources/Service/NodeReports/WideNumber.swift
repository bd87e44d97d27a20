/// A number that may be above 2^53, which many readers of JSON would round: it is a string there.
public struct WideNumber: Codable, Hashable, Sendable, CustomStringConvertible, ExpressibleByIntegerLiteral {
    /// The number.
    public var value: UInt64

    /// A number.
    public init(_ value: UInt64) { self.value = value }
    /// A number.
    public init(integerLiteral value: UInt64) { self.value = value }

    /// Reads a string of digits; a number too, if it is whole.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(UInt64.self) {
            value = number
            return
        }
        let text = try container.decode(String.self)
        guard let number = UInt64(text), text.utf8.first != UInt8(ascii: "+") else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a whole number")
        }
        value = number
    }

    /// Writes a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Decimal digits.
    public var description: String { String(value) }
}
