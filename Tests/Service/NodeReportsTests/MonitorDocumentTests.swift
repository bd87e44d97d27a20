import Calibration
import LinkMonitors
import LinkOperation
import NodeReports
import QuadratureAnalysis
import Testing

/// Documents of what monitors found.
@Suite struct MonitorDocumentTests {
    private func account() -> MonitorAccount {
        MonitorAccount(policy: .report, limits: MonitorLimits(blockSeconds: 1))
    }

    @Test func `before the first window every rule is unavailable, and says why`() throws {
        let document = MonitorsDocument(account())
        try expectSame(document)
        #expect(document.policy == "report" && document.action == "none" && document.windows == 0)
        #expect(document.rules.map(\.rule) == MonitorRule.allCases.map(\.rawValue))
        for rule in document.rules {
            #expect(rule.outcome == (rule.benchOnly == nil ? "unavailable" : "benchOnly"), "\(rule.rule)")
            #expect(rule.unavailableReason == (rule.benchOnly == nil ? "no window was judged yet" : nil))
            #expect(rule.value == nil && rule.heldAgainst == nil && rule.raised == 0)
        }
        #expect(document.conclusion == nil && document.causes.isEmpty && document.shutterLeak == nil)
        #expect(document.notDetectable.map(\.attack) == DeclaredLimit.all.map(\.attack))
    }

    @Test func `the account of a session`() throws {
        try expectFrozen(
            MonitorsDocument.self,
            """
            {"policy": "act", "windows": 12, "action": "stop", "conclusion": "likely suspected attack trojanHorse",
             "heldAgainst": "calibration",
             "rules": [
              {"rule": "transmitterInput", "watchesFor": "light", "statistic": "power", "outcome": "alarm", "value": 9.5,
               "warnLimit": 4, "actLimit": 6, "residualExcessNoise": 0.001, "actionOfAlarm": "stop",
               "missingEvidence": [], "unavailable": 1, "heldAgainst": "calibration", "detectability": "detectable",
               "raised": 3},
              {"rule": "coexistence", "watchesFor": "light", "statistic": "power", "outcome": "unavailable",
               "actionOfAlarm": "warn", "missingEvidence": ["training"], "unavailableReason": "too few", "unavailable": 12,
               "detectability": "bounded", "detectabilityReason": "noise", "raised": 0},
              {"rule": "oscillatorLinearity", "watchesFor": "gain", "statistic": "slope", "outcome": "benchOnly",
               "actionOfAlarm": "warn", "missingEvidence": [], "benchOnly": "interrupts", "unavailable": 0,
               "detectability": "bounded", "raised": 0}],
             "symptoms": [
              {"symptom": "foreignLightAtAlice", "statistic": 0.0001, "unit": "limit", "timesLimit": 100, "explained": true},
              {"symptom": "notANumber", "unit": "limit", "explained": false}],
             "causes": [
              {"hypothesis": "trojanHorse", "suspectedAttack": true, "named": true,
               "evidenceFor": ["foreignLightAtAlice"], "evidenceAgainst": [], "notExplained": ["clipped"], "notLookedAt": ["coexistence"], "measureNext": "the power"}],
             "shutterLeak": {"symbols": 5000, "relative": -0.001, "relativeSigma": 0.002, "visibleDecibels": 22,
                             "judgedFromDecibels": 47},
             "notDetectable": [{"attack": "a", "reason": "b"}]}
            """)
        try expectFrozen(
            MonitorsDocument.self,
            """
            {"policy": "report", "windows": 0, "action": "none", "rules": [], "symptoms": [], "causes": [], "notDetectable": [],
             "shutterLeak": {"symbols": 0, "judgedFromDecibels": 47}}
            """)
    }

    /// Sums of so many samples with exactly this variance, up to rounding.
    private func sums(_ samples: Int64, variance: Int64, clipped: Bool = false) -> ReceiverMoments {
        var sums = ReceiverMoments(limits: ClipLimits(low: clipped ? -1 : .min, high: .max))
        let deviation = Int16(Double(variance).squareRoot().rounded())
        for _ in 0..<(samples / 2) { sums.add([deviation, -deviation].span, detection: .homodyne) }
        return sums
    }

    @Test func `shot noise before the first window has only what is known`() throws {
        var tracker = ShotNoiseTracker(
            settings: ShotNoiseTracker.Settings(windowSamples: 1_000), sensitivity: nil,
            dark: ReceiverMoments(limits: ClipLimits(low: .min, high: .max)), reference: nil)
        _ = tracker.add(vacuum: sums(2, variance: 10_000), localOscillatorPower: .nan)
        let document = LiveShotNoiseDocument(tracker.state)
        try expectSame(document)
        #expect(document.vacuumVariance.value == 20_000 && document.vacuumVariance.samples == 2)
        #expect(document.window == nil && document.electronicVariance == nil && document.drift == nil)
        #expect(document.hiddenExcessNoise == nil && document.reference == nil && document.alarms.isEmpty)
    }

    @Test func `shot noise with a reference has its drift and what it does to the excess noise`() throws {
        let sensitivity = LinkSensitivity(
            detection: .homodyne, efficiency: 0.6, transmittance: Transmittance(loss: Decibels(5)),
            electronicNoise: ShotNoiseUnits(0.1), modulationVariance: ShotNoiseUnits(5))
        var tracker = ShotNoiseTracker(
            settings: ShotNoiseTracker.Settings(windowSamples: 1_000), sensitivity: sensitivity,
            dark: sums(1_000, variance: 900),
            reference: ShotNoiseReference(
                vacuum: sums(10_000, variance: 10_000), localOscillatorPower: 0.01, source: .calibration))
        _ = tracker.add(vacuum: sums(2_000, variance: 12_100), localOscillatorPower: 0.01)
        let document = LiveShotNoiseDocument(tracker.state)
        try expectSame(document)
        #expect(document.reference == "calibration" && document.windows == 1 && document.window?.index == 0)
        #expect(document.drift?.unit == "1" && document.driftEffect?.unit == "SNU")
        #expect(document.electronicVariance?.samples == 1_000)
        #expect((document.hiddenExcessNoise ?? 0) > 0 && document.window?.localOscillatorPower == 0.01)
        #expect(document.alarms.keys.sorted() == document.window?.alarms.sorted())
        let window = WatchedShotNoiseDocument(
            unit: "B-1", isEmulated: true, isSummedByUnit: true, elapsed: 2.5, loss: 5, document)
        let text = try expectSame(window)
        for key in ["unit", "emulated", "elapsedSeconds", "lossDecibels", "liveShotNoise"] {
            #expect(text.contains("\"\(key)\" :"), "\(key)")
        }
        #expect(window.source == "moments")
    }

    @Test func `every key of the live shot noise`() throws {
        let figure = #"{"value": 1.5, "sigma": 0.5, "samples": 10, "unit": "1"}"#
        try expectFrozen(
            LiveShotNoiseDocument.self,
            """
            {"vacuumVariance": \(figure), "electronicVariance": \(figure), "smoothedVacuumVariance": \(figure),
             "drift": \(figure), "driftEffect": {"samples": 10, "unit": "SNU"}, "hiddenExcessNoise": 0.01,
             "hiddenEpsilon": 1e-10, "reference": "firstWindows", "windows": 3, "alarms": {"step": 1},
             "window": {"index": 2, "vacuumVariance": \(figure), "localOscillatorPower": 0.01, "change": 0.01,
                        "changeSigma": 0.002, "changeEffect": \(figure),
                        "score": 2.5, "shotNoisePerPower": \(figure), "alarms": ["step"]}}
            """)
    }

    @Test func `what is missing is said in words`() {
        let stale = MissingEvidence.sensor(.stale(quantity: "signal_power", serial: "B-1", age: .seconds(42)))
        #expect([stale].text(MonitorAdvice()) == "signal_power of B-1 is stale: 42 s old")
        #expect([MissingEvidence]().text(MonitorAdvice()) == "nothing says what the link may have")
    }
}
