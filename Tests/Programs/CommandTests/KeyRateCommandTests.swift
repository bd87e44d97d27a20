import Foundation
import Testing

/// `cvqkd key-rate`: the numbers of the physics reference, the words, and every way to get it wrong.
@Suite struct KeyRateCommandTests {
    private let cvqkd = Program(name: "cvqkd")

    static let heterodyne = [
        "key-rate", "--detection", "heterodyne", "--modulation-variance", "5", "--excess-noise", "0.01",
        "--efficiency", "0.6", "--electronic-noise", "0.1",
    ]
    static let label =
        "planning figure: collective attacks, Gaussian modulation, trusted receiver; not a security claim"

    private func document(_ more: String...) async throws -> [String: Any] {
        let result = try await cvqkd.run(Self.heterodyne + more + ["--json"])
        try #require(result.status == 0, "\(result.errors)")
        return try result.object()
    }

    private func expect(_ document: [String: Any], _ name: String, _ value: Double, within: Double) throws {
        let found = try #require(document[name] as? Double, "\(name)")
        #expect(abs(found - value) <= within, "\(name) = \(found)")
    }

    @Test func `Lodewyck's example`() async throws {
        let result = try await cvqkd.run(
            "key-rate", "--detection", "homodyne", "--receiver", "trusted", "--modulation-variance", "18.5",
            "--transmittance", "0.302", "--excess-noise", "0.005", "--efficiency", "0.606", "--electronic-noise",
            "0.041", "--reconciliation", "0.898", "--json")
        let document = try result.object()
        try expect(document, "mutualInformation", 1.043650, within: 5e-7)
        try expect(document, "holevoBound", 0.902043, within: 5e-7)
        try expect(document, "asymptoticKeyRate", 0.0351541, within: 5e-8)
        #expect(document["label"] as? String == Self.label)
        // Without a block these are there, and null.
        for name in ["finiteKeyRate", "transmittanceWorstCase", "excessNoiseWorstCase", "finiteSizeCorrection"] {
            #expect(document[name] is NSNull, "\(name)")
        }
    }

    @Test func `a block adds worst case, correction, finite rate and its own null-key noise`() async throws {
        let document = try await document("--transmittance", "0.316", "--block-size", "1e8", "--symbol-rate", "1e8")
        try expect(document, "holevoBound", 0.402871, within: 5e-7)
        try expect(document, "asymptoticKeyRate", 0.087859, within: 5e-7)
        try expect(document, "transmittanceWorstCase", 0.315120, within: 5e-7)
        try expect(document, "excessNoiseWorstCase", 0.025091, within: 5e-7)
        try expect(document, "finiteSizeCorrection", 0.005792, within: 5e-7)
        try expect(document, "finiteKeyRate", 0.035086, within: 5e-7)
        try expect(document, "finiteBitsPerSecond", 3.5086e6, within: 50)
        let null = try #require(document["nullKeyExcessNoise"] as? Double)
        try expect(document, "margin", 1 - 0.0250905 / null, within: 1e-5)
        let asymptotic = try #require(document["asymptoticNullKeyExcessNoise"] as? Double)
        #expect(null < asymptotic)
    }

    @Test func `a block without key has rate 0, the formula's value beside it, and says so in words`() async throws {
        let small = try await document("--transmittance", "0.316", "--block-size", "1e6")
        try expect(small, "finiteKeyRate", 0, within: 0)
        try expect(small, "finiteKeyRateUnclamped", -0.0257157, within: 5e-8)
        let text = try await cvqkd.run(Self.heterodyne + ["--transmittance", "0.316", "--block-size", "1e6"]).output
        #expect(text.contains("no key (−0.0257157 bit/symbol)"), "\(text)")
        #expect(text.contains(Self.label))
    }

    @Test func `what cannot be had is null with its reason`() async throws {
        let short = try await document("--loss", "60", "--block-size", "1e4")
        let reasons = try #require(short["reasons"] as? [String: String])
        for name in ["finiteKeyRate", "transmittanceWorstCase", "excessNoiseWorstCase", "nullKeyExcessNoise"] {
            #expect(short[name] is NSNull, "\(name)")
            #expect(reasons[name]?.contains("too short") == true, "\(name)")
        }
        let untrusted = try await document("--loss", "10", "--receiver", "untrusted")
        #expect(untrusted["nullKeyExcessNoise"] is NSNull)
        #expect((untrusted["label"] as? String)?.contains("untrusted receiver") == true)
        #expect(
            (untrusted["reasons"] as? [String: String])?["nullKeyExcessNoise"]?.contains("even without") == true)
        let text = try await cvqkd.run(Self.heterodyne + ["--loss", "10", "--receiver", "untrusted"]).output
        #expect(text.contains("none: no key even without excess noise"), "\(text)")
    }

    @Test func `one channel is the same by loss and by transmittance, one noise at every plane`() async throws {
        let reference = try await document("--transmittance", "0.1")
        for more in [
            ["--loss", "10"], ["--transmittance", "0.1", "--plane", "output", "--excess-noise", "0.001"],
            ["--transmittance", "0.1", "--plane", "detector", "--excess-noise", "0.0003"],
        ] {
            var arguments = Self.heterodyne
            // The last of an option that is given twice would win; give each once.
            if more.contains("--excess-noise"), let at = arguments.firstIndex(of: "--excess-noise") {
                arguments.removeSubrange(at...at + 1)
            }
            let other = try await cvqkd.run(arguments + more + ["--json"]).object()
            for name in ["asymptoticKeyRate", "holevoBound", "nullKeyExcessNoise", "margin"] {
                try expect(other, name, try #require(reference[name] as? Double), within: 1e-12)
            }
        }
    }

    @Test func `a sweep ends where the rate ends`() async throws {
        let sweep = try await document("--sweep-distance", "0:60:10", "--block-size", "1e8")
        let reach = try #require(sweep["finiteReachKilometres"] as? Double)
        #expect((50...60).contains(reach))
        #expect(sweep["asymptoticReachKilometres"] is NSNull)
        #expect((sweep["reasons"] as? [String: String])?["asymptoticReachKilometres"]?.contains("still a key") == true)
        let points = try #require(sweep["points"] as? [[String: Any]])
        #expect(points.compactMap { $0["distanceKilometres"] as? Double } == [0, 10, 20, 30, 40, 50, 60])
        for point in points {
            let distance = try #require(point["distanceKilometres"] as? Double)
            let link = try #require(point["link"] as? [String: Any])
            let rate = try #require(link["finiteKeyRate"] as? Double)
            #expect((rate > 0) == (distance < reach), "\(distance) km")
        }
        // The end itself: positive just before, negative just after.
        for (offset, positive) in [(-1e-6, true), (1e-6, false)] {
            let there = try await document("--loss", "\((reach + offset) * 0.2)", "--block-size", "1e8")
            #expect((try #require(there["finiteKeyRateUnclamped"] as? Double) > 0) == positive)
        }
    }

    @Test func `a sweep prints table and plot and saves what was asked for`() async throws {
        let folder = try Scratch()
        let arguments =
            Self.heterodyne + [
                "--sweep-distance", "0:60:20", "--block-size", "1e8", "--fibre-loss", "0.2", "--other-loss", "1",
                "--svg", "\(folder.path)/rate.svg", "--csv", "\(folder.path)/rate.csv",
            ]
        let result = try await cvqkd.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(Self.label))
        #expect(result.output.contains("finite-size key            ends at 49.11 km"), "\(result.output)")
        #expect(result.output.contains("Fibre length (km)"))
        let longest = result.output.split(separator: "\n").drop { !$0.hasPrefix("Key rate against distance (") }
            .map(\.count).max()
        #expect(try #require(longest) <= 80)

        let svg = folder.text("rate.svg")
        #expect(svg.hasPrefix("<svg"))
        #expect(svg.contains(Self.label) && svg.contains("Fibre length (km)") && svg.contains("Key rate (bit/symbol)"))
        _ = try XMLDocumentCheck(svg)
        let rows = folder.text("rate.csv").split(separator: "\n")
        #expect(rows.first == "# \(Self.label)")
        #expect(rows.count == 3 + 4)
        #expect(rows.last?.split(separator: ",", omittingEmptySubsequences: false).count == 10)

        let again = try await cvqkd.run(arguments)
        #expect(again.status == 1 && again.errors.contains("--force"))
        #expect(try await cvqkd.run(arguments + ["--force"]).status == 0)
    }

    /// Its null-key noise, rates and label for each of the 10,001 points.
    @Test func `the longest sweep, and the shortest`() async throws {
        let long = try await document("--sweep-distance", "0:100:0.01", "--block-size", "1e9")
        #expect((long["points"] as? [[String: Any]])?.count == 10_001)
        let short = try await cvqkd.run(Self.heterodyne + ["--sweep-distance", "5:5:1"])
        #expect(short.status == 0)
        #expect(short.output.contains("0.4500"), "\(short.output)")
    }

    @Test func `a sweep without any key says so`() async throws {
        let result = try await cvqkd.run(Self.heterodyne + ["--receiver", "untrusted", "--sweep-distance", "0:40:20"])
        #expect(result.status == 0)
        #expect(result.output.contains("no key where the sweep begins"), "\(result.output)")
        #expect(result.output.contains("(−0.253)"), "\(result.output)")
    }

    @Test(arguments: [
        ("", "The channel is missing"), ("--loss 5 --transmittance 0.3", "give one of them"),
        ("--loss -1", "between 0 and 200 dB"), ("--loss nan", "between 0 and 200 dB"),
        ("--transmittance 0", "the transmittance is greater than 0"), ("--transmittance 1.2", "and 1.2 is not"),
        ("--transmittance nan", "and nan is not"), ("--transmittance half", "'half'"),
        ("--loss 5 --receiver friendly", "trusted or untrusted"), ("--loss 5 --plane bob", "input, output or detector"),
        ("--loss 5 --reconciliation 1.1", "the reconciliation efficiency"),
        ("--loss 5 --reconciliation 0", "the reconciliation efficiency"),
        ("--loss 5 --estimation-fraction 0.5", "--block-size"), ("--loss 5 --epsilon 1e-9", "--block-size"),
        ("--loss 5 --block-size 1e8 --estimation-fraction 0", "the fraction for estimation"),
        ("--loss 5 --block-size 1e8 --estimation-fraction 1", "the fraction for estimation"),
        ("--loss 5 --block-size 1", "the block size"), ("--loss 5 --block-size 1.5", "not a whole number"),
        ("--loss 5 --block-size -4", "the block size"), ("--loss 5 --block-size nan", "not a whole number"),
        ("--loss 5 --block-size 1e8 --epsilon 0", "the failure probability"),
        ("--loss 5 --block-size 1e8 --frame-error-rate 2", "the frame error rate"),
        ("--loss 5 --symbol-rate 0", "--symbol-rate"), ("--loss 5 --fibre-loss 0.2", "--sweep-distance"),
        ("--loss 5 --svg a.svg", "--sweep-distance"), ("--loss 5 --sweep-distance 0:10:1", "not --loss"),
        ("--sweep-distance 0:10", "FROM:TO:STEP"), ("--sweep-distance 10:0:1", "FROM:TO:STEP"),
        ("--sweep-distance 0:10:0", "FROM:TO:STEP"), ("--sweep-distance 0:inf:1", "FROM:TO:STEP"),
        ("--sweep-distance 0:100:0.001", "at most 10000 steps"), ("--sweep-distance 0:2000:100", "200 dB"),
        ("--sweep-distance 0:10:1 --fibre-loss 0", "--fibre-loss"),
        ("--sweep-distance 0:10:1 --other-loss -1", "--other-loss"),
        ("--sweep-distance 0:10:1 --svg a --csv a", "same file"),
    ])
    func `a mistake is a sentence and exit code 64`(line: String, words: String) async throws {
        let result = try await cvqkd.run(Self.heterodyne + line.split(separator: " ").map(String.init))
        #expect(result.status == 64, "\(result.output)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        ("--modulation-variance", "0", "the modulation variance"), ("--modulation-variance", "inf", "and inf is not"),
        ("--excess-noise", "-0.01", "no key rate is given for it"), ("--excess-noise", "nan", "the excess noise"),
        ("--efficiency", "0", "the detector's efficiency"), ("--efficiency", "1.01", "the detector's efficiency"),
        ("--electronic-noise", "-0.1", "the electronic noise"), ("--detection", "both", "homodyne or heterodyne"),
    ])
    func `a value out of range is named`(option: String, value: String, words: String) async throws {
        var arguments = Self.heterodyne + ["--loss", "5"]
        let at = try #require(arguments.firstIndex(of: option))
        arguments[at + 1] = value
        let result = try await cvqkd.run(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(words), "\(result.errors)")
        let error = try await cvqkd.run(arguments + ["--json"]).errorObject()
        #expect(error["kind"] as? String == "usage")
        // Leaving it out is a mistake too.
        arguments.removeSubrange(at...at + 1)
        #expect(try await cvqkd.run(arguments).status == 64)
    }
}

/// Whether a text is well-formed XML, as any viewer would ask.
struct XMLDocumentCheck {
    init(_ text: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["xmllint", "--noout", "-"]
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "not well-formed")
    }
}
