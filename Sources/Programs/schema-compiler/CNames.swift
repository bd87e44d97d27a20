import UnitSchema

/// How the elements of a schema are called in C.
struct CNames {
    /// The first part of the schema's package, before every name.
    let prefix: String

    init(_ schema: Schema) {
        prefix = Spelling.c(schema.package.split(separator: ".").first.map(String.init) ?? "unit")
    }

    func macro(_ parts: String...) -> String {
        ([prefix.uppercased()] + parts.map(Spelling.macro)).joined(separator: "_")
    }

    func name(_ parts: String...) -> String { ([prefix] + parts.map(Spelling.c)).joined(separator: "_") }

    static func integer(_ primitive: Primitive) -> String {
        switch primitive {
        case .char: "char"
        case .float, .double: "\(primitive)"
        default: "\(primitive)_t"
        }
    }

    /// A constant of a primitive type.
    static func literal(_ value: Scalar, _ primitive: Primitive) -> String {
        switch value {
        case .real(let value): return primitive == .float ? "\(value)f" : "\(value)"
        case .integer(let value):
            if primitive == .char { return "\(value)" }
            let macro = primitive.isSigned ? "INT\(8 * primitive.size)_C" : "UINT\(8 * primitive.size)_C"
            // The most negative number has no literal of its own.
            if value < 0 { return "(-\(macro)(\(-(value + 1))) - 1)" }
            return "\(macro)(\(value))"
        }
    }

    /// The declaration of a struct member.
    func member(_ field: Field) -> String {
        let name = Spelling.c(field.name)
        switch field.type {
        case .simple(let type):
            return "\(Self.integer(type.primitive)) \(name)" + (type.length == 1 ? "" : "[\(type.length)]")
        case .enumeration(let type): return "\(Self.integer(type.encoding)) \(name)"
        case .set(let type): return "\(Self.integer(type.encoding)) \(name)"
        case .composite(let type): return "struct \(self.name(type.name)) \(name)"
        }
    }
}
