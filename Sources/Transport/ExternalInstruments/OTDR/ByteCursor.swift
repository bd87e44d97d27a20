/// Reads little-endian numbers and texts from a part of a file; nil where the part ends, for ever after.
struct ByteCursor {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    /// The bytes of a range that lies within them.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - position }

    private mutating func unsigned(_ count: Int) -> UInt64? {
        guard remaining >= count else {
            position = end
            return nil
        }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[position + index]) << (8 * UInt64(index)) }
        position += count
        return value
    }

    mutating func u16() -> UInt16? { unsigned(2).map { UInt16(truncatingIfNeeded: $0) } }
    mutating func u32() -> UInt32? { unsigned(4).map { UInt32(truncatingIfNeeded: $0) } }
    mutating func i16() -> Int16? { u16().map { Int16(bitPattern: $0) } }
    mutating func i32() -> Int32? { u32().map { Int32(bitPattern: $0) } }

    /// Letters of a code.
    mutating func letters(_ count: Int) -> String? {
        guard remaining >= count else {
            position = end
            return nil
        }
        defer { position += count }
        return Self.text(bytes[position..<position + count])
    }

    /// No text of a genuine file is longer, bytes; of one that is, the beginning is enough for people.
    private static let longestText = 1000

    /// A text that ends with a zero byte.
    mutating func text() -> String? {
        guard let zero = bytes[position..<end].firstIndex(of: 0) else {
            position = end
            return nil
        }
        defer { position = zero + 1 }
        return Self.text(bytes[position..<min(zero, position + Self.longestText)])
    }

    /// Goes back, for what may be there or not.
    mutating func rewind(to position: Int) { self.position = min(position, end) }

    /// UTF-8 if it is, otherwise Latin-1, without spaces around it and without control characters: it goes to terminals.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map { .init($0) }))
        let clean = text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? " " : $0 }
        return String(String.UnicodeScalarView(clean)).split(separator: " ").joined(separator: " ")
    }
}
