/// How names of the schema are spelt in Swift and in C.
enum Spelling {
    /// Names that a type of ours would hide from every file that imports the module.
    private static let taken: Set = [
        "Error", "Clock", "Duration", "Array", "Bool", "Character", "Codable", "Collection", "Comparable", "Dictionary",
        "Double", "Encoder", "Decoder", "Equatable", "Float", "Hashable", "Hasher", "Identifiable", "Instant", "Int",
        "Iterator", "Mirror", "Never", "Optional", "Range", "Result", "Sendable", "Sequence", "Set", "Span", "String",
        "Task", "Void", "Actor", "Data", "Date", "Process", "Thread", "Timer", "Unit", "FixedText", "FixedArray",
        "MessageHeader", "MessageFault", "MessageReader", "MessageWriter", "MessageBuilder", "GroupReader", "UnitBlock",
        "UnitData", "UnitGroupEntry", "UnitMessage", "UnitMessages", "UnitSchemaText",
    ]

    private static let keywords: Set = [
        "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout",
        "internal", "let", "operator", "private", "protocol", "public", "rethrows", "static", "struct", "subscript",
        "typealias", "var", "break", "case", "continue", "default", "defer", "do", "else", "fallthrough", "for",
        "guard",
        "if", "in", "repeat", "return", "switch", "throw", "where", "while", "as", "catch", "false", "is", "nil",
        "self",
        "super", "throws", "true", "try",
    ]

    /// A Swift type: `Error` becomes `ErrorMessage`, since the other would hide the standard library's.
    static func swiftType(_ name: String, suffix: String) -> String {
        let upper = name.prefix(1).uppercased() + name.dropFirst()
        return taken.contains(upper) ? upper + suffix : upper
    }

    /// A Swift member: `DC` becomes `dc`, `XP16` `xp16`, `WarmingUp` `warmingUp`.
    static func swiftMember(_ name: String) -> String {
        let capitals = name.prefix { $0.isUppercase }
        let rest = name.dropFirst(capitals.count)
        let isWordBehind = rest.first?.isLowercase ?? false
        let count = capitals.count > 1 && isWordBehind ? capitals.count - 1 : capitals.count
        let member = name.prefix(count).lowercased() + name.dropFirst(count)
        return keywords.contains(member) ? "`\(member)`" : member
    }

    /// A name of C: `HelloReply` becomes `hello_reply`.
    static func c(_ name: String) -> String {
        var result = ""
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : nil
            if character.isUppercase, index > 0,
                characters[index - 1].isLowercase || (characters[index - 1].isNumber && next?.isLowercase == true)
                    || (characters[index - 1].isUppercase && next?.isLowercase == true)
            {
                result += "_"
            }
            result += character.lowercased()
        }
        return result
    }

    /// A macro of C: `HelloReply` becomes `HELLO_REPLY`.
    static func macro(_ name: String) -> String { c(name).uppercased() }

    /// An integer in hexadecimal with a fixed number of digits.
    static func hexadecimal(_ value: UInt64, digits: Int = 16) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
