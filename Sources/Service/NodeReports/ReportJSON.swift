public import Foundation

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

    /// A document as text.
    public static func text(_ document: some Encodable, pretty: Bool = true) throws -> String {
        String(decoding: try encoder(pretty: pretty).encode(document), as: UTF8.self)
    }
}
