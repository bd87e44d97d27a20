/// A JSON text that somebody else wrote, as it stands there: numbers keep their digits, so that whoever takes one says what
/// it can be, and nothing is rounded or trapped on the way.
///
/// Foundation's decoder takes the last of two values with the same name, and does not say where a text is wrong.
public enum ForeignJSON: Sendable, Hashable {
    /// null.
    case null
    /// true or false.
    case flag(Bool)
    /// A number, as it is written.
    case number(String)
    /// A text.
    case text(String)
    /// An array.
    case list([ForeignJSON])
    /// An object; no name is in it twice.
    case object([String: ForeignJSON])

    /// Values in a text, at most: memory stays within some 100 MB whatever the text is.
    public static let mostValues = 1 << 22
    /// Objects and arrays within each other, at most.
    public static let deepest = 64

    /// Reads a text: RFC 8259 in UTF-8, no name twice in an object.
    ///
    /// - Throws: `JSONFault` with the place of what is wrong.
    public init(parsing bytes: [UInt8]) throws(JSONFault) { try self.init(parsing: bytes, mostValues: Self.mostValues) }

    init(parsing bytes: [UInt8], mostValues: Int) throws(JSONFault) {
        var parser = JSONParser(bytes, mostValues: mostValues)
        self = try parser.text()
    }

    /// What it is, in a sentence.
    var kindName: String {
        switch self {
        case .null: "null"
        case .flag: "true or false"
        case .number: "a number"
        case .text: "a text"
        case .list: "an array"
        case .object: "an object"
        }
    }

    /// The value in a sentence: short, and without what a terminal would take for a command.
    var excerpt: String {
        switch self {
        case .null: "null"
        case .flag(let value): "\(value)"
        case .number(let digits): Self.shown(digits)
        case .text(let text): "'\(Self.shown(text))'"
        case .list, .object: kindName
        }
    }

    /// A foreign text for a sentence: 60 characters of it, and code points that move a cursor or turn the direction of
    /// writing by their numbers.
    public static func shown(_ text: String) -> String {
        var shown = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < 60 else { return shown + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}

/// Where a JSON text is wrong, and how.
public struct JSONFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int
    /// Counted from 1, in code points.
    public let column: Int
    /// What is wrong there.
    public let reason: String

    init(_ bytes: [UInt8], at position: Int, _ reason: String) {
        let before = bytes[..<min(position, bytes.count)]
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        column = 1 + before[start...].count { $0 & 0xC0 != 0x80 }
        self.reason = reason
    }

    /// The place, then what is wrong there.
    public var description: String { "line \(line), column \(column): \(reason)" }
}
