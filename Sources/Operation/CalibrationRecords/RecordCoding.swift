public import Foundation

/// JSON as records have it: one line, sorted keys, times in UTC with milliseconds, no escaped slashes. What is not a
/// number is written as "NaN", "Infinity" or "-Infinity".
public enum RecordCoding {
    /// Compact JSON.
    public static func encode(_ value: some Encodable) throws(RecordError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(Self.time))
        }
        do {
            return try encoder.encode(value)
        } catch {
            throw .notEncodable(reason: "\(error)")
        }
    }

    /// Reads it; times may have milliseconds or not.
    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) -> Result<Value, DecodingFault> {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = (try? Date(text, strategy: Self.time)) ?? (try? Date(text, strategy: .iso8601)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no time")
            }
            return date
        }
        do {
            return .success(try decoder.decode(type, from: data))
        } catch {
            return .failure(DecodingFault(error))
        }
    }

    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// Why a text is not what it should be, short enough for a line.
    struct DecodingFault: Error {
        let reason: String

        init(_ error: any Error) {
            switch error {
            case DecodingError.keyNotFound(let key, let context):
                reason = "\(Self.path(context.codingPath + [key])) is missing"
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
                reason = "\(Self.path(context.codingPath)) is of the wrong type"
            case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
                reason = "\(Self.path(context.codingPath)): \(context.debugDescription)"
            default: reason = "it is not JSON"
            }
        }

        private static func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
    }
}

extension CalibrationRecord {
    /// Reads a record that is not signed yet.
    ///
    /// - Throws: `.damaged` with what is missing or wrong.
    public static func read(_ data: Data, file: String) throws(RecordError) -> CalibrationRecord {
        switch Envelope.record(data) {
        case .success(let record): return record
        case .failure(let damaged): throw .damaged(file: file, damage: damaged.damage)
        }
    }
}
