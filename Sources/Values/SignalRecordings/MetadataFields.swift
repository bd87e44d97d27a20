internal import ForeignFiles

/// Fields of one object of a recording's JSON text. What cannot be is refused with the field's name and value.
struct MetadataFields {
    private let meta: String
    private let fields: JSONFields

    /// The text as a whole.
    init(_ text: ForeignJSON, meta: String) throws(RecordingError) {
        self.meta = meta
        do throws(JSONFieldFault) { fields = try JSONFields(text) } catch {
            throw .badMetadata(meta: meta, reason: error.description)
        }
    }

    private init(_ fields: JSONFields, meta: String) {
        self.fields = fields
        self.meta = meta
    }

    func bad(_ name: String, _ reason: String) -> RecordingError { refusal(fields.fault(name, reason)) }

    private func refusal(_ fault: JSONFieldFault) -> RecordingError {
        .badField(meta: meta, field: fault.field, reason: fault.reason)
    }

    /// The object `global`: its fields have names of their own, which need no place.
    func global() throws(RecordingError) -> MetadataFields {
        do throws(JSONFieldFault) {
            guard let found = try fields.fields("global", prefix: "") else {
                throw fields.fault("global", "is missing")
            }
            return MetadataFields(found, meta: meta)
        } catch {
            throw .badMetadata(meta: meta, reason: error.description)
        }
    }

    /// The objects of an array.
    func list(_ name: String) throws(RecordingError) -> [MetadataFields] {
        do throws(JSONFieldFault) { return try fields.list(name).map { MetadataFields($0, meta: meta) } } catch {
            throw refusal(error)
        }
    }

    func text(_ name: String) throws(RecordingError) -> String? {
        do throws(JSONFieldFault) { return try fields.text(name) } catch { throw refusal(error) }
    }

    func flag(_ name: String) throws(RecordingError) -> Bool? {
        do throws(JSONFieldFault) { return try fields.flag(name) } catch { throw refusal(error) }
    }

    func integer<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ range: ClosedRange<Number>
    ) throws(RecordingError) -> Number? {
        do throws(JSONFieldFault) { return try fields.integer(name, range) } catch { throw refusal(error) }
    }

    /// A number that is not negative.
    func finite(
        _ name: String, _ range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
    ) throws(RecordingError) -> Double? {
        let value: Double?
        do throws(JSONFieldFault) { value = try fields.number(name) } catch { throw refusal(error) }
        guard let value else { return nil }
        guard value >= 0 else { throw bad(name, "is \(value)") }
        guard range.contains(value) else { throw bad(name, "is \(value), at most \(range.upperBound) can be") }
        return value
    }

    /// A number above 0, and of a range.
    func positive(
        _ name: String, _ range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
    ) throws(RecordingError) -> Double? {
        guard let value = try finite(name) else { return nil }
        guard value > 0 else { throw bad(name, "is \(value), it must be greater than 0") }
        guard range.contains(value) else {
            throw bad(name, "is \(value); it lies between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    /// One of several words.
    func word<Value: RawRepresentable & CaseIterable>(_ name: String) throws(RecordingError) -> Value?
    where Value.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw bad(name, "is '\(ForeignJSON.shown(text))'; it is one of \(known)")
        }
        return value
    }

    /// The name of a file that lies beside the text.
    func neighbour(_ name: String) throws(RecordingError) -> String? {
        guard let text = try text(name) else { return nil }
        guard !["", ".", ".."].contains(text), !text.utf8.contains(UInt8(ascii: "/")), !text.utf8.contains(0) else {
            throw bad(name, "is '\(ForeignJSON.shown(text))', which is not a file name of the same folder")
        }
        return text
    }
}
