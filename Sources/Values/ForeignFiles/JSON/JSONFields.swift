/// The fields of a foreign JSON object, each taken as what it has to be. What is null counts as left out.
public struct JSONFields: Sendable {
    private let values: [String: ForeignJSON]
    /// In front of the names of fields in sentences: `captures[0].`.
    private let prefix: String

    /// The fields of a whole text.
    public init(_ text: ForeignJSON) throws(JSONFieldFault) { try self.init(text, at: "", named: "the text") }

    private init(_ value: ForeignJSON, at prefix: String, named name: String) throws(JSONFieldFault) {
        guard case .object(let values) = value else {
            throw JSONFieldFault(field: name, reason: "is \(value.excerpt); an object is wanted")
        }
        self.values = values
        self.prefix = prefix
    }

    private func value(_ name: String) -> ForeignJSON? {
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    /// A complaint about a field, with its name as far as it goes.
    public func fault(_ name: String, _ reason: String) -> JSONFieldFault {
        JSONFieldFault(field: prefix + name, reason: reason)
    }

    private func misfit(_ name: String, _ value: ForeignJSON, _ wanted: String) -> JSONFieldFault {
        fault(name, "is \(value.excerpt); \(wanted) is wanted")
    }

    /// A text.
    public func text(_ name: String) throws(JSONFieldFault) -> String? {
        guard let value = value(name) else { return nil }
        guard case .text(let text) = value else { throw misfit(name, value, "a text") }
        return text
    }

    /// true or false.
    public func flag(_ name: String) throws(JSONFieldFault) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .flag(let flag) = value else { throw misfit(name, value, "true or false") }
        return flag
    }

    /// A finite number.
    public func number(_ name: String) throws(JSONFieldFault) -> Double? {
        guard let value = value(name) else { return nil }
        guard case .number(let digits) = value else { throw misfit(name, value, "a number") }
        guard let number = Double(digits), number.isFinite else {
            throw fault(name, "is \(value.excerpt), which is too great to count with")
        }
        return number
    }

    /// A whole number of a range. There is no arithmetic on it before its range is known.
    public func integer<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ range: ClosedRange<Number>
    ) throws(JSONFieldFault) -> Number? {
        guard let value = value(name) else { return nil }
        guard case .number(let digits) = value else { throw misfit(name, value, "a whole number") }
        // 5000.0 and 5e3 are whole; above 2^53 a Double would be another number than was written.
        let whole = Number(digits) ?? Double(digits).flatMap { $0.magnitude <= 0x1p53 ? Number(exactly: $0) : nil }
        guard let whole, range.contains(whole) else {
            let isWhole = whole != nil || digits.allSatisfy { $0 == "-" || $0.isNumber }
            let reason = isWhole ? "it lies" : "a whole number is wanted"
            throw fault(
                name,
                "is \(value.excerpt); \(reason)\(isWhole ? "" : ",") between \(range.lowerBound) and \(range.upperBound)"
            )
        }
        return whole
    }

    /// The fields of an object in a field. `prefix` stands in front of their names in sentences; nil puts the field's name
    /// there.
    public func fields(_ name: String, prefix inner: String? = nil) throws(JSONFieldFault) -> JSONFields? {
        guard let value = value(name) else { return nil }
        return try JSONFields(value, at: inner ?? prefix + name + ".", named: prefix + name)
    }

    /// The fields of every object of an array; none if the field is left out.
    public func list(_ name: String) throws(JSONFieldFault) -> [JSONFields] {
        guard let value = value(name) else { return [] }
        guard case .list(let items) = value else { throw misfit(name, value, "an array") }
        var found: [JSONFields] = []
        found.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let place = "\(prefix)\(name)[\(index)]"
            found.append(try JSONFields(item, at: place + ".", named: place))
        }
        return found
    }
}

/// A field that has a value that it cannot have.
public struct JSONFieldFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Its name, with where it is: `captures[0].core:sample_start`.
    public let field: String
    /// What is wrong, with the value: continues the field's name to a sentence.
    public let reason: String

    /// The sentence.
    public var description: String { "\(field) \(reason)" }
}
