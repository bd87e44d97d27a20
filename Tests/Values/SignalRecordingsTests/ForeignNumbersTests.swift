import Foundation
import SignalRecordings
import Testing

/// Numbers in files of others: none traps, none is taken for another one, and what cannot be is named with its field.
struct ForeignNumbersTests {
    static let datatype = #""core:datatype": "ri16_le""#
    /// 20 samples.
    static let data = [UInt8](repeating: 1, count: 40)
    static let extremes: [String] = [
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "4611686018427387904", "1152921504606846976",
        "1152921504606846977", "2147483648", "-2147483649", "65536", "-1", "1e18", "1e19", "1e308", "1e309", "-1e309",
        "0.5", "1e-400", "\(String(repeating: "9", count: 400))",
    ]
    static let globalFields = [
        "core:offset", "core:trailing_bytes", "core:num_channels", "core:sample_rate", "cvqkd:symbol_rate",
        "cvqkd:scale", "cvqkd:lo_power", "cvqkd:optical_frequency", "cvqkd:efficiency", "cvqkd:efficiency_sigma",
        "cvqkd:clip_low", "cvqkd:clip_high", "cvqkd:filter", "cvqkd:delay",
    ]
    static let captureFields = ["core:sample_start", "core:header_bytes", "core:global_index"]
    static let annotationFields = ["core:sample_start", "cvqkd:missing_symbols", "cvqkd:symbol_index"]

    /// Reads a recording as an analysis would, and pairs it with itself.
    static func use(_ base: String) throws(RecordingError) {
        let recording = try SignalRecording(base)
        let metadata = recording.metadata
        _ = metadata.missingSymbols
        for start in metadata.segments.map(\.start) {
            try recording.forEachBlock(start..<recording.symbols) { (_, _) throws(RecordingError) in }
        }
        for delay in [Int.min, -(1 << 62), -1, 0, 1, 1 << 62, .max, metadata.delay ?? 0] {
            let runs = SymbolRuns(
                alice: metadata, symbols: recording.symbols, bob: metadata, symbols: recording.symbols, delay: delay)
            _ = runs.symbols
        }
    }

    @Test(arguments: globalFields) func `a number at an end of its range in global is read or named`(field: String)
        throws
    {
        for number in Self.extremes {
            let folder = try Folder()
            let base = try folder.put(
                meta: Folder.meta(Self.datatype + #", "\#(field)": \#(number)"#), data: Self.data)
            do throws(RecordingError) { try Self.use(base) } catch {
                #expect(error.description.contains(field), "\(error)")
            }
        }
    }

    @Test(arguments: captureFields) func `and in captures`(field: String) throws {
        for number in Self.extremes {
            let folder = try Folder()
            let start = field == "core:sample_start" ? "" : #""core:sample_start": 0, "#
            let base = try folder.put(
                meta: Folder.meta(Self.datatype, captures: #"[{\#(start)"\#(field)": \#(number)}]"#), data: Self.data)
            do throws(RecordingError) { try Self.use(base) } catch {
                #expect(error.description.contains("captures[0].\(field)"), "\(error)")
            }
        }
    }

    @Test(arguments: annotationFields) func `and in annotations`(field: String) throws {
        for number in Self.extremes {
            let folder = try Folder()
            var fields = ["core:sample_start": "5", "cvqkd:missing_symbols": "7", "cvqkd:symbol_index": "5"]
            fields[field] = number
            let text = fields.map { #""\#($0)": \#($1)"# }.joined(separator: ", ")
            let base = try folder.put(
                meta: Folder.meta(
                    Self.datatype, captures: #"[{"core:sample_start": 0, "core:global_index": 0}]"#,
                    annotations: "[{\(text)}, {\(text)}, {\(text)}]"), data: Self.data)
            do throws(RecordingError) { try Self.use(base) } catch {
                let isCut = if case .truncated = error { true } else { false }
                #expect(isCut || error.description.contains("annotations[0].\(field)"), "\(error)")
            }
        }
    }

    /// Each of them trapped.
    @Test func `sums of such numbers are compared, not taken`() throws {
        let folder = try Folder()
        let most = "1152921504606846976"
        let bytes = try folder.put(
            "bytes",
            meta: Folder.meta(
                Self.datatype + #", "core:trailing_bytes": \#(most)"#,
                captures: #"[{"core:sample_start": 0, "core:header_bytes": \#(most)}]"#), data: Self.data)
        #expect(
            throws: RecordingError.badField(
                meta: bytes + ".sigmf-meta", field: "captures[0].core:header_bytes",
                reason: "is \(most); the file has 40 bytes in all")
        ) { try opening(bytes) }
        let far = try folder.put(
            "far",
            meta: Folder.meta(
                Self.datatype + #", "core:offset": \#(most)"#,
                captures: #"[{"core:sample_start": \#(most), "core:global_index": \#(most)}]"#,
                annotations: #"[{"core:sample_start": 1, "cvqkd:missing_symbols": 1}]"#), data: Self.data)
        #expect(
            throws: RecordingError.badField(
                meta: far + ".sigmf-meta", field: "annotations[0].core:sample_start",
                reason: "is 1, but the file begins with sample \(most) (core:offset)")
        ) { try opening(far) }
        var metadata = RecordingMetadata(layout: .oneQuadrature)
        metadata.gaps = [
            .init(start: 0, symbolIndex: .max, missing: .max), .init(start: 0, symbolIndex: 0, missing: 1),
        ]
        #expect(metadata.missingSymbols == .max)
        metadata.segments = [.init(start: 0, symbolIndex: .max - 1), .init(start: 5, symbolIndex: .min)]
        for delay in [Int.min, 0, .max] {
            let runs = SymbolRuns(alice: metadata, symbols: 10, bob: metadata, symbols: 10, delay: delay)
            #expect(runs.symbols <= 10)
        }
    }

    /// They paired by place, and nobody heard of it.
    @Test(arguments: [
        (
            #""core:global_index": 0"#, #""core:global_index": 0"#,
            "is 0, but the segment before ends with 9: numbers rise"
        ),
        (
            #""core:global_index": 100"#, #""core:global_index": 109"#,
            "is 109, but the segment before ends with 109: numbers rise"
        ),
        (
            #""core:global_index": 100"#, #""core:global_index": 20"#,
            "is 20, but the segment before ends with 109: numbers rise"
        ),
        (#""core:global_index": 100"#, #""core:comment": "x""#, "is missing, though the segment before has one"),
        (#""core:comment": "x""#, #""core:global_index": 10"#, "is there, though the segment before has none"),
    ]) func `numbers of symbols that do not rise are refused`(first: String, second: String, reason: String) throws {
        let folder = try Folder()
        let base = try folder.put(
            meta: Folder.meta(
                Self.datatype,
                captures: #"[{"core:sample_start": 0, \#(first)}, {"core:sample_start": 10, \#(second)}]"#),
            data: Self.data)
        #expect(
            throws: RecordingError.badField(
                meta: base + ".sigmf-meta", field: "captures[1].core:global_index", reason: reason)
        ) { try Self.use(base) }
    }

    @Test(arguments: [("cvqkd:lo_power", "1e30"), ("cvqkd:efficiency_sigma", "1.5")])
    func `light and uncertainties that nothing can have are refused`(field: String, value: String) throws {
        let folder = try Folder()
        let base = try folder.put(meta: Folder.meta(Self.datatype + #", "\#(field)": \#(value)"#), data: Self.data)
        do throws(RecordingError) {
            try Self.use(base)
            Issue.record("\(value) was accepted")
        } catch {
            #expect(error.description.contains(field) && error.description.contains("at most"), "\(error)")
        }
    }

    /// SigMF counts everything from core:offset, also what is annotated.
    @Test func `the second file of a split recording has its gap where it is`() throws {
        let folder = try Folder()
        let base = try folder.put(
            meta: Folder.meta(
                Self.datatype + #", "core:offset": 1000000"#,
                captures: #"[{"core:sample_start": 1000000, "core:global_index": 1000000}]"#,
                annotations: """
                    [{"core:sample_start": 1000005, "core:sample_count": 0, "cvqkd:symbol_index": 1000005,
                    "cvqkd:missing_symbols": 7}]
                    """), data: Self.data)
        let metadata = try opening(base)
        #expect(metadata.gaps == [.init(start: 5, symbolIndex: 1_000_005, missing: 7)])
        // What follows the gap is numbered on from behind it.
        #expect(
            metadata.segments == [
                .init(start: 0, symbolIndex: 1_000_000), .init(start: 5, symbolIndex: 1_000_012),
            ])
    }

    @Test func `a recording whose first samples no segment describes is refused`() throws {
        let folder = try Folder()
        let base = try folder.put(
            meta: Folder.meta(Self.datatype, captures: #"[{"core:sample_start": 5}]"#), data: Self.data)
        #expect(
            throws: RecordingError.badField(
                meta: base + ".sigmf-meta", field: "captures[0].core:sample_start",
                reason:
                    "is 5, but the file begins with sample 0 (core:offset): no segment says what the samples before are"
            )
        ) { try opening(base) }
    }

    /// A unit may count as it likes.
    @Test func `a writer numbers symbols at the end of the range`() throws {
        let folder = try Folder()
        var writer = try RecordingWriter(
            folder.base(), RecordingMetadata(layout: .oneQuadrature, kind: .signal), replacing: false)
        let samples: [Int16] = [1, 2, 3]
        try writer.add(samples.span, symbolIndex: .max)
        try writer.add(samples.span, symbolIndex: .max)
        #expect(writer.symbols == 6)
    }
}
