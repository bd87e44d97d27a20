import Foundation
import SignalRecordings
import Testing

struct SignalRecordingTests {
    /// A file that cannot be used, and why.
    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var meta: String? = Folder.plain
        var data: [UInt8]? = [1, 0, 2, 0]
        var error: @Sendable (String) -> RecordingError
    }

    static let bad: [Bad] = [
        Bad(testDescription: "nothing there", meta: nil, data: nil) { .notFound(base: $0) },
        Bad(testDescription: "no metadata", meta: nil) { .noMetadata(meta: $0 + ".sigmf-meta") },
        Bad(testDescription: "no data", data: nil) { .noData(data: $0 + ".sigmf-data") },
        Bad(testDescription: "no sample", data: []) { .empty(data: $0 + ".sigmf-data") },
        Bad(testDescription: "half a sample", data: [1, 0, 2]) {
            .partialSymbol(data: $0 + ".sigmf-data", bytes: 3, symbolBytes: 2)
        },
        Bad(testDescription: "x without p", meta: Folder.meta(#""core:datatype": "ci16_le""#), data: [1, 0]) {
            .partialSymbol(data: $0 + ".sigmf-data", bytes: 2, symbolBytes: 4)
        },
        Bad(
            testDescription: "cut",
            meta: Folder.meta(
                #""core:datatype": "ri16_le""#, captures: #"[{"core:sample_start": 0}, {"core:sample_start": 2}]"#)
        ) {
            .truncated(data: $0 + ".sigmf-data", symbols: 2, declared: 2)
        },
        Bad(testDescription: "not JSON", meta: "{") {
            .badMetadata(
                meta: $0 + ".sigmf-meta", reason: "line 1, column 2: the text ends where a name in quotes is expected")
        },
        Bad(testDescription: "another JSON", meta: "{}") {
            .badMetadata(meta: $0 + ".sigmf-meta", reason: "global is missing")
        },
        Bad(testDescription: "no datatype", meta: #"{"global": {}}"#) {
            .badMetadata(meta: $0 + ".sigmf-meta", reason: "core:datatype is missing")
        },
        Bad(
            testDescription: "wrong type of a field",
            meta: Folder.meta(
                #""core:datatype": "ri16_le", "cvqkd:scale": "0.001""#)
        ) {
            .badField(meta: $0 + ".sigmf-meta", field: "cvqkd:scale", reason: "is '0.001'; a number is wanted")
        },
        Bad(testDescription: "a scale of 0", meta: Folder.meta(#""core:datatype": "ri16_le", "cvqkd:scale": 0"#)) {
            .badField(meta: $0 + ".sigmf-meta", field: "cvqkd:scale", reason: "is 0.0, it must be greater than 0")
        },
        Bad(testDescription: "unknown kind", meta: Folder.meta(#""core:datatype": "ri16_le", "cvqkd:kind": "noise""#)) {
            .badField(
                meta: $0 + ".sigmf-meta", field: "cvqkd:kind",
                reason: "is 'noise'; it is one of electronic_noise, vacuum, signal, modulation, basis, capture")
        },
        Bad(testDescription: "purpose key", meta: Folder.meta(#""core:datatype": "ri16_le", "cvqkd:purpose": "key""#)) {
            .badField(
                meta: $0 + ".sigmf-meta", field: "cvqkd:purpose", reason: "is 'key'; it is one of calibration, test")
        },
        Bad(testDescription: "two channels", meta: Folder.meta(#""core:datatype": "ri16_le", "core:num_channels": 2"#))
        {
            .tooManyChannels(meta: $0 + ".sigmf-meta", channels: 2)
        },
        Bad(
            testDescription: "metadata only",
            meta: Folder.meta(
                #""core:datatype": "ri16_le", "core:metadata_only": true"#)
        ) { .metadataOnly(meta: $0 + ".sigmf-meta") },
        Bad(
            testDescription: "segments that fall",
            meta: Folder.meta(
                #""core:datatype": "ri16_le""#, captures: #"[{"core:sample_start": 0}, {"core:sample_start": 0}]"#)
        ) {
            .badField(
                meta: $0 + ".sigmf-meta", field: "captures[1].core:sample_start",
                reason: "is 0: segments rise from the first sample on")
        },
        Bad(
            testDescription: "data elsewhere",
            meta: Folder.meta(
                #""core:datatype": "ri16_le", "core:dataset": "../../etc/passwd""#)
        ) {
            .badField(
                meta: $0 + ".sigmf-meta", field: "core:dataset",
                reason: "is '../../etc/passwd', which is not a file name of the same folder")
        },
    ]

    @Test(arguments: bad) func `what cannot be used is told by name`(_ bad: Bad) throws {
        let folder = try Folder()
        let base = try folder.put(meta: bad.meta, data: bad.data)
        #expect(throws: bad.error(base)) { try opening(base) }
        #expect(bad.error(base).description.contains(base))
    }

    @Test(arguments: ["cf32_le", "ri16_be", "ri8", "ri16", "ci16_be", "rf64_le"])
    func `other datatypes are named, with what is accepted`(_ datatype: String) throws {
        let folder = try Folder()
        let base = try folder.put(meta: Folder.meta(#""core:datatype": "\#(datatype)""#), data: [0, 0, 0, 0])
        let error = RecordingError.unsupportedDatatype(meta: base + ".sigmf-meta", found: datatype)
        #expect(throws: error) { try opening(base) }
        #expect(error.description.contains("accepted are ri16_le, ci16_le, ru8"))
    }

    @Test func `a foreign file needs a datatype only`() throws {
        let folder = try Folder()
        let base = try folder.put(meta: #"{"global": {"core:datatype": "ci16_le"}}"#, data: [1, 0, 255, 255])
        #expect(try opening(base) == RecordingMetadata(layout: .bothQuadratures))
        #expect(try allSamples(base) == [1, -1])
    }

    @Test func `header, trailer, offset and a data file of another name are SigMF's own`() throws {
        let folder = try Folder()
        let base = try folder.put(
            meta: Folder.meta(
                #""core:datatype": "ri16_le", "core:dataset": "samples.bin", "core:trailing_bytes": 1, "core:offset": 100"#,
                captures: #"[{"core:sample_start": 100, "core:header_bytes": 3, "core:global_index": 9}]"#), data: nil)
        try Data([9, 9, 9, 5, 0, 6, 0, 9]).write(to: URL(fileURLWithPath: folder.base("samples.bin")))
        #expect(try allSamples(base) == [5, 6])
        #expect(try opening(base).segments == [.init(start: 0, symbolIndex: 9)])
    }

    @Test func `the symbol rate of a foreign file is its sample rate`() throws {
        let folder = try Folder()
        let base = try folder.put(
            meta: Folder.meta(#""core:datatype": "ri16_le", "core:sample_rate": 2e6"#), data: [0, 0])
        #expect(try opening(base).symbolRate == 2e6)
    }

    @Test func `one flipped bit is found`() throws {
        let folder = try Folder()
        _ = try RecordingWriterTests.write(folder.base())
        let data = URL(fileURLWithPath: folder.base() + ".sigmf-data")
        var bytes = try Data(contentsOf: data)
        bytes[777] ^= 4
        try bytes.write(to: data)
        #expect(throws: RecordingError.wrongChecksum(data: data.path)) { try SignalRecording(folder.base()).verify() }
        let plain = try folder.put("plain", meta: Folder.plain, data: [0, 0])
        #expect(throws: RecordingError.noChecksum(meta: plain + ".sigmf-meta")) { try SignalRecording(plain).verify() }
    }

    @Test func `a file that is cut while it is read is an error`() throws {
        let folder = try Folder()
        let base = try folder.put(meta: Folder.plain, data: [UInt8](repeating: 0, count: 1 << 20))
        let recording = try SignalRecording(base)
        try #require(truncate(base + ".sigmf-data", 4096) == 0)
        do {
            try recording.forEachBlock { (_, _) throws(RecordingError) in }
            Issue.record("it read what is not there")
        } catch {
            #expect(error == .vanished(data: base + ".sigmf-data", symbol: 0))
        }
    }

    @Test func `1e9 samples are read in bounded memory`() throws {
        let folder = try Folder()
        let base = try folder.put(meta: Folder.plain, data: [])
        // A hole: the file system stores nothing, the reader cannot know.
        try #require(truncate(base + ".sigmf-data", 2_000_000_000) == 0)
        let before = try Self.residentKilobytes()
        let recording = try SignalRecording(base)
        var seen: Int64 = 0
        var most = 0
        try recording.forEachBlock { (first, block) throws(RecordingError) in
            guard first == seen else { return }
            seen += Int64(block.count)
            if seen & 0xfff_ffff == 0 { most = max(most, (try? Self.residentKilobytes()) ?? .max) }
        }
        #expect(seen == 1_000_000_000)
        #expect(max(most, try Self.residentKilobytes()) - before < 8192)
    }

    private static func residentKilobytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        return (Int(pages) ?? .max / 4096) * 4
    }
}
