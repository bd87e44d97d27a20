/// The block of a request as bytes. The checks read it here and not through the message structs, since those refuse a
/// value out of range at once, and the protocol wants access, state and capability looked at first.
struct RequestFields {
    let block: [UInt8]

    func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        var value: Number = 0
        for index in 0..<(Number.bitWidth / 8) {
            value |= Number(truncatingIfNeeded: UInt64(block[offset + index]) << UInt64(8 * index))
        }
        return value
    }

    func byte(at offset: Int) -> UInt8 { block[offset] }

    func real(at offset: Int) -> Double { Double(bitPattern: number(at: offset)) }
}

/// What is allowed for one field of a request.
struct FieldRule: Sendable {
    let id: UInt16
    let name: String
    /// What is wrong, or nil. Written so that NaN is out of every range.
    let objection: @Sendable (RequestFields) -> String?

    static func flag(_ id: UInt16, _ name: String, at offset: Int) -> FieldRule {
        values(id, name, at: offset, 0...1)
    }

    static func values(_ id: UInt16, _ name: String, at offset: Int, _ allowed: ClosedRange<UInt8>) -> FieldRule {
        FieldRule(id: id, name: name) { fields in
            let value = fields.byte(at: offset)
            return allowed.contains(value) ? nil : "is \(value), known are \(allowed.lowerBound)…\(allowed.upperBound)"
        }
    }

    static func real(_ id: UInt16, _ name: String, at offset: Int, _ range: ClosedRange<Double>) -> FieldRule {
        FieldRule(id: id, name: name) { fields in
            let value = fields.real(at: offset)
            return range.contains(value) ? nil : "is \(value), \(range.lowerBound) to \(range.upperBound) are allowed"
        }
    }

    static func count(_ id: UInt16, _ name: String, at offset: Int, _ range: ClosedRange<UInt32>) -> FieldRule {
        FieldRule(id: id, name: name) { fields in
            let value = fields.number(at: offset, as: UInt32.self)
            return range.contains(value) ? nil : "is \(value), \(range.lowerBound) to \(range.upperBound) are allowed"
        }
    }

    static func long(_ id: UInt16, _ name: String, at offset: Int, _ range: ClosedRange<UInt64>) -> FieldRule {
        FieldRule(id: id, name: name) { fields in
            let value = fields.number(at: offset, as: UInt64.self)
            return range.contains(value) ? nil : "is \(value), \(range.lowerBound) to \(range.upperBound) are allowed"
        }
    }
}
