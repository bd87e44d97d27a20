import UnitSchema

/// What is known of all messages, and the schema's text, in Swift.
enum SwiftTable {
    static func emit(_ schema: Schema) -> String {
        var code = CodeText()
        code.line("/// The schema that the messages are generated from.")
        code.block("public enum UnitMessages {") { code in
            code.line("/// Number of the schema.")
            code.line("public static let schemaID: UInt16 = \(schema.id)")
            code.line("/// Version of the schema.")
            code.line("public static let version: UInt16 = \(schema.version)")
            code.line()
            code.line("/// The name of the message with a template number.")
            code.block("public static func name(of templateID: UInt16) -> String? {") { code in
                code.line("switch templateID {")
                for message in schema.messages { code.line("case \(message.id): \"\(message.name)\"") }
                code.line("default: nil")
                code.line("}")
            }
            code.line()
            code.comment(
                "///",
                "Fingerprint chain by template number; element k of a chain covers the first k fields. See "
                    + "`firmware-schemas/fingerprint.md`.")
            code.block("public static let chains: [UInt16: [UInt64]] = [", "]") { code in
                for message in schema.messages {
                    code.block("\(message.id): [  // \(message.name)", "],") { code in
                        let chain = message.chain.map { "0x" + Spelling.hexadecimal($0) }
                        for start in stride(from: 0, to: chain.count, by: 4) {
                            let slice = chain[start..<min(start + 4, chain.count)]
                            code.line(slice.joined(separator: ", ") + ",")
                        }
                    }
                }
            }
        }
        code.line()
        code.block("extension UnitMessages {") { code in
            walk(
                schema, &code,
                documentation:
                    "Reads every field, entry and data field of a message and throws what is wrong with it. For fuzzing, "
                    + "and to check a message whose content is of no interest.",
                signature: "public static func inspect(_ bytes: RawSpan) throws(MessageFault) {", start: [],
                block: { "_ = try reader.block(as: \($0).self)" },
                group: { "try reader.inspectGroup(of: \($0).self)" },
                data: { "_ = try reader.data(\($0))" }, end: nil)
            code.line()
            walk(
                schema, &code,
                documentation:
                    "The message as this version of the schema writes it: without what a newer sender added, with nulls "
                    + "for what an older one lacks.",
                signature: "public static func reencode(_ bytes: RawSpan) throws(MessageFault) -> [UInt8] {",
                start: ["var builder = MessageBuilder()"],
                block: { "try builder.write(try reader.block(as: \($0).self))" },
                group: { "try builder.copyGroup(of: \($0).self, from: &reader)" },
                data: { "try builder.write(\($0), try reader.data(\($0)))" }, end: "return builder.bytes")
        }
        return code.text
    }

    private static func walk(
        _ schema: Schema, _ code: inout CodeText, documentation: String, signature: String, start: [String],
        block: (String) -> String, group: (String) -> String, data: (String) -> String, end: String?
    ) {
        code.comment("///", documentation)
        let hasTail = end != nil || schema.messages.contains { !$0.groups.isEmpty || !$0.data.isEmpty }
        code.block(signature) { code in
            code.line("\(hasTail ? "var" : "let") reader = try MessageReader(bytes)")
            for line in start { code.line(line) }
            code.line("switch reader.header.templateID {")
            for message in schema.messages {
                let name = Spelling.swiftType(message.name, suffix: "Message")
                code.line("case \(message.id):")
                code.line("    " + block(name))
                for element in message.groups {
                    code.line("    " + group("\(name).\(SwiftMessages.entryName(element))"))
                }
                for element in message.data {
                    code.line("    " + data("\(name).\(Spelling.swiftMember(element.name))"))
                }
            }
            code.line("default:")
            code.line("    throw .unknownTemplate(reader.header.templateID)")
            code.line("}")
            if let end { code.line(end) }
        }
    }

    /// The schema's text as a literal.
    static func schemaText(_ schema: Schema) -> String {
        // A raw string ends at quotes followed by as many number signs as it began with.
        var fence = "#"
        while schema.text.contains("\"\"\"" + fence) { fence += "#" }
        return """
            /// The schema's own text, byte for byte: what a unit answers to `GetSchema`, and what a host compares it with.
            public enum UnitSchemaText {
                /// The XML text in UTF-8.
                public static var bytes: RawSpan {
                    @_lifetime(immortal)
                    get {
                        let buffer = UnsafeRawBufferPointer(start: utf8.utf8Start, count: utf8.utf8CodeUnitCount)
                        // SAFETY: the text is a literal in the read-only data of the program, which lives as long as it.
                        return _overrideLifetime(RawSpan(_unsafeBytes: buffer), copying: ())
                    }
                }

                /// The XML text.
                public static let utf8: StaticString = \(fence)\"""
            \(schema.text)
            \"""\(fence)
            }

            """
    }
}
