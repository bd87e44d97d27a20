extension ValueKind<Double> {
    /// A number in a range. `isOpenBelow` leaves out the lower bound itself.
    static func number(_ range: ClosedRange<Double>, isOpenBelow: Bool = false) -> ValueKind {
        let bounds =
            isOpenBelow
            ? "greater than \(plain(range.lowerBound)) and at most \(plain(range.upperBound))"
            : "from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
        return ValueKind("a number \(bounds)") { scalar throws(ValueFault) in
            guard let number = DecimalText.number(scalar) else { throw ValueFault() }
            guard range.contains(number), !isOpenBelow || number > range.lowerBound else { throw ValueFault() }
            return number
        }
    }

    /// A number with a unit behind it. Without one it is in the first unit that is named.
    static func quantity(_ units: [(name: String, factor: Double)], _ range: ClosedRange<Double>, _ example: String)
        -> ValueKind
    {
        let base = units[0].name
        let expected =
            "a quantity such as \(example), from \(plain(range.lowerBound)) to \(plain(range.upperBound)) \(base)"
        return ValueKind(expected) { scalar throws(ValueFault) in
            guard let (number, unit) = DecimalText.split(scalar) else { throw ValueFault() }
            guard let factor = units.first(where: { $0.name == unit || unit.isEmpty })?.factor else {
                throw ValueFault(
                    "'\(unit)' is not a unit here; \(units.map(\.name).joined(separator: ", ")) are")
            }
            let value = number * factor
            guard range.contains(value) else { throw ValueFault() }
            return value
        }
    }

    /// A time, s.
    static func duration(_ range: ClosedRange<Double>) -> ValueKind {
        quantity([("s", 1), ("ms", 1e-3), ("min", 60), ("h", 3_600)], range, "30 s")
    }

    /// A rate, Hz.
    static func rate(_ range: ClosedRange<Double>) -> ValueKind {
        quantity([("Hz", 1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)], range, "10 MHz")
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : "\(value)"
    }
}

extension ValueKind<UInt64> {
    /// A whole number in a range.
    static func whole(_ range: ClosedRange<UInt64>) -> ValueKind {
        ValueKind("a whole number from \(range.lowerBound) to \(range.upperBound)") { scalar throws(ValueFault) in
            guard !scalar.isQuoted, DecimalText.isPlain(scalar.text), let number = UInt64(scalar.text),
                range.contains(number)
            else { throw ValueFault() }
            return number
        }
    }

    /// Bytes, with a unit.
    static func bytes(_ range: ClosedRange<UInt64>) -> ValueKind {
        let units: [(String, Double)] = [
            ("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("KiB", 1_024), ("MiB", 1_048_576),
            ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
        ]
        return ValueKind<Double>.quantity(units, Double(range.lowerBound)...Double(range.upperBound), "512 MiB")
            .then("a size such as 512 MiB, from \(range.lowerBound) to \(range.upperBound) B") { UInt64($0) }
    }
}

/// Numbers as people write them: decimal, with an exponent if need be. What readers of YAML disagree about (leading zeros,
/// underscores, colons, hexadecimal, infinities) is not a number.
enum DecimalText {
    /// Digits without a leading zero.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && (text.utf8.count == 1 || !text.hasPrefix("0"))
    }

    /// A number that stands alone, without quotes.
    static func number(_ scalar: ScalarText) -> Double? { scalar.isQuoted ? nil : number(scalar.text[...]) }

    private static func number(_ text: Substring) -> Double? {
        guard text.wholeMatch(of: #/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?/#) != nil,
            let number = Double(text), number.isFinite
        else { return nil }
        return number
    }

    /// A number and what stands behind it.
    static func split(_ scalar: ScalarText) -> (number: Double, unit: String)? {
        guard !scalar.isQuoted else { return nil }
        let text = scalar.text
        // Hexadecimal is refused: it is neither taken as a number nor as a number with a unit.
        guard !text.hasPrefix("0x"), !text.hasPrefix("0o"), !text.hasPrefix("0b") else { return nil }
        let end = text.firstIndex { $0 == " " || ($0.isLetter && $0 != "e" && $0 != "E") } ?? text.endIndex
        guard let number = number(text[..<end]) else { return nil }
        return (number, String(text[end...].drop { $0 == " " }))
    }
}
