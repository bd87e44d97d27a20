/// A 64-bit number that a unit states, or that names a session: in JSON a string of decimal digits, because many readers of
/// JSON round numbers beyond 2^53. What this program has counted itself stays a number: nothing lasts that long.
@propertyWrapper
public struct DecimalText: Codable, Hashable, Sendable {
    /// The number.
    public var wrappedValue: UInt64

    /// A number.
    public init(wrappedValue: UInt64) { self.wrappedValue = wrappedValue }

    /// Reads digits, or a number, as programs wrote it before.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let text = try? container.decode(String.self) else {
            wrappedValue = try container.decode(UInt64.self)
            return
        }
        guard let number = UInt64(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number of 64 bits")
        }
        wrappedValue = number
    }

    /// Writes digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(wrappedValue))
    }
}
