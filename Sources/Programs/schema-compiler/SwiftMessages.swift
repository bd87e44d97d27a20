import UnitSchema

/// Messages and group entries in Swift.
enum SwiftMessages {
    static func emit(_ message: Message) -> CodeText {
        var code = CodeText()
        let name = Spelling.swiftType(message.name, suffix: "Message")
        code.comment("///", SwiftTypes.sentence(message.description))
        code.line("///")
        code.comment("///", "Template \(message.id), block of \(message.block.length) bytes.")
        code.block("public struct \(name): UnitMessage {") { code in
            code.line("/// Number of the message in the schema.")
            code.line("public static let templateID: UInt16 = \(message.id)")
            block(message.block, message.name, &code)
            for group in message.groups {
                code.line()
                emit(group, of: message, &code)
            }
            for field in message.data {
                code.line()
                code.comment("///", SwiftTypes.sentence(field.description))
                code.line("public static let \(Spelling.swiftMember(field.name)) = UnitData(")
                code.line(
                    "    name: \"\(message.name).\(field.name)\", lengthSize: \(field.lengthEncoding.size), "
                        + "sinceVersion: \(field.sinceVersion))")
            }
        }
        return code
    }

    /// The name of a group's entry inside its message.
    static func entryName(_ group: Group) -> String {
        group.name.prefix(1).uppercased() + group.name.dropFirst() + "Entry"
    }

    private static func emit(_ group: Group, of message: Message, _ code: inout CodeText) {
        code.comment("///", SwiftTypes.sentence("Entry of the group \(group.name): \(group.description)"))
        code.block("public struct \(entryName(group)): UnitGroupEntry {") { code in
            code.line("/// Bytes before the entries.")
            code.line("public static let dimensionLength = \(group.dimension.size)")
            code.line("/// The schema version that added the group.")
            code.line("public static let sinceVersion: UInt16 = \(group.block.sinceVersion)")
            block(group.block, "\(message.name).\(group.name)", &code)
        }
    }

    private static func block(_ block: Block, _ owner: String, _ code: inout CodeText) {
        let fields = block.fields.map { SwiftField($0, in: block) }
        let sent = fields.filter { $0.field.presence != .constant }
        let visible = sent.filter { !$0.field.isPadding }
        func fault(_ field: SwiftField) -> String {
            ".valueOutOfRange(message: Self.messageName, field: \"\(field.field.name)\")"
        }
        code.line("/// Name in the schema.")
        code.line("public static let messageName = \"\(owner)\"")
        code.line("/// Bytes of the block.")
        code.line("public static let blockLength = \(block.length)")
        code.line()
        properties(fields, &code)
        memberwise(visible, &code)
        code.line("/// Reads a block of any sender's version.")
        code.block("public init(block: RawSpan) throws(MessageFault) {") { code in
            if block.minimumLength > 0 { code.line("try block.require(\(block.minimumLength), of: Self.messageName)") }
            for field in visible { field.read(from: "block", base: "", fault: fault(field), into: &code) }
            if block.hasRange { code.line("try checkRanges()") }
        }
        code.line()
        code.line("/// Writes the block.")
        code.line("@_lifetime(bytes: copy bytes)")
        code.block("public func encodeBlock(into bytes: inout MutableRawSpan) {") { code in
            for field in sent { field.write(to: "bytes", base: "", into: &code) }
        }
        guard block.hasRange else { return }
        code.line()
        code.line("/// Throws for the first field outside its range.")
        code.block("public func checkRanges() throws(MessageFault) {") { code in
            for field in visible { field.check(fault: fault(field), into: &code) }
        }
    }

    /// The properties; constants are static ones.
    static func properties(_ fields: [SwiftField], _ code: inout CodeText) {
        for field in fields where !field.field.isPadding {
            code.comment("///", field.field.documentation)
            if field.field.presence == .constant {
                code.line("public static let \(field.name)\(constant(field))")
            } else {
                code.line("public var \(field.name): \(field.declaredType)")
            }
        }
        if fields.contains(where: { !$0.field.isPadding }) { code.line() }
    }

    private static func constant(_ field: SwiftField) -> String {
        let value = field.field.constant ?? ""
        switch field.field.type {
        case .simple(let type) where type.primitive == .char: return " = \"\(value)\""
        case .simple(let type): return ": \(SwiftField.number(type.primitive)) = \(value)"
        default: return " = \(field.type)(rawValue: \(value))"
        }
    }

    /// The memberwise initialiser; what can be absent is absent by default.
    static func memberwise(_ fields: [SwiftField], _ code: inout CodeText) {
        code.line("/// From its fields.")
        let parameters = fields.map { "\($0.name): \($0.declaredType)" + ($0.isOptional ? " = nil" : "") }
        let single = "public init(\(parameters.joined(separator: ", "))) {"
        if single.count <= 108 {
            code.line(single)
        } else {
            code.line("public init(")
            for (index, parameter) in parameters.enumerated() {
                code.line("    \(parameter)\(index + 1 < parameters.count ? "," : "")")
            }
            code.line(") {")
        }
        for field in fields { code.line("    self.\(field.name) = \(field.name)") }
        code.line("}")
        code.line()
    }
}
