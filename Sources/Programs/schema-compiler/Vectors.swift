import UnitSchema

/// The value of a field in a golden vector.
enum Value {
    case number(Scalar)
    case array([Scalar])
    case text([UInt8])
    /// The fields of a composite and their values. Apart, since an array of pairs with `Value` is a circular reference.
    case composite([Field], [Value])
    /// The null value.
    case absent
}

/// A message with values, and its bytes.
struct Vector {
    /// Which values: one message is shown in several ways.
    enum Style: String, CaseIterable {
        /// Values of everyday; one entry in each group.
        case typical
        /// The smallest values; no entries, no data.
        case smallest
        /// The largest values; three entries.
        case largest
        /// Everything absent that can be.
        case absent
    }

    let message: Message
    let style: Style
    let fields: [(Field, Value)]
    let groups: [(Group, [[(Field, Value)]])]
    let data: [(DataField, [UInt8])]
    let bytes: [UInt8]

    init(_ message: Message, of schema: Schema, style: Style) {
        self.message = message
        self.style = style
        fields = Self.values(message.block, style, seed: 1)
        let count = [Style.typical: 1, .smallest: 0, .largest: 3, .absent: 1][style] ?? 0
        groups = message.groups.map { group in
            (group, (0..<count).map { Self.values(group.block, style, seed: 2 + $0) })
        }
        data = message.data.map { field in
            switch style {
            case .typical, .absent: (field, field.isText ? Array("Grüße".utf8) : [0x01, 0x80, 0xFF])
            case .smallest: (field, [])
            case .largest: (field, field.isText ? Array(repeating: 0x7A, count: 64) : Array(0...63))
            }
        }
        var encoder = VectorEncoder()
        encoder.header(message, of: schema)
        encoder.block(message.block, fields)
        for (group, entries) in groups { encoder.group(group, entries) }
        for (field, bytes) in data { encoder.data(field, bytes) }
        bytes = encoder.bytes
    }

    /// All vectors of a schema.
    static func all(of schema: Schema) -> [Vector] {
        schema.messages.flatMap { message in
            let blocks = [message.block] + message.groups.map(\.block)
            let hasAbsence = blocks.contains { block in
                block.fields.contains { $0.presence == .optional || $0.sinceVersion > block.sinceVersion }
            }
            return Style.allCases.filter { $0 != .absent || hasAbsence }.map {
                Vector(message, of: schema, style: $0)
            }
        }
    }

    /// The fields that a vector has values for: those that are sent and mean something.
    private static func values(_ block: Block, _ style: Style, seed: Int) -> [(Field, Value)] {
        block.fields.filter { !$0.isPadding && $0.presence != .constant }.enumerated().map { index, field in
            let canBeAbsent = field.presence == .optional || field.sinceVersion > block.sinceVersion
            if style == .absent, canBeAbsent { return (field, .absent) }
            return (field, value(of: field, style, seed: seed + index))
        }
    }

    private static func value(of field: Field, _ style: Style, seed: Int) -> Value {
        switch field.type {
        case .simple(let type) where type.isText: return text(type, field.name, style)
        case .simple(let type):
            if type.length == 1 { return .number(number(type, style, seed: seed)) }
            return .array((0..<type.length).map { number(type, style, seed: seed + $0) })
        case .enumeration(let type):
            let values = type.values.map(\.value)
            let value = style == .smallest ? values.min() : style == .largest ? values.max() : values.first
            return .number(.integer(value ?? 0))
        case .set(let type):
            let bits = type.choices.map { Int128(1) << Int128($0.bit) }
            switch style {
            case .smallest: return .number(.integer(0))
            case .largest: return .number(.integer(bits.reduce(0, |)))
            case .typical, .absent: return .number(.integer(bits[0] | bits[bits.count - 1]))
            }
        case .composite(let type):
            let members = values(type.block, style, seed: seed)
            return .composite(members.map(\.0), members.map(\.1))
        }
    }

    private static func text(_ type: SimpleType, _ name: String, _ style: Style) -> Value {
        let text =
            switch style {
            case .smallest: [UInt8]()
            case .largest: [UInt8](repeating: UInt8(ascii: "Z"), count: type.length)
            case .typical, .absent: Array(name.utf8.prefix(type.length))
            }
        return .text(text + [UInt8](repeating: 0, count: type.length - text.count))
    }

    private static func number(_ type: SimpleType, _ style: Style, seed: Int) -> Scalar {
        let standard = type.primitive.standardRange
        let low = type.minimum ?? standard.lowerBound
        let high = type.maximum ?? standard.upperBound
        switch style {
        case .smallest: return low
        case .largest: return high
        case .typical, .absent:
            // Odd digits in every byte show swapped bytes; the range comes first.
            let wish: Scalar =
                type.primitive.isReal
                ? .real(Double(seed) + 0.125)
                : .integer(Int128(0x0102_0304_0506_0708 >> (64 - 8 * type.primitive.size)) + Int128(seed))
            if low <= wish, wish <= high { return wish }
            switch (low, high) {
            case (.real(let low), .real(let high)): return .real(low + (high - low) / 4)
            case (.integer(let low), .integer(let high)): return .integer(low + (high - low + 1) / 2)
            default: return low
            }
        }
    }
}

/// Bytes of a vector, made from the model alone: the Swift and C codecs are compared with it, not with each other.
struct VectorEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func header(_ message: Message, of schema: Schema) {
        for value in [message.block.length, Int(message.id), Int(schema.id), schema.version] {
            append(.integer(Int128(value)), .uint16)
        }
    }

    mutating func group(_ group: Group, _ entries: [[(Field, Value)]]) {
        append(.integer(Int128(group.block.length)), .uint16)
        append(.integer(Int128(entries.count)), .uint16)
        bytes += [UInt8](repeating: 0, count: group.dimension.size - 4)
        for entry in entries { block(group.block, entry) }
    }

    mutating func data(_ field: DataField, _ data: [UInt8]) {
        append(.integer(Int128(data.count)), field.lengthEncoding)
        bytes += data
    }

    mutating func block(_ block: Block, _ values: [(Field, Value)]) {
        let start = bytes.count
        for (field, value) in values {
            bytes += [UInt8](repeating: 0, count: start + field.offset - bytes.count)
            append(value, field.type)
        }
        bytes += [UInt8](repeating: 0, count: start + block.length - bytes.count)
    }

    private mutating func append(_ value: Value, _ type: DataType) {
        switch (value, type) {
        case (.text(let text), _): bytes += text
        case (.array(let values), .simple(let type)): for value in values { append(value, type.primitive) }
        case (.number(let value), .simple(let type)): append(value, type.primitive)
        case (.number(let value), .enumeration(let type)): append(value, type.encoding)
        case (.number(let value), .set(let type)): append(value, type.encoding)
        case (.composite(let fields, let values), .composite(let type)):
            block(type.block, Array(zip(fields, values)))
        case (.absent, .simple(let type)) where type.length == 1: append(type.null, type.primitive)
        case (.absent, .enumeration(let type)): append(type.encoding.standardNull, type.encoding)
        default: bytes += [UInt8](repeating: 0, count: type.size)
        }
    }

    private mutating func append(_ value: Scalar, _ primitive: Primitive) {
        let bits: UInt64
        switch value {
        case .integer(let integer): bits = UInt64(truncatingIfNeeded: integer)
        case .real(let real):
            bits = primitive == .float ? UInt64(Float(real).bitPattern) : real.bitPattern
        }
        for index in 0..<primitive.size { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * index))) }
    }
}
