internal import Foundation

/// The JSON text of a recording that we write, as SigMF 1.2 has it. `MetadataReader` reads what anybody wrote.
struct MetadataDocument: Encodable {
    struct Global: Encodable {
        var datatype: String
        var version: String?
        var sampleRate: Double?
        var sha512: String?
        var description: String?
        var hardware: String?
        var recorder: String?
        var extensions: [Extension]?
        var kind: String?
        var scale: Double?
        var symbolRate: Double?
        var unitSerial: String?
        var loPower: Double?
        var opticalFrequency: Double?
        var emulated: Bool?
        var session: String?
        var purpose: String?
        var detection: String?
        var efficiency: Double?
        var efficiencySigma: Double?
        var clipLow: Int?
        var clipHigh: Int?
        var filter: UInt32?
        var basisRecording: String?
        var delay: Int?

        enum CodingKeys: String, CodingKey {
            case datatype = "core:datatype"
            case version = "core:version"
            case sampleRate = "core:sample_rate"
            case sha512 = "core:sha512"
            case description = "core:description"
            case hardware = "core:hw"
            case recorder = "core:recorder"
            case extensions = "core:extensions"
            case kind = "cvqkd:kind"
            case scale = "cvqkd:scale"
            case symbolRate = "cvqkd:symbol_rate"
            case unitSerial = "cvqkd:unit_serial"
            case loPower = "cvqkd:lo_power"
            case opticalFrequency = "cvqkd:optical_frequency"
            case emulated = "cvqkd:emulated"
            case session = "cvqkd:session"
            case purpose = "cvqkd:purpose"
            case detection = "cvqkd:detection"
            case efficiency = "cvqkd:efficiency"
            case efficiencySigma = "cvqkd:efficiency_sigma"
            case clipLow = "cvqkd:clip_low"
            case clipHigh = "cvqkd:clip_high"
            case filter = "cvqkd:filter"
            case basisRecording = "cvqkd:basis_recording"
            case delay = "cvqkd:delay"
        }
    }

    struct Extension: Encodable {
        var name: String
        var version: String
        var optional: Bool?
    }

    struct Capture: Encodable {
        var sampleStart: Int64
        var globalIndex: Int64?
        var datetime: String?

        enum CodingKeys: String, CodingKey {
            case sampleStart = "core:sample_start"
            case globalIndex = "core:global_index"
            case datetime = "core:datetime"
        }
    }

    struct Annotation: Encodable {
        var sampleStart: Int64
        var sampleCount: Int64?
        var label: String?
        var comment: String?
        var symbolIndex: Int64?
        var missingSymbols: Int64?

        enum CodingKeys: String, CodingKey {
            case sampleStart = "core:sample_start"
            case sampleCount = "core:sample_count"
            case label = "core:label"
            case comment = "core:comment"
            case symbolIndex = "cvqkd:symbol_index"
            case missingSymbols = "cvqkd:missing_symbols"
        }
    }

    var global: Global
    var captures: [Capture]?
    var annotations: [Annotation]?
}

extension MetadataDocument {
    /// Version of SigMF that we write, and of our own namespace.
    static let sigmfVersion = "1.2.0"
    static let namespaceVersion = "1.0.0"

    init(_ metadata: RecordingMetadata) {
        global = Global(
            datatype: metadata.layout.rawValue, version: Self.sigmfVersion, sampleRate: metadata.symbolRate,
            sha512: metadata.sha512, description: metadata.description, hardware: metadata.hardware,
            recorder: metadata.recorder,
            extensions: [Extension(name: "cvqkd", version: Self.namespaceVersion, optional: true)],
            kind: metadata.kind?.rawValue, scale: metadata.scale, symbolRate: metadata.symbolRate,
            unitSerial: metadata.unitSerial, loPower: metadata.localOscillatorPower,
            opticalFrequency: metadata.opticalFrequency, emulated: metadata.emulated,
            session: metadata.session.map(Self.hexadecimal), purpose: metadata.purpose?.rawValue,
            detection: metadata.detection, efficiency: metadata.efficiency, efficiencySigma: metadata.efficiencySigma,
            clipLow: metadata.clipLow.map(Int.init), clipHigh: metadata.clipHigh.map(Int.init), filter: metadata.filter,
            basisRecording: metadata.basisRecording, delay: metadata.delay)
        captures = metadata.segments.map { Capture(sampleStart: $0.start, globalIndex: $0.symbolIndex) }
        if captures?.isEmpty ?? true { captures = [Capture(sampleStart: 0)] }
        captures?[0].datetime = metadata.began.map(Self.text)
        annotations = metadata.gaps.map { gap in
            Annotation(
                sampleStart: gap.start, sampleCount: 0, label: "gap",
                comment: "\(gap.missing) symbols were lost before this one", symbolIndex: gap.symbolIndex,
                missingSymbols: gap.missing)
        }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func text(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
    static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    /// As it is stored.
    func data() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
