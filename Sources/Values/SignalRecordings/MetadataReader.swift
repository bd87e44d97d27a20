internal import Foundation

/// Reads the JSON text of a recording and checks it by what SigMF and we allow.
struct MetadataReader {
    let files: RecordingFiles
    /// Where the samples lie: a file name if the text names one (`core:dataset`).
    private(set) var data: String
    /// Bytes before the first sample and after the last one.
    private(set) var headerBytes: Int64 = 0
    private(set) var trailingBytes: Int64 = 0
    private(set) var metadata: RecordingMetadata

    init(_ files: RecordingFiles) throws(RecordingError) {
        self.files = files
        data = files.data
        metadata = RecordingMetadata(layout: .oneQuadrature)
        let document = try Self.parse(files)
        if document.global.metadataOnly == true { throw .metadataOnly(meta: files.meta) }
        metadata = try read(document)
    }

    private static func parse(_ files: RecordingFiles) throws(RecordingError) -> MetadataDocument {
        guard FileManager.default.fileExists(atPath: files.meta) else {
            let hasData = FileManager.default.fileExists(atPath: files.data)
            throw hasData ? .noMetadata(meta: files.meta) : .notFound(base: files.base)
        }
        guard let bytes = FileManager.default.contents(atPath: files.meta) else {
            throw .noPermission(path: files.meta, code: errno)
        }
        do {
            return try JSONDecoder().decode(MetadataDocument.self, from: bytes)
        } catch let DecodingError.typeMismatch(_, context) {
            throw .badField(meta: files.meta, field: path(context), reason: "has a value of the wrong type")
        } catch let DecodingError.valueNotFound(_, context) {
            throw .badField(meta: files.meta, field: path(context), reason: "is null")
        } catch let DecodingError.keyNotFound(key, context) {
            throw .badMetadata(
                meta: files.meta,
                reason: "\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing")
        } catch let DecodingError.dataCorrupted(context) where !context.codingPath.isEmpty {
            throw .badField(
                meta: files.meta, field: path(context), reason: "cannot be read: \(context.debugDescription)")
        } catch {
            throw .badMetadata(meta: files.meta, reason: "it is no JSON text")
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }

    private mutating func read(_ document: MetadataDocument) throws(RecordingError) -> RecordingMetadata {
        let global = document.global
        guard let layout = SampleLayout(rawValue: global.datatype) else {
            throw .unsupportedDatatype(meta: files.meta, found: global.datatype)
        }
        if let channels = global.channels, channels != 1 {
            throw .tooManyChannels(meta: files.meta, channels: channels)
        }
        if let dataset = global.dataset {
            guard !dataset.contains("/") else { throw bad("core:dataset", "is not a file name of the same folder") }
            data = "\(files.folder)/\(dataset)"
        }
        trailingBytes = try count(global.trailingBytes ?? 0, "core:trailing_bytes")
        var found = RecordingMetadata(layout: layout)
        found.kind = try name(global.kind, "cvqkd:kind")
        found.purpose = try name(global.purpose, "cvqkd:purpose")
        found.symbolRate = try positive(global.symbolRate ?? global.sampleRate, "cvqkd:symbol_rate")
        found.scale = try positive(global.scale, "cvqkd:scale")
        found.localOscillatorPower = try finite(global.loPower, "cvqkd:lo_power")
        found.opticalFrequency = try positive(global.opticalFrequency, "cvqkd:optical_frequency")
        found.efficiency = try positive(global.efficiency, "cvqkd:efficiency")
        found.efficiencySigma = try finite(global.efficiencySigma, "cvqkd:efficiency_sigma")
        found.clipLow = try word(global.clipLow, "cvqkd:clip_low")
        found.clipHigh = try word(global.clipHigh, "cvqkd:clip_high")
        if let text = global.session {
            guard let number = UInt64(text, radix: 16) else { throw bad("cvqkd:session", "is no hexadecimal number") }
            found.session = number
        }
        if let name = global.basisRecording {
            guard !name.contains("/") else { throw bad("cvqkd:basis_recording", "is not a name of the same folder") }
            found.basisRecording = name
        }
        if let detection = global.detection {
            guard ["homodyne", "heterodyne"].contains(detection) else {
                throw bad("cvqkd:detection", "is '\(detection)', neither homodyne nor heterodyne")
            }
            found.detection = detection
        }
        (found.unitSerial, found.emulated) = (global.unitSerial, global.emulated)
        (found.filter, found.delay) = (global.filter, global.delay)
        (found.description, found.hardware, found.recorder) = (global.description, global.hardware, global.recorder)
        found.sha512 = global.sha512?.lowercased()
        try read(document.captures ?? [], offset: global.offset ?? 0, into: &found)
        try read(document.annotations ?? [], into: &found)
        return found
    }

    private mutating func read(
        _ captures: [MetadataDocument.Capture], offset: Int64, into found: inout RecordingMetadata
    ) throws(RecordingError) {
        var last: Int64 = -1
        for (index, capture) in captures.enumerated() {
            // SigMF counts samples from core:offset, which lets a recording be split over several files.
            let start = capture.sampleStart - offset
            guard start > last, start >= 0 else {
                throw bad(
                    "captures[\(index)].core:sample_start",
                    "is \(capture.sampleStart): segments rise from the first sample on")
            }
            if let bytes = capture.headerBytes, bytes != 0 {
                guard index == 0 else {
                    throw bad("captures[\(index)].core:header_bytes", "is not supported behind the first segment")
                }
                headerBytes = try count(bytes, "captures[0].core:header_bytes")
            }
            if let number = capture.globalIndex, number < 0 {
                throw bad("captures[\(index)].core:global_index", "is \(number)")
            }
            last = start
            found.segments.append(.init(start: start, symbolIndex: capture.globalIndex))
        }
        found.began = captures.first?.datetime.flatMap(MetadataDocument.date)
    }

    private func read(
        _ annotations: [MetadataDocument.Annotation], into found: inout RecordingMetadata
    ) throws(RecordingError) {
        for (index, annotation) in annotations.enumerated() {
            guard let missing = annotation.missingSymbols else { continue }
            guard missing > 0, annotation.sampleStart >= 0 else {
                throw bad("annotations[\(index)].cvqkd:missing_symbols", "is \(missing)")
            }
            found.gaps.append(
                .init(start: annotation.sampleStart, symbolIndex: annotation.symbolIndex ?? 0, missing: missing))
        }
    }

    private func bad(_ field: String, _ reason: String) -> RecordingError {
        .badField(meta: files.meta, field: field, reason: reason)
    }

    private func name<Value: RawRepresentable & CaseIterable>(
        _ text: String?, _ field: String
    ) throws(RecordingError) -> Value? where Value.RawValue == String {
        guard let text else { return nil }
        guard let value = Value(rawValue: text) else {
            throw bad(field, "is '\(text)'; it is one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    private func finite(_ value: Double?, _ field: String) throws(RecordingError) -> Double? {
        guard let value else { return nil }
        guard value.isFinite, value >= 0 else { throw bad(field, "is \(value)") }
        return value
    }

    private func positive(_ value: Double?, _ field: String) throws(RecordingError) -> Double? {
        guard let value = try finite(value, field) else { return nil }
        guard value > 0 else { throw bad(field, "is \(value), it must be greater than 0") }
        return value
    }

    private func word(_ value: Int?, _ field: String) throws(RecordingError) -> Int16? {
        guard let value else { return nil }
        guard let word = Int16(exactly: value) else { throw bad(field, "is \(value), no int16") }
        return word
    }

    private func count(_ value: Int64, _ field: String) throws(RecordingError) -> Int64 {
        guard value >= 0 else { throw bad(field, "is \(value)") }
        return value
    }
}
