/// An element of a parsed XML text.
struct MarkupElement {
    struct Attribute {
        let name: String
        let value: String
        let line: Int
    }

    /// Name as written, prefix included.
    let name: String
    /// Line of the start tag's `<`.
    let line: Int
    let attributes: [Attribute]
    var children: [MarkupElement] = []
    /// Character data directly inside, entities replaced, surrounding white space removed.
    var text = ""

    subscript(attribute: String) -> String? {
        attributes.first { $0.name == attribute }?.value
    }
}

/// Reads the part of XML 1.0 that a schema needs, in bounded memory.
///
/// The text may come from a unit, so it is untrusted. A general XML parser brings document type declarations, entity
/// expansion and external entities; none of them exists here, and a text that uses them is refused.
struct MarkupReader {
    /// Longest text.
    static let maximumBytes = 1 << 20
    /// Deepest nesting; a schema has four levels.
    static let maximumDepth = 8
    /// Most elements.
    static let maximumElements = 20_000
    /// Most attributes of an element.
    static let maximumAttributes = 24

    struct Failure: Error {
        let line: Int
        let reason: String
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var elements = 0

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    static func root(of text: String) throws(Failure) -> MarkupElement {
        guard text.utf8.count <= maximumBytes else {
            throw Failure(line: 1, reason: "text is longer than \(maximumBytes) bytes")
        }
        var reader = MarkupReader(text)
        return try reader.document()
    }

    private mutating func document() throws(Failure) -> MarkupElement {
        if starts(with: "\u{FEFF}") { advance(3) }
        try skipMiscellany()
        guard peek == UInt8(ascii: "<") else { throw failure("not XML: an element is expected") }
        let root = try element(depth: 1)
        try skipMiscellany()
        guard peek == nil else { throw failure("not XML: text behind the root element") }
        return root
    }

    private mutating func element(depth: Int) throws(Failure) -> MarkupElement {
        guard depth <= Self.maximumDepth else { throw failure("elements are nested deeper than \(Self.maximumDepth)") }
        elements += 1
        guard elements <= Self.maximumElements else { throw failure("more than \(Self.maximumElements) elements") }
        let start = line
        advance(1)
        let name = try self.name()
        var attributes: [MarkupElement.Attribute] = []
        while true {
            let spaced = skipSpace()
            if starts(with: "/>") {
                advance(2)
                return MarkupElement(name: name, line: start, attributes: attributes)
            }
            if starts(with: ">") { break }
            guard spaced else { throw failure("not XML: white space or '>' is expected in <\(name)>") }
            let attribute = try self.attribute()
            guard !attributes.contains(where: { $0.name == attribute.name }) else {
                throw Failure(line: attribute.line, reason: "attribute '\(attribute.name)' is given twice")
            }
            attributes.append(attribute)
            guard attributes.count <= Self.maximumAttributes else {
                throw failure("<\(name)> has more than \(Self.maximumAttributes) attributes")
            }
        }
        advance(1)
        var element = MarkupElement(name: name, line: start, attributes: attributes)
        try content(of: &element, depth: depth)
        return element
    }

    /// Everything between start tag and end tag, the end tag included.
    private mutating func content(of element: inout MarkupElement, depth: Int) throws(Failure) {
        var text: [UInt8] = []
        while let byte = peek {
            if starts(with: "</") {
                let line = self.line
                advance(2)
                let name = try self.name()
                skipSpace()
                guard name == element.name, peek == UInt8(ascii: ">") else {
                    throw Failure(line: line, reason: "not XML: </\(name)> does not end <\(element.name)>")
                }
                advance(1)
                element.text = Self.trimmed(text)
                return
            } else if starts(with: "<!--") {
                try skipComment()
            } else if starts(with: "<!") || starts(with: "<?") {
                throw failure("declarations and processing instructions are not allowed here")
            } else if byte == UInt8(ascii: "<") {
                element.children.append(try self.element(depth: depth + 1))
            } else if byte == UInt8(ascii: "&") {
                text += try reference()
            } else {
                text.append(byte)
                try next()
            }
        }
        throw Failure(line: element.line, reason: "not XML: <\(element.name)> is not closed")
    }

    private mutating func attribute() throws(Failure) -> MarkupElement.Attribute {
        let line = self.line
        let name = try self.name()
        skipSpace()
        guard peek == UInt8(ascii: "=") else { throw failure("not XML: '=' is expected behind '\(name)'") }
        advance(1)
        skipSpace()
        guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw failure("not XML: the value of '\(name)' is not in quotes")
        }
        advance(1)
        var value: [UInt8] = []
        while let byte = peek, byte != quote {
            guard byte != UInt8(ascii: "<") else { throw failure("not XML: '<' in the value of '\(name)'") }
            if byte == UInt8(ascii: "&") {
                value += try reference()
            } else {
                // The standard normalises line ends and tabs in attributes to spaces.
                value.append(Self.isSpace(byte) ? UInt8(ascii: " ") : byte)
                try next()
            }
        }
        guard peek == quote else { throw Failure(line: line, reason: "not XML: the value of '\(name)' does not end") }
        advance(1)
        return MarkupElement.Attribute(name: name, value: String(decoding: value, as: UTF8.self), line: line)
    }

    /// A reference to a character: the five predefined names, or a number.
    private mutating func reference() throws(Failure) -> [UInt8] {
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw failure("not XML: '&' without a reference")
        }
        let name = String(decoding: bytes[position + 1..<end], as: UTF8.self)
        let predefined: [String: String] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        var replacement = predefined[name]
        if replacement == nil, name.hasPrefix("#") {
            let isHexadecimal = name.hasPrefix("#x")
            let code = UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10)
            replacement = code.flatMap(Unicode.Scalar.init).flatMap { $0.value < 0x20 ? nil : String($0) }
        }
        guard let replacement else { throw failure("reference '&\(name);' is not allowed") }
        advance(end + 1 - position)
        return Array(replacement.utf8)
    }

    private mutating func name() throws(Failure) -> String {
        let start = position
        while let byte = peek, Self.isNameByte(byte) { advance(1) }
        guard position > start, !(UInt8(ascii: "-")...UInt8(ascii: "9")).contains(bytes[start]) else {
            throw failure("not XML: a name is expected")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// White space, comments and the XML declaration outside the root element.
    private mutating func skipMiscellany() throws(Failure) {
        if position < 4, starts(with: "<?xml ") {
            while !starts(with: "?>") { try next() }
            advance(2)
        }
        while true {
            skipSpace()
            if starts(with: "<!--") {
                try skipComment()
            } else if starts(with: "<!") || starts(with: "<?") {
                throw failure("document type declarations and processing instructions are not allowed")
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(Failure) {
        let start = line
        advance(4)
        while !starts(with: "-->") {
            guard peek != nil else { throw Failure(line: start, reason: "not XML: the comment does not end") }
            try next()
        }
        advance(3)
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while let byte = peek, Self.isSpace(byte) {
            if byte == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        return position > start
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func starts(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard count <= bytes.count - position else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
    }

    /// Skips bytes that are known to be no line ends.
    private mutating func advance(_ count: Int) { position += count }

    /// Skips any byte that XML allows.
    private mutating func next() throws(Failure) {
        guard let byte = peek else { throw failure("not XML: the text ends too early") }
        guard byte >= 0x20 || Self.isSpace(byte) else { throw failure("not XML: control character") }
        if byte == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private func failure(_ reason: String) -> Failure { Failure(line: line, reason: reason) }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func trimmed(_ text: [UInt8]) -> String {
        let head = text.drop(while: isSpace)
        guard let last = head.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(decoding: head[...last], as: UTF8.self)
    }
}
