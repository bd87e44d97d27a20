/// Text in a fixed number of bytes, padded with NUL: what the schema calls an array of `char`.
///
/// The bytes are kept as received, so that a message re-encodes to what it was; only `description` interprets them.
public struct FixedText<let capacity: Int>: Sendable, BitwiseCopyable {
    /// The bytes as on the wire.
    public var bytes: InlineArray<capacity, UInt8>

    /// Text with no characters.
    public init() {
        bytes = InlineArray(repeating: 0)
    }

    /// Text from bytes as on the wire.
    public init(bytes: InlineArray<capacity, UInt8>) {
        self.bytes = bytes
    }

    /// `nil` if the UTF-8 form of `text` has more than `capacity` bytes, or contains NUL, which would end it early.
    public init?(_ text: String) {
        self.init()
        var count = 0
        for byte in text.utf8 {
            guard byte != 0, count < capacity else { return nil }
            bytes[count] = byte
            count += 1
        }
    }

    /// Number of bytes before the first NUL.
    public var count: Int {
        for index in 0..<capacity where bytes[index] == 0 { return index }
        return capacity
    }

    /// Whether there is no text.
    public var isEmpty: Bool { count == 0 }
}

extension FixedText: Hashable {
    /// Compares all bytes, those behind the first NUL too.
    public static func == (left: Self, right: Self) -> Bool {
        for index in 0..<capacity where left.bytes[index] != right.bytes[index] { return false }
        return true
    }

    /// Feeds all bytes.
    public func hash(into hasher: inout Hasher) {
        for index in 0..<capacity { hasher.combine(bytes[index]) }
    }
}

extension FixedText: CustomStringConvertible {
    /// The text up to the first NUL. Ill-formed UTF-8 and control characters become U+FFFD: the text comes from a
    /// unit and ends on terminals, where escape sequences would be obeyed.
    public var description: String {
        var received: [UInt8] = []
        received.reserveCapacity(capacity)
        for index in 0..<count { received.append(bytes[index]) }
        let scalars = String(decoding: received, as: UTF8.self).unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
