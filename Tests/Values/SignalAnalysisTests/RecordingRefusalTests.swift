import Foundation
import RecordedLinks
import QuadratureAnalysis
import SignalAnalysis
import SignalRecordings
import Testing

/// Recordings that no result may rest on: the fact, and what to do next.
@Suite struct RecordingRefusalTests {
    /// What is wrong, how it is made of two good recordings (V = 4,000 and 44,000 LSB²), and what has to be said.
    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var words: [String]
        var make: @Sendable (RecordingFolder) throws -> Void
    }

    static let bad: [Bad] = [
        Bad(testDescription: "empty", words: ["holds no sample", "Record again"]) {
            try $0.put("on", "vacuum", [Int16]())
        },
        Bad(testDescription: "a single sample", words: ["too few", "Record longer"]) {
            try $0.put("on", "vacuum", [5])
        },
        Bad(testDescription: "half a sample", words: ["no whole number of symbols", "copy it again"]) {
            try Data([1, 0, 2]).write(to: $0.data("on"))
        },
        Bad(testDescription: "another datatype", words: ["cf32_le", "Convert the data to int16"]) {
            try $0.put("on", "vacuum", noise(44_000), datatype: "cf32_le")
        },
        Bad(testDescription: "one quadrature and two", words: ["do not belong together", "core:datatype"]) {
            try $0.put("on", "vacuum", noise(44_000), datatype: "ci16_le")
        },
        Bad(testDescription: "swapped", words: ["vacuum", "Exchange the two"]) {
            try $0.put("on", "electronic_noise", noise(4000))
            try $0.put("off", "vacuum", noise(44_000))
        },
        Bad(testDescription: "swapped, and no file says what it is", words: ["swapped", "Exchange the two"]) {
            try $0.put("on", nil, noise(4000))
            try $0.put("off", nil, noise(44_000))
        },
        Bad(testDescription: "the same noise twice", words: ["does not stand out", "local oscillator on"]) {
            try $0.put("on", nil, noise(4000, seed: 9))
        },
        Bad(testDescription: "clipped, by the limits that the file states", words: ["are clipped", "Lower the gain"]) {
            try $0.put("on", "vacuum", noise(44_000), #", "cvqkd:clip_low": -500, "cvqkd:clip_high": 500"#)
        },
        Bad(testDescription: "clipped, and no file says where", words: ["no sample lies beyond 500", "Lower the gain"])
        {
            try $0.put("on", "vacuum", noise(44_000).map { max(-600, min($0, 500)) })
        },
        Bad(testDescription: "different scales", words: ["cvqkd:scale", "Use recordings of one session"]) {
            try $0.put("off", "electronic_noise", noise(4000), #", "cvqkd:scale": 0.001"#)
            try $0.put("on", "vacuum", noise(44_000), #", "cvqkd:scale": 0.002"#)
        },
        Bad(testDescription: "different filters", words: ["cvqkd:filter", "Use recordings of one session"]) {
            try $0.put("off", "electronic_noise", noise(4000), #", "cvqkd:filter": 1"#)
            try $0.put("on", "vacuum", noise(44_000), #", "cvqkd:filter": 2"#)
        },
        Bad(testDescription: "constant", words: ["all equal", "Check that the converter is connected"]) {
            try $0.put("on", "vacuum", [Int16](repeating: 7, count: 50_000))
        },
        Bad(testDescription: "constant dark samples", words: ["all equal", "Check that the converter is connected"]) {
            try $0.put("off", "electronic_noise", [Int16](repeating: -7, count: 50_000))
        },
        Bad(testDescription: "a field of the wrong type", words: ["cvqkd:lo_power", "Correct the field"]) {
            try $0.put("on", "vacuum", noise(44_000), #", "cvqkd:lo_power": "much""#)
        },
        Bad(testDescription: "no metadata", words: ["on.sigmf-meta is missing"]) {
            try FileManager.default.removeItem(atPath: $0.base("on") + ".sigmf-meta")
        },
        Bad(testDescription: "no file at all", words: ["no such recording"]) { try $0.remove("on") },
    ]

    @Test(arguments: bad) func `bad recordings are refused with the fact and the next step`(_ bad: Bad) throws {
        let folder = try RecordingFolder()
        try folder.put("off", "electronic_noise", Self.noise(4000, seed: 3))
        try folder.put("on", "vacuum", Self.noise(44_000))
        try bad.make(folder)
        let failure = try refusal {
            _ = try ReceiverPair.read(off: folder.base("off"), on: folder.base("on"), method: .twoTime, verify: false)
        }
        for words in bad.words { #expect(failure.description.contains(words), "\(failure)") }
    }

    /// What only an estimate can find: the two ends.
    @Test(arguments: [
        ("a constant modulation", ["no delay stands out", "same session"]),
        ("a constant signal", ["no delay stands out", "same session"]),
        ("another session", ["no delay stands out", "If the delay is known"]),
        ("a shorter signal", ["Cut them to the same symbols"]),
        ("one quadrature of a heterodyne receiver", ["ri16_le", "wanted is ci16_le"]),
    ])
    func `ends that do not fit are refused with the next step`(_ fault: String, _ words: [String]) throws {
        let folder = try RecordedLink.heterodyne(symbols: 20_000)
        let scale = #", "cvqkd:scale": 0.001"#
        switch fault {
        case "a constant modulation":
            try folder.put(
                "modulation", "modulation", [Int16](repeating: 9, count: 40_000), scale, datatype: "ci16_le")
        case "a constant signal":
            try folder.put("signal", "signal", [Int16](repeating: 9, count: 40_000), datatype: "ci16_le")
        case "another session":
            try folder.put(
                "modulation", "modulation", Self.noise(5e6, seed: 21, count: 40_000), scale, datatype: "ci16_le")
        case "a shorter signal": try folder.resize("signal", bytes: 40_000)
        default: try folder.put("signal", "signal", Self.noise(50_000, count: 20_000))
        }
        let failure = try refusal { _ = try folder.estimate() }
        for words in words { #expect(failure.description.contains(words), "\(failure)") }
    }

    /// With the delay given, nothing stops constant words before the fit.
    @Test(arguments: [("modulation", "Check that Alice was modulating"), ("signal", "Check delay, shutter and link")])
    func `constant ends give no estimate even at a known delay`(_ name: String, _ next: String) throws {
        let folder = try RecordedLink.heterodyne(symbols: 20_000, delay: 0)
        try folder.put(
            name, name, [Int16](repeating: 9, count: 40_000), name == "modulation" ? #", "cvqkd:scale": 0.001"# : "",
            datatype: "ci16_le")
        let failure = try refusal { _ = try folder.estimate(delay: 0) }
        #expect(failure.description.contains(next), "\(failure)")
    }

    @Test func `a recording shorter than a segment has no spectrum`() throws {
        let folder = try RecordingFolder()
        try folder.put("on", "vacuum", Self.noise(44_000, count: 100))
        let failure = try refusal { _ = try SpectrumResult(recording: folder.base("on"), length: 256, verify: false) }
        #expect(failure == .noSegment(recording: folder.base("on"), length: 256))
        let samples = Self.noise(44_000, count: 100)
        #expect(throws: SignalAnalysisFailure.tooFewForSegment(samples: 100, length: 256)) {
            _ = try SpectrumResult.spectrum(samples.span, detection: .homodyne, sampleRate: nil, length: 256)
        }
    }

    /// A table of zeros is no result. One channel that stands still makes the mean of both a half-truth.
    @Test(arguments: [1, 2]) func `constant and clipped samples have no spectrum`(width: Int) throws {
        let folder = try RecordingFolder()
        let layout = width == 2 ? "ci16_le" : "ri16_le"
        let noise = Self.noise(44_000, count: 8_192)
        let bad: [(String, [Int16], Degeneracy)] = [
            ("zeros", [Int16](repeating: 0, count: 8_192), .constant),
            ("constant", [Int16](repeating: -7, count: 8_192), .constant),
            ("ends", (0..<8_192).map { $0 / width % 2 == 0 ? .max : .min }, .allClipped(samples: 8_192)),
        ]
        for (name, samples, degeneracy) in bad {
            try folder.put(name, "vacuum", samples, datatype: layout)
            let failure = try refusal {
                _ = try SpectrumResult(recording: folder.base(name), length: 256, verify: false)
            }
            #expect(failure == .degenerate(recording: folder.base(name), degeneracy), "\(failure)")
        }
        guard width == 2 else { return }
        try folder.put("half", "vacuum", noise.indices.map { $0 % 2 == 0 ? noise[$0] : 5 }, datatype: layout)
        let half = try refusal { _ = try SpectrumResult(recording: folder.base("half"), length: 256, verify: false) }
        #expect(half == .degenerate(recording: folder.base("half"), .constant))
    }

    @Test func `a recording that is not what was recorded is refused where that is asked for`() throws {
        let folder = try RecordingFolder()
        try folder.put("off", "electronic_noise", Self.noise(4000, seed: 3))
        try folder.put("on", "vacuum", Self.noise(44_000), #", "core:sha512": "00""#)
        func read(verify: Bool) throws {
            _ = try ReceiverPair.read(off: folder.base("off"), on: folder.base("on"), method: .twoTime, verify: verify)
        }
        try read(verify: false)
        #expect(
            try refusal { try read(verify: true) }
                == .recording(.noChecksum(meta: folder.base("off") + ".sigmf-meta")))
        try folder.put("off", "electronic_noise", Self.noise(4000, seed: 3), #", "core:sha512": "00""#)
        #expect(
            try refusal { try read(verify: true) }
                == .recording(.wrongChecksum(data: folder.base("off") + ".sigmf-data")))
    }

    static func noise(_ variance: Double, seed: UInt64 = 5, count: Int = 50_000) -> [Int16] {
        var random = NormalNumbers(seed: seed)
        return random.samples(count, variance: variance)
    }
}
