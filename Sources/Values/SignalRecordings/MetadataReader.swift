internal import ForeignFiles
internal import Foundation

/// Reads the JSON text of a recording and checks it by what SigMF and we allow. Fields that we do not know are passed over.
struct MetadataReader {
    let files: RecordingFiles
    /// Where the samples lie: a file of another name if the text names one (`core:dataset`).
    private(set) var data: String
    /// Bytes before the first sample and after the last one.
    private(set) var headerBytes: Int64 = 0
    private(set) var trailingBytes: Int64 = 0
    private(set) var metadata: RecordingMetadata

    /// The longest text: 190,000 gaps, each an entry of captures and one of annotations.
    static let kind = ForeignFileKind("the JSON text of a recording", mostBytes: 64 << 20)
    /// Numbers of symbols and of bytes, as far as a recording can count: any three of them add up within an Int64. At 1e8
    /// symbols per second it takes 365 years.
    static let counts: ClosedRange<Int64> = 0...(1 << 60)

    init(_ files: RecordingFiles) throws(RecordingError) {
        self.files = files
        data = files.data
        metadata = RecordingMetadata(layout: .oneQuadrature)
        let text = try MetadataFields(Self.parse(files), meta: files.meta)
        let global = try text.global()
        if try global.flag("core:metadata_only") == true { throw .metadataOnly(meta: files.meta) }
        try readSamples(global)
        try readSession(global)
        let offset = try global.integer("core:offset", Self.counts) ?? 0
        try readCaptures(text.list("captures"), offset: offset)
        try readAnnotations(text.list("annotations"), offset: offset)
    }

    private static func parse(_ files: RecordingFiles) throws(RecordingError) -> ForeignJSON {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) { bytes = try ForeignFile.bytes(of: files.meta, kind) } catch {
            throw files.refusal(error)
        }
        do throws(JSONFault) { return try ForeignJSON(parsing: bytes) } catch {
            throw .badMetadata(meta: files.meta, reason: error.description)
        }
    }

    /// Where the samples are, and what they are.
    private mutating func readSamples(_ global: MetadataFields) throws(RecordingError) {
        guard let datatype = try global.text("core:datatype") else {
            throw .badMetadata(meta: files.meta, reason: "core:datatype is missing")
        }
        guard let layout = SampleLayout(rawValue: datatype) else {
            throw .unsupportedDatatype(meta: files.meta, found: ForeignJSON.shown(datatype))
        }
        metadata.layout = layout
        if let channels = try global.integer("core:num_channels", 1...Int.max), channels != 1 {
            throw .tooManyChannels(meta: files.meta, channels: channels)
        }
        if let dataset = try global.neighbour("core:dataset") {
            data = files.neighbour(dataset)
            guard data != files.meta else { throw global.bad("core:dataset", "is the JSON text itself") }
        }
        trailingBytes = try global.integer("core:trailing_bytes", Self.counts) ?? 0
        metadata.kind = try global.word("cvqkd:kind")
        let sampleRate = try global.positive("core:sample_rate")
        metadata.symbolRate = try global.positive("cvqkd:symbol_rate") ?? sampleRate
        metadata.scale = try global.positive("cvqkd:scale", 1e-15...1e15)
        metadata.clipLow = try global.integer("cvqkd:clip_low", .min ... .max)
        metadata.clipHigh = try global.integer("cvqkd:clip_high", .min ... .max)
        metadata.sha512 = try global.text("core:sha512")?.lowercased()
    }

    /// Units, session, and what was known while it was recorded.
    private mutating func readSession(_ global: MetadataFields) throws(RecordingError) {
        metadata.purpose = try global.word("cvqkd:purpose")
        metadata.localOscillatorPower = try global.finite("cvqkd:lo_power", Self.powers)
        metadata.opticalFrequency = try global.positive("cvqkd:optical_frequency")
        metadata.efficiency = try global.positive("cvqkd:efficiency", 0...1)
        metadata.efficiencySigma = try global.finite("cvqkd:efficiency_sigma", 0...1)
        if let text = try global.text("cvqkd:session") {
            guard !text.hasPrefix("+"), let number = UInt64(text, radix: 16) else {
                throw global.bad("cvqkd:session", "is '\(ForeignJSON.shown(text))'; 16 hexadecimal digits are wanted")
            }
            metadata.session = number
        }
        if let detection: DetectionName = try global.word("cvqkd:detection") { metadata.detection = detection.rawValue }
        metadata.basisRecording = try global.neighbour("cvqkd:basis_recording")
        metadata.filter = try global.integer("cvqkd:filter", 0...UInt32.max)
        let farthest = Int(SymbolRuns.farthestDelay)
        metadata.delay = try global.integer("cvqkd:delay", -farthest...farthest)
        metadata.unitSerial = try global.text("cvqkd:unit_serial")
        metadata.emulated = try global.flag("cvqkd:emulated")
        metadata.description = try global.text("core:description")
        metadata.hardware = try global.text("core:hw")
        metadata.recorder = try global.text("core:recorder")
    }

    /// Light that any receiver survives, W.
    private static let powers = 0.0...100

    private enum DetectionName: String, CaseIterable {
        case homodyne, heterodyne
    }

    private mutating func readCaptures(_ captures: [MetadataFields], offset: Int64) throws(RecordingError) {
        let sampleStart = "core:sample_start"
        for (index, capture) in captures.enumerated() {
            guard let stated = try capture.integer(sampleStart, Self.counts) else {
                throw capture.bad(sampleStart, "is missing")
            }
            // SigMF counts samples from core:offset, which lets a recording be split over several files, and has each
            // sample in one segment: whatever lay before the first one would be of nobody knows what.
            guard index > 0 || stated == offset else {
                throw capture.bad(
                    sampleStart,
                    "is \(stated), but the file begins with sample \(offset) (core:offset): no segment says what the samples before are"
                )
            }
            let start = stated - offset
            if let last = metadata.segments.last, start <= last.start {
                throw capture.bad(sampleStart, "is \(stated): segments rise from the first sample on")
            }
            let header = try capture.integer("core:header_bytes", Self.counts) ?? 0
            guard index == 0 || header == 0 else {
                throw capture.bad("core:header_bytes", "is \(header): it is not supported behind the first segment")
            }
            headerBytes += header
            let globalIndex = "core:global_index"
            let number = try capture.integer(globalIndex, Self.counts)
            if let last = metadata.segments.last {
                guard (number == nil) == (last.symbolIndex == nil) else {
                    throw capture.bad(
                        globalIndex,
                        number == nil
                            ? "is missing, though the segment before has one"
                            : "is there, though the segment before has none")
                }
                if let number, let before = last.symbolIndex {
                    let next = before.addingClamped(start - last.start)
                    guard number >= next else {
                        throw capture.bad(
                            globalIndex, "is \(number), but the segment before ends with \(next - 1): numbers rise")
                    }
                }
            }
            metadata.segments.append(
                .init(start: start, symbolIndex: number))
        }
        metadata.began = try captures.first?.text("core:datetime").flatMap(MetadataDocument.date)
    }

    private mutating func readAnnotations(_ annotations: [MetadataFields], offset: Int64) throws(RecordingError) {
        for annotation in annotations {
            guard let missing = try annotation.integer("cvqkd:missing_symbols", 1...Self.counts.upperBound) else {
                continue
            }
            guard let stated = try annotation.integer("core:sample_start", Self.counts) else {
                throw annotation.bad("core:sample_start", "is missing")
            }
            guard stated >= offset else {
                throw annotation.bad(
                    "core:sample_start", "is \(stated), but the file begins with sample \(offset) (core:offset)")
            }
            let index = try annotation.integer("cvqkd:symbol_index", Self.counts) ?? 0
            metadata.gaps.append(.init(start: stated - offset, symbolIndex: index, missing: missing))
        }
    }
}
