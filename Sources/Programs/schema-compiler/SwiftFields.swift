import UnitSchema

/// The Swift of one field: its type, and the expressions that read, write and check it.
struct SwiftField {
    let field: Field
    /// Whether the property is optional: by presence, or because older senders lack it.
    let isOptional: Bool
    /// Whether a block can be too short for the field.
    let isLater: Bool

    init(_ field: Field, in block: Block) {
        self.field = field
        isLater = field.sinceVersion > block.sinceVersion
        isOptional = field.presence == .optional || isLater
    }

    var name: String { Spelling.swiftMember(field.name) }
    var type: String { Self.type(of: field.type) }
    var declaredType: String { isOptional ? type + "?" : type }

    static func type(of type: DataType) -> String {
        switch type {
        case .simple(let type):
            if type.isFlag { return "Bool" }
            let element = number(type.primitive)
            if type.isText { return "FixedText<\(type.length)>" }
            return type.length == 1 ? element : "FixedArray<\(type.length), \(element)>"
        case .enumeration, .set, .composite: return Spelling.swiftType(type.name, suffix: "Value")
        }
    }

    static func number(_ primitive: Primitive) -> String {
        switch primitive {
        case .char, .uint8: "UInt8"
        case .int8: "Int8"
        case .int16: "Int16"
        case .int32: "Int32"
        case .int64: "Int64"
        case .uint16: "UInt16"
        case .uint32: "UInt32"
        case .uint64: "UInt64"
        case .float: "Float"
        case .double: "Double"
        }
    }

    static func literal(_ value: Scalar) -> String {
        if case .real(let value) = value { return value.isNaN ? ".nan" : "\(value)" }
        return "\(value)"
    }

    // MARK: Reading

    /// The statements that set the property from `bytes`, the block starting at `base`.
    func read(from bytes: String, base: String, fault: String, into code: inout CodeText) {
        let place = Self.place(base, field.offset)
        switch field.type {
        case .simple(let type) where type.isFlag:
            let raw = isOptional ? "\(bytes).number(at: \(place), null: 255)" : "\(bytes).number(at: \(place))"
            code.line("let \(name)Bits: UInt8\(isOptional ? "?" : "") = \(guarded(raw, bytes))")
            if isOptional {
                code.line("if let \(name)Bits, \(name)Bits > 1 { throw \(fault) }")
                code.line("\(name) = \(name)Bits.map { $0 == 1 }")
            } else {
                code.line("guard \(name)Bits <= 1 else { throw \(fault) }")
                code.line("\(name) = \(name)Bits == 1")
            }
        case .simple(let type) where type.isText:
            code.line("\(name) = \(guarded("\(bytes).text(at: \(place))", bytes))")
            if field.presence == .optional { code.line("if \(name)?.isEmpty == true { \(name) = nil }") }
        case .simple(let type) where type.length == 1:
            let null = isOptional ? ", null: \(Self.literal(type.null))" : ""
            code.line("\(name) = \(guarded("\(bytes).number(at: \(place)\(null))", bytes))")
        case .simple:
            code.line("\(name) = \(guarded("\(bytes).array(at: \(place))", bytes))")
        case .enumeration(let type):
            if isOptional {
                let raw = "\(bytes).number(at: \(place), null: \(Self.literal(type.encoding.standardNull)))"
                code.line("\(name) = \(guarded("\(raw).map(\(self.type).init(rawValue:))", bytes))")
            } else {
                code.line("\(name) = \(self.type)(rawValue: \(bytes).number(at: \(place)))")
            }
        case .set:
            code.line("\(name) = \(guarded("\(type)(rawValue: \(bytes).number(at: \(place)))", bytes))")
        case .composite:
            if isLater {
                code.line("\(name) = \(bytes).byteCount >= \(field.offset + field.size)")
                code.line("    ? try \(type)(\(bytes), at: \(place)) : nil")
            } else {
                code.line("\(name) = try \(type)(\(bytes), at: \(place))")
            }
        }
    }

    private func guarded(_ expression: String, _ bytes: String) -> String {
        isLater ? "\(bytes).byteCount >= \(field.offset + field.size) ? \(expression) : nil" : expression
    }

    static func place(_ base: String, _ offset: Int) -> String {
        base.isEmpty ? "\(offset)" : offset == 0 ? base : "\(base) + \(offset)"
    }

    // MARK: Writing

    /// The statements that write the property.
    func write(to bytes: String, base: String, into code: inout CodeText) {
        let place = Self.place(base, field.offset)
        if field.isPadding {
            code.line("\(bytes).putZeros(\(field.size), at: \(place))")
            return
        }
        switch field.type {
        case .simple(let type) where type.isFlag:
            let value = isOptional ? "\(name).map { $0 ? 1 : 0 } ?? 255" : "\(name) ? 1 : 0"
            code.line("\(bytes).put((\(value)) as UInt8, at: \(place))")
        case .simple(let type) where type.length == 1:
            let null = isOptional ? " ?? \(Self.literal(type.null))" : ""
            code.line("\(bytes).put(\(name)\(null), at: \(place))")
        case .enumeration(let type):
            let null = isOptional ? "?.rawValue ?? \(Self.literal(type.encoding.standardNull))" : ".rawValue"
            code.line("\(bytes).put(\(name)\(null), at: \(place))")
        case .set:
            code.line("\(bytes).put(\(name)\(isOptional ? "?.rawValue ?? 0" : ".rawValue"), at: \(place))")
        case .simple, .composite:
            let isComposite = if case .composite = field.type { true } else { false }
            let put =
                isComposite
                ? "\(name).encode(into: &\(bytes), at: \(place))" : "\(bytes).put(\(name), at: \(place))"
            guard isOptional else {
                code.line(put)
                return
            }
            code.block("if let \(name) {", "} else {") { $0.line(put) }
            code.indented { $0.line("\(bytes).putZeros(\(field.size), at: \(place))") }
            code.line("}")
        }
    }

    // MARK: Checking

    /// The statements that throw if the property is out of range.
    func check(fault: String, into code: inout CodeText) {
        switch field.type {
        case .simple(let type) where !type.isFlag:
            let element = type.length == 1 ? name : "\(name)[index]"
            guard let condition = Self.condition(type, element) else { return }
            if type.length != 1 {
                let array = isOptional ? "if let \(name) { for" : "for"
                let close = isOptional ? " }" : ""
                code.line("\(array) index in \(name).indices where !(\(condition)) { throw \(fault) }\(close)")
            } else if isOptional {
                code.line("if let \(name), !(\(condition)) { throw \(fault) }")
            } else {
                code.line("guard \(condition) else { throw \(fault) }")
            }
        case .composite(let composite) where composite.block.hasRange:
            code.line("try \(name)\(isOptional ? "?" : "").checkRanges(\(fault))")
        default: break
        }
    }

    /// The condition that a value is in the range that its type states; `nil` if every value is.
    static func condition(_ type: SimpleType, _ value: String) -> String? {
        let bits = type.primitive.bitRange
        let minimum = type.minimum.flatMap { $0 == bits.map { .integer($0.lowerBound) } ? nil : literal($0) }
        let maximum = type.maximum.flatMap { $0 == bits.map { .integer($0.upperBound) } ? nil : literal($0) }
        switch (minimum, maximum) {
        case (let minimum?, let maximum?): return "(\(minimum)...\(maximum)).contains(\(value))"
        case (let minimum?, nil): return "\(value) >= \(minimum)"
        case (nil, let maximum?): return "\(value) <= \(maximum)"
        case (nil, nil): return nil
        }
    }
}

extension Block {
    /// Whether a field has a range to check that its Swift type does not ensure.
    var hasRange: Bool {
        fields.contains { field in
            switch field.type {
            case .simple(let type): !field.isPadding && !type.isFlag && SwiftField.condition(type, "") != nil
            case .composite(let type): type.block.hasRange
            case .enumeration, .set: false
            }
        }
    }
}
