internal import Yams

/// A value of the file as it was written.
struct ScalarText {
    /// Without quotes.
    let text: String
    /// Whether it stands in quotes, which make a text of anything.
    let isQuoted: Bool
    /// Whether YAML takes it for a text, and not for a number, a truth value, a date or nothing.
    let isText: Bool

    private static func resolvesToText(_ text: String) -> Bool {
        Resolver.default.resolveTag(of: Node(text)) == .str
    }

    init(_ scalar: Node.Scalar) {
        text = scalar.string
        isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        isText = isQuoted || scalar.style == .literal || scalar.style == .folded || Self.resolvesToText(scalar.string)
    }
}

/// Why a value is not taken: nil if the sentence of its kind says it.
struct ValueFault: Error {
    var problem: String?

    init(_ problem: String? = nil) { self.problem = problem }
}

/// A kind of value: what is expected, in words, and how it is read.
struct ValueKind<Value> {
    /// "a number from 0 to 1".
    let expected: String
    let read: (ScalarText) throws(ValueFault) -> Value

    init(_ expected: String, _ read: @escaping (ScalarText) throws(ValueFault) -> Value) {
        self.expected = expected
        self.read = read
    }

    /// The same, read on.
    func then<Other>(_ expected: String, _ next: @escaping (Value) throws(ValueFault) -> Other) -> ValueKind<Other> {
        let read = read
        return ValueKind<Other>(expected) { text throws(ValueFault) in try next(try read(text)) }
    }
}

extension ValueKind<String> {
    /// A text on one line, without control characters. What YAML takes for a number wants quotes.
    static var text: ValueKind {
        ValueKind("a text") { scalar throws(ValueFault) in
            guard !scalar.text.isEmpty, scalar.text.utf8.count <= 4_096 else { throw ValueFault() }
            guard scalar.text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
                throw ValueFault("has a line break or another control character")
            }
            guard scalar.isText else {
                throw ValueFault("'\(scalar.text)' is read as something else: put it in quotes")
            }
            return scalar.text
        }
    }

    /// Names of nodes, units, links and consumers: they become names of files, and stand in logs.
    static var name: ValueKind {
        let expected = "a name of 1 to 64 of A-Z a-z 0-9 - _ ."
        return text.then(expected) { text throws(ValueFault) in
            let isPlain = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            guard isPlain, text.utf8.count <= 64, !text.hasPrefix(".") else { throw ValueFault() }
            return text
        }
    }

    /// A file or folder. An agent is started in no particular folder.
    static var path: ValueKind {
        text.then("an absolute path") { text throws(ValueFault) in
            guard text.hasPrefix("/"), text.utf8.count > 1 else { throw ValueFault() }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    /// The path of a socket, for which the kernel has 107 bytes.
    static var socketPath: ValueKind {
        path.then("an absolute path of a socket") { text throws(ValueFault) in
            guard text.utf8.count <= 107 else {
                throw ValueFault("has \(text.utf8.count) bytes; the path of a socket has 107 at most")
            }
            return text
        }
    }
}

extension ValueKind<Bool> {
    /// `true` or `false`; YAML's other spellings differ from reader to reader.
    static var flag: ValueKind {
        ValueKind("true or false") { scalar throws(ValueFault) in
            switch (scalar.text, scalar.isQuoted) {
            case ("true", false): return true
            case ("false", false): return false
            default: throw ValueFault()
            }
        }
    }
}

extension ValueKind {
    /// One of some words.
    static func word<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> ValueKind<Word>
    where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        let expected = words.count > 1 ? words.dropLast().joined(separator: ", ") + " or \(words.last ?? "")" : words[0]
        return ValueKind<Word>(expected) { scalar throws(ValueFault) in
            if let word = Word(rawValue: scalar.text) { return word }
            guard let near = NearestWord.of(scalar.text, among: words) else { throw ValueFault() }
            throw ValueFault("'\(scalar.text)' is not \(expected). Did you mean \(near)?")
        }
    }
}
