/// A named type of a schema.
public enum DataType: Sendable {
    /// A number, an array of numbers, or text of fixed length.
    case simple(SimpleType)
    /// One of named numbers; receivers accept numbers that they know no name for.
    case enumeration(EnumType)
    /// Named bits.
    case set(SetType)
    /// Several members that belong together.
    case composite(CompositeType)

    /// Name in the schema; a primitive used without a type of its own has the primitive's.
    public var name: String {
        switch self {
        case .simple(let type): type.name
        case .enumeration(let type): type.name
        case .set(let type): type.name
        case .composite(let type): type.name
        }
    }

    /// Bytes on the wire; a constant has none.
    public var size: Int {
        switch self {
        case .simple(let type): type.constant == nil ? type.primitive.size * type.length : 0
        case .enumeration(let type): type.encoding.size
        case .set(let type): type.encoding.size
        case .composite(let type): type.size
        }
    }

    /// What the offset must be a multiple of.
    public var alignment: Int {
        switch self {
        case .simple(let type): type.primitive.size
        case .enumeration(let type): type.encoding.size
        case .set(let type): type.encoding.size
        case .composite(let type): type.alignment
        }
    }

    /// Unit of measure, if the type states one.
    public var unit: String? {
        if case .simple(let type) = self { return type.unit }
        return nil
    }

    /// The encoding in the canonical text of `firmware-schemas/fingerprint.md`.
    public var canonicalEncoding: String {
        switch self {
        case .simple(let type):
            if let constant = type.constant { return "const:\(type.primitive)=\(constant)" }
            return type.length == 1 ? "\(type.primitive)" : "\(type.primitive)[\(type.length)]"
        case .enumeration(let type): return "enum:\(type.encoding)"
        case .set(let type): return "set:\(type.encoding)"
        case .composite(let type):
            let members = type.members.map { member in
                "\(member.name):\(member.type.canonicalEncoding)" + (member.type.unit.map { " unit:\($0)" } ?? "")
            }
            return "composite{\(members.joined(separator: ","))}"
        }
    }
}

/// Whether a field can be without a value.
public enum Presence: String, Sendable {
    /// Always has a value.
    case required
    /// The null value means that there is none.
    case optional
    /// The schema has the value; nothing is sent.
    case constant
}

/// A number, an array of numbers, or text of fixed length.
public struct SimpleType: Sendable {
    /// Name in the schema.
    public let name: String
    /// Encoding of an element.
    public let primitive: Primitive
    /// Number of elements; 0 only in the member of a composite that stands for data of variable length.
    public let length: Int
    /// As stated by the type; a field may state another.
    public let presence: Presence
    /// The text of a constant.
    public let constant: String?
    /// Smallest allowed value, if stated.
    public let minimum: Scalar?
    /// Largest allowed value, if stated.
    public let maximum: Scalar?
    /// The value that means that there is none.
    public let null: Scalar
    /// Unit of measure.
    public let unit: String?
    /// `UTF-8` or `ASCII`, of characters.
    public let characterEncoding: String?
    /// What it is.
    public let description: String

    /// Whether it is text.
    public var isText: Bool { primitive == .char && length != 1 }
    /// Whether it is a no or a yes.
    public var isFlag: Bool {
        primitive == .uint8 && length == 1 && minimum == .integer(0) && maximum == .integer(1)
    }
}

/// A named number of an enumeration.
public struct EnumValue: Sendable {
    /// Name in the schema.
    public let name: String
    /// The number.
    public let value: Int128
    /// What it means.
    public let description: String
    /// The schema version that added it.
    public let sinceVersion: Int
}

/// One of named numbers.
public struct EnumType: Sendable {
    /// Name in the schema.
    public let name: String
    /// An unsigned integer, or `char`.
    public let encoding: Primitive
    /// The named numbers in the order of the schema.
    public let values: [EnumValue]
    /// What it is.
    public let description: String
}

/// A named bit of a set.
public struct Choice: Sendable {
    /// Name in the schema.
    public let name: String
    /// Position of the bit, 0 for the lowest.
    public let bit: Int
    /// What it means.
    public let description: String
    /// The schema version that added it.
    public let sinceVersion: Int
}

/// Named bits.
public struct SetType: Sendable {
    /// Name in the schema.
    public let name: String
    /// An unsigned integer.
    public let encoding: Primitive
    /// The named bits in the order of the schema.
    public let choices: [Choice]
    /// What it is.
    public let description: String
}

/// A member of a composite.
public struct Member: Sendable {
    /// Name in the schema.
    public let name: String
    /// Never a composite: they do not nest.
    public let type: DataType
    /// Bytes from the start of the composite.
    public let offset: Int
    /// What it is.
    public let description: String
}

/// Members that belong together.
public struct CompositeType: Sendable {
    /// Name in the schema.
    public let name: String
    /// The members in the order of the schema.
    public let members: [Member]
    /// What it is.
    public let description: String

    /// Bytes on the wire.
    public var size: Int { members.reduce(0) { $0 + $1.type.size } }
    /// The largest alignment among its members.
    public var alignment: Int { members.reduce(1) { max($0, $1.type.alignment) } }
}
