import UnitSchema

/// The golden vectors as JSON. Written by hand, since the order of members is part of a file that people read.
enum VectorOutput {
    static func emit(_ schema: Schema) -> String {
        let vectors = Vector.all(of: schema).map(vector)
        return """
            {
              "schema": {"package": \(quoted(schema.package)), "id": \(schema.id), "version": \(schema.version)},
              "vectors": [
            \(vectors.joined(separator: ",\n"))
              ]
            }

            """
    }

    private static func vector(_ vector: Vector) -> String {
        var lines = [
            "\"message\": \(quoted(vector.message.name)), \"template\": \(vector.message.id), "
                + "\"name\": \(quoted(vector.style.rawValue))",
            "\"hex\": \"\(hexadecimal(vector.bytes))\"",
            "\"fields\": \(object(vector.fields))",
        ]
        if !vector.groups.isEmpty {
            let groups = vector.groups.map { group, entries in
                "\(quoted(group.name)): [\(entries.map(object).joined(separator: ", "))]"
            }
            lines.append("\"groups\": {\(groups.joined(separator: ", "))}")
        }
        if !vector.data.isEmpty {
            let data = vector.data.map { "\(quoted($0.0.name)): \"\(hexadecimal($0.1))\"" }
            lines.append("\"data\": {\(data.joined(separator: ", "))}")
        }
        return "    {\n" + lines.map { "      " + $0 }.joined(separator: ",\n") + "\n    }"
    }

    private static func object(_ fields: [(Field, Value)]) -> String {
        "{" + fields.map { "\(quoted($0.0.name)): \(json($0.1))" }.joined(separator: ", ") + "}"
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .number(let number): number.text
        case .array(let numbers): "[\(numbers.map(\.text).joined(separator: ", "))]"
        case .text(let bytes): quoted(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        case .composite(let fields, let values): object(Array(zip(fields, values)))
        case .absent: "null"
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { Spelling.hexadecimal(UInt64($0), digits: 2) }.joined()
    }

    /// Names and texts of vectors have no characters that JSON escapes, but for these.
    private static func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
}
