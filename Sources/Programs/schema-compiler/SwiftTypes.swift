import UnitSchema

/// Enumerations, sets and composites in Swift.
enum SwiftTypes {
    static func emit(_ schema: Schema) -> String {
        var code = CodeText()
        let dimensions = schema.messages.flatMap(\.groups).map(\.dimension.name)
        let lengths = schema.messages.flatMap(\.data).map(\.type.name)
        let frame = Set(dimensions + lengths + [schema.header.name])
        for type in schema.types {
            switch type {
            case .enumeration(let type): emit(type, &code)
            case .set(let type): emit(type, &code)
            case .composite(let type)
            where !frame.contains(type.name) && !type.members.contains { $0.type.size == 0 }:
                emit(type, &code)
            default: continue
            }
            code.line()
        }
        return code.text
    }

    private static func emit(_ type: EnumType, _ code: inout CodeText) {
        let name = Spelling.swiftType(type.name, suffix: "Value")
        let raw = SwiftField.number(type.encoding)
        code.comment("///", sentence(type.description))
        code.line("///")
        code.comment("///", "Open: a newer sender's values are kept, and have no name.")
        code.block("public struct \(name): RawRepresentable, Hashable, Sendable, BitwiseCopyable {") { code in
            code.line("/// The number on the wire.")
            code.line("public let rawValue: \(raw)")
            code.line()
            code.line("/// Any number is a value.")
            code.line("public init(rawValue: \(raw)) { self.rawValue = rawValue }")
            code.line()
            for value in type.values {
                code.comment("///", sentence(value.description))
                code.line("public static let \(Spelling.swiftMember(value.name)) = Self(rawValue: \(value.value))")
            }
            code.line()
            code.line("/// The values that this version of the schema names, in its order.")
            let known = type.values.map { "." + Spelling.swiftMember($0.name) }.joined(separator: ", ")
            code.line("public static var known: [Self] { [\(known)] }")
            code.line()
            code.line("/// The name in the schema, if it names the value.")
            code.block("public var name: String? {") { code in
                code.line("switch rawValue {")
                for value in type.values { code.line("case \(value.value): \"\(value.name)\"") }
                code.line("default: nil")
                code.line("}")
            }
        }
        code.line()
        code.block("extension \(name): CustomStringConvertible {") { code in
            code.line("/// The name in the schema, else the number.")
            code.line("public var description: String { name ?? \"unknown \\(rawValue)\" }")
        }
    }

    private static func emit(_ type: SetType, _ code: inout CodeText) {
        let name = Spelling.swiftType(type.name, suffix: "Value")
        let raw = SwiftField.number(type.encoding)
        code.comment("///", sentence(type.description))
        code.line("///")
        code.comment("///", "Open: a newer sender's bits are kept, and have no names.")
        code.block("public struct \(name): OptionSet, Hashable, Sendable, BitwiseCopyable {") { code in
            code.line("/// The bits on the wire.")
            code.line("public let rawValue: \(raw)")
            code.line()
            code.line("/// Any bits are a value.")
            code.line("public init(rawValue: \(raw)) { self.rawValue = rawValue }")
            code.line()
            for choice in type.choices {
                code.comment("///", sentence(choice.description))
                code.line("public static let \(Spelling.swiftMember(choice.name)) = Self(rawValue: 1 << \(choice.bit))")
            }
            code.line()
            code.line("/// The names in the schema of the bits that are set; an unnamed bit is `bit 7`.")
            code.block("public var names: [String] {") { code in
                code.block("(0..<\(8 * type.encoding.size)).filter { rawValue & (1 << $0) != 0 }.map { bit in") {
                    code in
                    code.line("switch bit {")
                    for choice in type.choices { code.line("case \(choice.bit): \"\(choice.name)\"") }
                    code.line("default: \"bit \\(bit)\"")
                    code.line("}")
                }
            }
        }
    }

    private static func emit(_ type: CompositeType, _ code: inout CodeText) {
        let name = Spelling.swiftType(type.name, suffix: "Value")
        let members = type.block.fields.map { SwiftField($0, in: type.block) }
        let visible = members.filter { !$0.field.isPadding && $0.field.presence != .constant }
        code.comment("///", sentence(type.description))
        code.block("public struct \(name): Equatable, Sendable, BitwiseCopyable {") { code in
            SwiftMessages.properties(members, &code)
            SwiftMessages.memberwise(visible, &code)
            code.block("init(_ bytes: RawSpan, at offset: Int) throws(MessageFault) {") { code in
                for member in visible {
                    let fault = ".valueOutOfRange(message: \"\(type.name)\", field: \"\(member.field.name)\")"
                    member.read(from: "bytes", base: "offset", fault: fault, into: &code)
                }
            }
            code.line()
            code.line("@_lifetime(bytes: copy bytes)")
            code.block("func encode(into bytes: inout MutableRawSpan, at offset: Int) {") { code in
                for member in members where member.field.presence != .constant {
                    member.write(to: "bytes", base: "offset", into: &code)
                }
            }
            guard type.block.hasRange else { return }
            code.line()
            code.block("func checkRanges(_ fault: MessageFault) throws(MessageFault) {") { code in
                for member in visible { member.check(fault: "fault", into: &code) }
            }
        }
    }

    static func sentence(_ text: String) -> String { text.hasSuffix(".") ? text : text + "." }
}
