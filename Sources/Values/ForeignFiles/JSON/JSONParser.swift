/// Reads the bytes of a JSON text.
struct JSONParser {
    private let bytes: [UInt8]
    private let mostValues: Int
    private var position = 0
    private var values = 0

    /// The longest number: more digits than any means something.
    private static let longestNumber = 400

    init(_ bytes: [UInt8], mostValues: Int) {
        self.bytes = bytes
        self.mostValues = mostValues
    }

    /// The one value of the text, and nothing behind it.
    mutating func text() throws(JSONFault) -> ForeignJSON {
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw fault(0, "this is UTF-16; a JSON text is UTF-8")
        }
        if let place = UTF8Check.firstFault(bytes) {
            throw fault(place, "byte \(Self.hexadecimal(bytes[place])) is not UTF-8: perhaps the text is Latin-1")
        }
        // A mark that some editors write.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try value(depth: 0)
        skipBlanks()
        guard position < bytes.count else { return value }
        if bytes[position...].allSatisfy({ $0 == 0 }) {
            let zeros = bytes.count - position
            throw fault(position, zeros == 1 ? "a zero byte follows the text" : "\(zeros) zero bytes follow the text")
        }
        throw fault(position, "\(shown(position)) follows the text")
    }

    private mutating func value(depth: Int) throws(JSONFault) -> ForeignJSON {
        values += 1
        guard values <= mostValues else {
            throw fault(position, "there are more than \(mostValues) values")
        }
        guard depth <= ForeignJSON.deepest else {
            throw fault(position, "more than \(ForeignJSON.deepest) arrays and objects lie within each other")
        }
        skipBlanks()
        guard position < bytes.count else { throw fault(position, "the text ends where a value is expected") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> ForeignJSON {
        position += 1
        var fields: [String: ForeignJSON] = [:]
        if take("}") { return .object(fields) }
        while true {
            skipBlanks()
            let start = position
            guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
            let name = try string()
            guard take(":") else { throw unexpected("a colon") }
            let value = try value(depth: depth + 1)
            guard fields.updateValue(value, forKey: name) == nil else {
                throw fault(start, "'\(ForeignJSON.shown(name))' is there a second time in this object")
            }
            if take("}") { return .object(fields) }
            guard take(",") else { throw unexpected("a comma or }") }
        }
    }

    private mutating func list(depth: Int) throws(JSONFault) -> ForeignJSON {
        position += 1
        var items: [ForeignJSON] = []
        if take("]") { return .list(items) }
        while true {
            items.append(try value(depth: depth + 1))
            if take("]") { return .list(items) }
            guard take(",") else { throw unexpected("a comma or ]") }
        }
    }

    private mutating func string() throws(JSONFault) -> String {
        position += 1
        var text = ""
        var start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                text += String(decoding: bytes[start..<position], as: UTF8.self)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                text += String(decoding: bytes[start..<position], as: UTF8.self)
                text.unicodeScalars.append(try escape())
                start = position
            case 0..<32: throw fault(position, "\(shown(position)) stands in a text; it has to be escaped there")
            default: position += 1
            }
        }
        throw fault(position, "the text ends within quotes")
    }

    private mutating func escape() throws(JSONFault) -> Unicode.Scalar {
        let start = position
        guard position + 1 < bytes.count else { throw fault(bytes.count, "the text ends within quotes") }
        position += 2
        switch bytes[position - 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try hexadecimal(from: start)
            if let scalar = Unicode.Scalar(first) { return scalar }
            // A code point above 0xFFFF is written as two halves.
            guard first < 0xDC00, bytes[position...].starts(with: Array("\\u".utf8)) else {
                throw fault(start, "half of a code point is escaped here")
            }
            position += 2
            let second = try hexadecimal(from: start)
            guard (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw fault(start, "half of a code point is escaped here") }
            return scalar
        default: throw fault(start, "there is no such escape in JSON")
        }
    }

    private mutating func hexadecimal(from start: Int) throws(JSONFault) -> UInt32 {
        guard bytes.count - position >= 4,
            let number = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
            bytes[position] != UInt8(ascii: "+")
        else { throw fault(start, "\\u wants four hexadecimal digits") }
        position += 4
        return number
    }

    private mutating func number() throws(JSONFault) -> String {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        guard digits() > 0 else { throw fault(start, "\(shownWord(start)) is not a number of JSON") }
        if bytes[first] == UInt8(ascii: "0"), position - first > 1 {
            throw fault(start, "a number of JSON does not begin with 0")
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw fault(start, "a number of JSON has a digit behind its point") }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw fault(start, "a number of JSON has a digit behind its e") }
        }
        guard position - start <= Self.longestNumber else {
            throw fault(start, "a number of \(position - start) digits")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - start
    }

    private mutating func word() throws(JSONFault) -> ForeignJSON {
        for (word, value) in [("null", ForeignJSON.null), ("true", .flag(true)), ("false", .flag(false))]
        where bytes[position...].starts(with: Array(word.utf8)) {
            position += word.utf8.count
            return value
        }
        let written = shownWord(position)
        if ["NaN", "Infinity", "inf", "nan", "None", "True", "False"].contains(written) {
            throw fault(position, "\(written) is not JSON")
        }
        throw unexpected("a value")
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: sign) else { return false }
        position += 1
        return true
    }

    private func unexpected(_ wanted: String) -> JSONFault {
        guard position < bytes.count else { return fault(position, "the text ends where \(wanted) is expected") }
        return fault(position, "\(shown(position)) stands where \(wanted) is expected")
    }

    private func fault(_ position: Int, _ reason: String) -> JSONFault { JSONFault(bytes, at: position, reason) }

    /// What stands at a place, for a sentence.
    private func shown(_ position: Int) -> String {
        guard bytes[position] != 0 else { return "a zero byte" }
        let rest = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
        return "'" + ForeignJSON.shown(String(String.UnicodeScalarView(rest.unicodeScalars.prefix(1)))) + "'"
    }

    private func shownWord(_ position: Int) -> String {
        let isLetter = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
        }
        let word = bytes[position...].prefix(20).prefix(while: isLetter)
        return word.isEmpty ? shown(position) : String(decoding: word, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}

/// Where bytes are not UTF-8.
enum UTF8Check {
    /// The first byte that begins no code point, or nil.
    static func firstFault(_ bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var position = 0
        while position < bytes.count {
            let length: Int
            switch bytes[position] {
            case 0..<0x80: length = 1
            case 0xC2..<0xE0: length = 2
            case 0xE0..<0xF0: length = 3
            case 0xF0..<0xF5: length = 4
            default: return position
            }
            guard position + length <= bytes.count,
                String(validating: bytes[position..<position + length], as: UTF8.self) != nil
            else { return position }
            position += length
        }
        return nil
    }
}
