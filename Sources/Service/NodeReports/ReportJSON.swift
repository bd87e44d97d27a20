public import Foundation
internal import ReadableText

/// How documents become JSON and are read again: the same for programs, an agent and tests.
public enum ReportJSON {
    /// Sorted keys, so that equal documents are equal texts; SI units; dates as ISO 8601.
    public static func encoder(pretty: Bool = true) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    /// Reads what `encoder` has written.
    public static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }

    /// A document as text. It may be looked at in a terminal: characters that nobody sees (C1 controls, DEL, marks of
    /// direction) are there as `\u` escapes, which every reader of JSON takes for the same text.
    public static func text(_ document: some Encodable, pretty: Bool = true) throws -> String {
        withEscapes(String(decoding: try encoder(pretty: pretty).encode(document), as: UTF8.self))
    }

    /// Outside strings JSON is ASCII, and inside them the encoder has escaped what lies below the space.
    static func withEscapes(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x7f }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            guard scalar.value >= 0x7f, scalar.isUnseen else {
                escaped.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return escaped
    }
}
