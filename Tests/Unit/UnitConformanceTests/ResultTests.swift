import Foundation
import Testing

@testable import UnitConformance

/// Records as values, and as text that others read.
struct ResultTests {
    fileprivate static let record = ConformanceRecord(
        units: [
            TestedIdentity(
                role: "bob", serial: "B-1", model: "M <&> \"1\"", firmware: "0.1", isEmulated: true, path: "/dev/pts/3")
        ], station: "rig-7", startMillis: 1_000, seconds: 3.5, isAborted: false, symbolRate: 1e5,
        phases: [
            phase(
                "a", .pass, [],
                [
                    ConformanceMeasurement(
                        "time", 0.046, unit: "s", limits: ConformanceLimits(high: 0.05, marginalHigh: 0.04))
                ]),
            phase(
                "b", .fail, ["saw <this> & \"that\"\u{1}", "and more"],
                [ConformanceMeasurement("x", .nan, unit: "1", limits: .atLeast(1))]),
            phase("c", .skip, ["needs a pair"], []), phase("d", .error, ["the line is gone"], []),
        ])

    fileprivate static func phase(
        _ name: String, _ outcome: PhaseOutcome, _ seen: [String], _ measurements: [ConformanceMeasurement]
    ) -> PhaseRecord {
        PhaseRecord(
            check: name, title: "tries \(name)", rule: "rule of \(name)", section: "section 4", subject: "bob",
            startMillis: 1_000, seconds: 0.25, outcome: outcome, seen: seen, measurements: measurements)
    }

    @Test(arguments: [
        (0.05, true, false), (0.041, true, true), (0.02, true, false), (0.051, false, false), (.nan, false, false),
    ])
    func `a limit, a marginal band and no number`(value: Double, passes: Bool, marginal: Bool) {
        let limits = ConformanceLimits(low: 0, high: 0.05, marginalHigh: 0.04)
        let measurement = ConformanceMeasurement("x", value, unit: "s", limits: limits)
        #expect(measurement.passes == passes)
        #expect(measurement.isMarginal == (value == 0.05 ? true : marginal))
    }

    @Test func `the record has the shape of OpenHTF's`() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(TestRecordText.of(Self.record).utf8)) as? [String: Any])
        #expect(object["dut_id"] as? String == "B-1")
        #expect(object["station_id"] as? String == "rig-7")
        #expect(object["start_time_millis"] as? Int == 1_000)
        #expect(object["end_time_millis"] as? Int == 4_500)
        #expect(object["outcome"] as? String == "FAIL")
        let phases = try #require(object["phases"] as? [[String: Any]])
        #expect(phases.map { $0["outcome"] as? String } == ["PASS", "FAIL", "SKIP", "ERROR"])
        #expect(phases.map { $0["marginal"] as? Bool } == [true, false, false, false])
        let first = try #require((phases[0]["measurements"] as? [String: [String: Any]])?["time"])
        #expect(first["measured_value"] as? Double == 0.046)
        #expect(first["units"] as? String == "s")
        #expect(first["outcome"] as? String == "PASS")
        #expect(first["marginal"] as? Bool == true)
        #expect(first["validators"] as? [String] == ["x <= 0.05"])
        let second = try #require((phases[1]["measurements"] as? [String: [String: Any]])?["x"])
        #expect(second["measured_value"] is NSNull)
        #expect(second["outcome"] as? String == "FAIL")
        #expect(phases[1]["seen"] as? [String] == ["saw <this> & \"that\"\u{1}", "and more"])
    }

    @Test func `JUnit XML keeps what is special to XML`() {
        let text = JUnitText.of(Self.record)
        #expect(text.contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""))
        #expect(text.contains("<failure message=\"saw &lt;this&gt; &amp; &quot;that&quot;\u{FFFD}\""))
        #expect(text.contains("<property name=\"model\" value=\"M &lt;&amp;&gt; &quot;1&quot;\"/>"))
        #expect(text.contains("<skipped message=\"needs a pair\"/>"))
        #expect(text.contains("<testcase classname=\"cvqkd.conformance.bob\" name=\"a\" time=\"0.25\">"))
    }

    @Test func `only a run in which something passed and nothing else happened has passed`() {
        var record = Self.record
        #expect(!record.hasPassed)
        record.phases = [Self.phase("a", .pass, [], []), Self.phase("c", .skip, [], [])]
        #expect(record.hasPassed)
        record.isAborted = true
        #expect(!record.hasPassed && record.outcome == "ABORTED")
        record.isAborted = false
        record.phases = [Self.phase("c", .skip, [], [])]
        #expect(!record.hasPassed && record.outcome == "ERROR")
    }

    /// Independent draws of 400 slots, 1,000 times over: none may be called placed, which happens by chance once in 10⁴
    /// runs of this test at worst (3 figures of 6 σ, binomial tails included).
    @Test(arguments: [0.5, 0.4, 0.2]) func `independent draws are called random`(fraction: Double) {
        var numbers = SplitMix(state: 11)
        for _ in 0..<1_000 {
            let hits = (0..<400).map { _ in numbers.fraction() < fraction }
            let statistics = KindStatistics(hits, fraction: fraction)
            #expect(
                max(abs(statistics.count), abs(statistics.changes), abs(statistics.agreement)) < KindStatistics.bound)
        }
    }

    @Test func `alternating and blocked slots are not`() {
        #expect(abs(KindStatistics((0..<400).map { $0 % 2 == 0 }, fraction: 0.5).changes) > KindStatistics.bound)
        #expect(abs(KindStatistics((0..<400).map { $0 % 10 < 5 }, fraction: 0.5).changes) > KindStatistics.bound)
        #expect(abs(KindStatistics((0..<400).map { $0 % 4 < 2 }, fraction: 0.5).agreement) > KindStatistics.bound)
        #expect(abs(KindStatistics((0..<400).map { _ in false }, fraction: 0.5).count) > KindStatistics.bound)
    }

    private struct SplitMix {
        var state: UInt64
        mutating func fraction() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((value ^ (value >> 31)) >> 11) * 0x1p-53
        }
    }
}
