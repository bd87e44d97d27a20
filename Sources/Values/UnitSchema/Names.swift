/// What a name in a schema may look like, so that it can be one in Swift and in C.
enum Names {
    /// Reserved words of C11 and Swift.
    static let reserved: Set<String> = [
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
        "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
        "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
        "associatedtype", "class", "deinit", "extension", "fileprivate", "func", "import", "init", "inout", "internal",
        "let", "operator", "precedencegroup", "private", "protocol", "public", "rethrows", "subscript", "typealias",
        "var", "defer", "fallthrough", "guard", "in", "repeat", "throw", "as", "catch", "false", "is", "nil", "self",
        "super", "throws", "true", "try", "Self", "Any", "Type", "Protocol",
    ]

    /// Longest name that the standard allows.
    static let maximumLength = 64

    /// Why `name` cannot be used, or `nil`.
    static func objection(to name: String, startsUppercase: Bool?) -> String? {
        guard name.utf8.count <= maximumLength else { return "name '\(name)' is longer than \(maximumLength)" }
        guard let first = name.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic,
            name.unicodeScalars.allSatisfy({ $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) })
        else { return "name '\(name)' is not of letters and digits, a letter first" }
        guard !reserved.contains(name) else { return "name '\(name)' is a reserved word of Swift or C" }
        if let startsUppercase, first.properties.isUppercase != startsUppercase {
            return "name '\(name)' does not begin with \(startsUppercase ? "an upper-case" : "a lower-case") letter"
        }
        return nil
    }

    /// The form that C names have; two names of a scope must differ in it too.
    static func folded(_ name: String) -> String {
        String(name.filter { $0 != "_" }).lowercased()
    }
}

/// Names and numbers that must be unique in a scope.
struct Scope {
    private var names: Set<String> = []
    private var numbers: Set<Int128> = []

    mutating func insert(name: String) -> Bool { names.insert(Names.folded(name)).inserted }
    mutating func insert(number: Int128) -> Bool { numbers.insert(number).inserted }
}
