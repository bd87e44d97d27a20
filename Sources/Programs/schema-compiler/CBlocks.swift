import UnitSchema

extension Block {
    /// Whether there is more in it than padding.
    var hasContent: Bool { fields.contains { !$0.isPadding && $0.presence != .constant } }
}

/// The C of one block: a struct, assertions on its layout, and functions that move it to and from bytes.
struct CBlocks {
    let names: CNames
    private var assert: String { names.macro("assert") }

    /// The struct and its assertions. `struct` is the name without the keyword.
    func structure(_ block: Block, _ structure: String, _ description: String, _ code: inout CodeText) {
        code.line("/** \(SwiftTypes.sentence(description)) */")
        code.block("struct \(structure) {", "};") { code in
            for field in block.fields where field.presence != .constant {
                code.line("\(names.member(field)); /**< \(field.documentation) */")
            }
        }
        for field in block.fields where field.presence != .constant {
            let member = Spelling.c(field.name)
            code.line("\(assert)(offsetof(struct \(structure), \(member)) == \(field.offset), \"\(member)\");")
        }
        code.line("\(assert)(sizeof(struct \(structure)) == \(block.length), \"\(structure)\");")
        code.line()
    }

    /// Writes the block at `bytes`, padding as zeros.
    func put(_ block: Block, _ function: String, _ structure: String, _ code: inout CodeText) {
        code.line("/** Writes \(block.length) bytes. */")
        code.block("static inline void \(function)(uint8_t *bytes, const struct \(structure) *m)\n{") { code in
            if !block.hasContent { code.line("(void)m;") }
            for field in block.fields where field.presence != .constant { put(field, &code) }
        }
        code.line()
    }

    private func put(_ field: Field, _ code: inout CodeText) {
        let member = "m->\(Spelling.c(field.name))"
        let place = field.offset == 0 ? "bytes" : "bytes + \(field.offset)"
        if field.isPadding {
            code.line("\(names.prefix)_put_zeros(\(place), \(field.size));")
            return
        }
        switch field.type {
        case .simple(let type) where type.length != 1:
            let element = type.primitive.size == 1 ? "\(place) + i" : "\(place) + \(type.primitive.size) * i"
            code.line("for (size_t i = 0; i < \(type.length); i++)")
            code.line("    \(put(type.primitive))(\(element), \(member)[i]);")
        case .simple(let type): code.line("\(put(type.primitive))(\(place), \(member));")
        case .enumeration(let type): code.line("\(put(type.encoding))(\(place), \(member));")
        case .set(let type): code.line("\(put(type.encoding))(\(place), \(member));")
        case .composite(let type): code.line("\(names.name("encode", type.name))(\(place), &\(member));")
        }
    }

    /// Reads a block of `length` bytes; what lies beyond takes its null value.
    func get(_ block: Block, _ function: String, _ structure: String, _ code: inout CodeText) {
        code.line("/** Reads a block of length bytes, of any sender's version; fields beyond it become null.")
        code.line(
            " *  Returns 0 and leaves *m alone if it is shorter than the \(block.minimumLength) bytes of the first version. */"
        )
        code.block(
            "\(names.macro("must", "check")) static inline int \(function)(const uint8_t *bytes, size_t length, struct \(structure) *m)\n{"
        ) { code in
            if !block.hasContent { code.line("(void)bytes;") }
            code.line("if (length < \(block.minimumLength))")
            code.line("    return 0;")
            for field in block.fields where field.presence != .constant {
                if field.sinceVersion > block.sinceVersion {
                    code.block("if (length >= \(field.offset + field.size)) {", "} else {") { get(field, &$0) }
                    code.indented { null(field, &$0) }
                    code.line("}")
                } else {
                    get(field, &code)
                }
            }
            code.line("return 1;")
        }
        code.line()
    }

    /// Reads a composite, which has no versions.
    func getComposite(_ type: CompositeType, _ structure: String, _ code: inout CodeText) {
        let function = names.name("decode", type.name)
        code.line("/** Reads \(type.size) bytes. */")
        code.block("static inline void \(function)(const uint8_t *bytes, struct \(structure) *m)\n{") { code in
            for field in type.block.fields where field.presence != .constant { get(field, &code) }
        }
        code.line()
    }

    private func get(_ field: Field, _ code: inout CodeText) {
        let member = "m->\(Spelling.c(field.name))"
        let place = field.offset == 0 ? "bytes" : "bytes + \(field.offset)"
        switch field.type {
        case .simple where field.isPadding: null(field, &code)
        case .simple(let type) where type.length != 1:
            let element = type.primitive.size == 1 ? "\(place) + i" : "\(place) + \(type.primitive.size) * i"
            code.line("for (size_t i = 0; i < \(type.length); i++)")
            code.line("    \(member)[i] = \(get(type.primitive))(\(element));")
        case .simple(let type): code.line("\(member) = \(get(type.primitive))(\(place));")
        case .enumeration(let type): code.line("\(member) = \(get(type.encoding))(\(place));")
        case .set(let type): code.line("\(member) = \(get(type.encoding))(\(place));")
        case .composite(let type): code.line("\(names.name("decode", type.name))(\(place), &\(member));")
        }
    }

    private func null(_ field: Field, _ code: inout CodeText) {
        let member = "m->\(Spelling.c(field.name))"
        switch field.type {
        case .simple(let type) where type.length != 1:
            code.line("for (size_t i = 0; i < \(type.length); i++)")
            code.line("    \(member)[i] = 0;")
        case .simple where field.isPadding: code.line("\(member) = 0;")
        case .simple(let type): code.line("\(member) = \(null(type.null, type.primitive));")
        case .enumeration(let type): code.line("\(member) = \(null(type.encoding.standardNull, type.encoding));")
        case .set: code.line("\(member) = 0;")
        case .composite(let type):
            code.line("static const uint8_t nothing[\(type.size)] = {0};")
            code.line("\(names.name("decode", type.name))(nothing, &\(member));")
        }
    }

    private func null(_ value: Scalar, _ primitive: Primitive) -> String {
        value.isNaN || value == primitive.standardNull
            ? names.macro("null", "\(primitive)") : CNames.literal(value, primitive)
    }

    private func put(_ primitive: Primitive) -> String { "\(names.prefix)_put_\(primitive)" }
    private func get(_ primitive: Primitive) -> String { "\(names.prefix)_get_\(primitive)" }
}
