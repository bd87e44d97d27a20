/// A number of a schema: a value, a bound, a null value.
public enum Scalar: Sendable, Comparable, CustomStringConvertible {
    /// Of an integer primitive or `char`; wide enough for all of them.
    case integer(Int128)
    /// Of `float` and `double`.
    case real(Double)

    /// Whether it is the null value of a floating-point number.
    public var isNaN: Bool {
        if case .real(let value) = self { return value.isNaN }
        return false
    }

    /// Decimal, as short as its value allows.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        }
    }

    /// Orders numbers of one kind; numbers of different kinds, and NaN, are not ordered.
    public static func < (left: Scalar, right: Scalar) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.real(let left), .real(let right)): left < right
        default: false
        }
    }
}

/// The primitive types of Simple Binary Encoding 1.0.
public enum Primitive: String, Sendable, CaseIterable {
    case char, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double

    /// Bytes on the wire, which is also the alignment.
    public var size: Int {
        switch self {
        case .char, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float: 4
        case .int64, .uint64, .double: 8
        }
    }

    /// Whether it is a floating-point number.
    public var isReal: Bool { self == .float || self == .double }

    /// Whether it is a signed integer.
    public var isSigned: Bool { [.int8, .int16, .int32, .int64].contains(self) }

    /// Whether it can hold an enumeration or a set.
    public var isUnsigned: Bool { [.uint8, .uint16, .uint32, .uint64].contains(self) }

    /// Smallest and largest integer that the bits can hold; `nil` for floating-point numbers.
    public var bitRange: ClosedRange<Int128>? {
        guard !isReal else { return nil }
        let bits = Int128(8 * size)
        return isSigned ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
    }

    /// The null value of the standard: the most negative or the largest number, NaN, and 0 for characters.
    public var standardNull: Scalar {
        guard let bitRange else { return .real(.nan) }
        if self == .char { return .integer(0) }
        return .integer(isSigned ? bitRange.lowerBound : bitRange.upperBound)
    }

    /// The range of the standard where a type states none: all values but the null value; printable ASCII.
    public var standardRange: ClosedRange<Scalar> {
        guard let bitRange else {
            // Both numbers read back exactly, `float` included.
            let limit = self == .float ? 3.4028235e38 : Double.greatestFiniteMagnitude
            return Scalar.real(-limit)...Scalar.real(limit)
        }
        if self == .char { return Scalar.integer(0x20)...Scalar.integer(0x7E) }
        return isSigned
            ? Scalar.integer(bitRange.lowerBound + 1)...Scalar.integer(bitRange.upperBound)
            : Scalar.integer(0)...Scalar.integer(bitRange.upperBound - 1)
    }

    /// The number that `text` writes, if the primitive can hold it.
    public func scalar(_ text: String) -> Scalar? {
        guard let bitRange else {
            guard let value = Double(text), value.isFinite, self == .double || Float(value).isFinite else { return nil }
            return .real(value)
        }
        if let value = Int128(text) { return bitRange.contains(value) ? .integer(value) : nil }
        if self == .char, text.utf8.count == 1, let byte = text.utf8.first { return .integer(Int128(byte)) }
        return nil
    }
}
