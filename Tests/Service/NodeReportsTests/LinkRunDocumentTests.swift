import CalibrationRecords
import LinkOperation
import NodeReports
import Testing
import UnitControl
import VirtualTime

/// Documents of units that answer and of runs that have ended. What a run compares its windows with: Bob's record and
/// the pair's, or nothing that is proven.
@Suite(.virtualTime) struct LinkRunDocumentTests {
    @Test func `a run's document has its figures, says what is unproven, and comes back from JSON`() async throws {
        let bench = try await LinkBench(seed: 91)
        for unit in [bench.units.alice, bench.units.bob] {
            let identity = unit.identity
            try expectSame(UnitInfo(identity, try await unit.capabilities()))
            try expectSame(UnitStatus(identity, try await unit.status(), try await unit.opticalState()))
            let telemetry = TelemetryReport(identity, try await unit.telemetry())
            #expect(telemetry.readings.count > 10)
            try expectSame(telemetry)
        }
        let document = LinkDocument(try await bench.run { _ in }) { _ in "nobody calibrated" }
        try expectSame(document)
        #expect(document.session == RunningSession.name(of: document.sessionNumber))
        #expect(document.endedBy == "duration" && document.elapsedSeconds >= 2 && document.purpose == "test")
        #expect(document.alice.counters.conserved && document.bob.counters.conserved && document.emulated)
        #expect(document.symbols == document.bob.counters.deliveredSymbols && document.symbols > 100_000)
        let reasons = try #require(document.baseline?.reasons)
        #expect(document.baseline?.status == "unproven" && !reasons.isEmpty)
        #expect(reasons.allSatisfy { $0 == "nobody calibrated" })
        #expect(document.excessNoise?.plane == "input" && document.transmittance?.statedDetectorEfficiency == 0.6)
        #expect(document.monitors?.policy == "report" && document.liveShotNoise != nil)
        #expect(document.alice.recovery?.newSessions == 0 && document.earlierSessions.isEmpty)
    }

    private func link(_ bench: LinkBench, dark: Double = 0) async throws -> LinkDocument {
        let outcome = try await bench.run {
            ($0.duration, $0.symbolRate, $0.vacuumFraction, $0.darkFraction) = (.seconds(4), 300_000, 0.3, dark)
            $0.electronicNoiseSamples = 1_000_000
        }
        #expect(outcome.failure == nil)
        return LinkDocument(outcome) { "\($0)" }
    }

    private func rule(_ name: String, _ link: LinkDocument) throws -> MonitorsDocument.RulePart {
        try #require(link.monitors?.rules.first { $0.rule == name })
    }

    @Test func `each record that a session rests on is named with signer, key and store`() async throws {
        let bench = try await LinkBench(seed: 95)
        let store = try bench.calibrate { if $0.procedure == .bob { $0.rawSums = LinkBench.sums() } }
        let key = try store.station().publicKey
        let link = LinkDocument(try await bench.run { _ in }) { "\($0)" }
        #expect(Set(link.restsOn.map(\.part)) == ["bob", "alice", "pair"])
        for part in link.restsOn {
            #expect(part.fingerprint == key.fingerprint && part.station == "rig" && part.store == bench.records.path)
            #expect(part.trust == "own" && part.emulated)
            #expect(part.remarks.contains { $0.contains("the station of this store itself") })
        }
        #expect(link.emulated && link.changes.isEmpty)
        try expectSame(link)
    }

    /// A run closes its units: each has a pair of its own.
    @Test(arguments: [true, false])
    func `pinned stations are the only ones that a session rests on`(isOwn: Bool) async throws {
        let bench = try await LinkBench(seed: 96)
        let store = try bench.calibrate { if $0.procedure == .bob { $0.rawSums = LinkBench.sums() } }
        let key = try store.station().publicKey
        let pins = StationPins(isOwn ? [.init(name: "rack", publicKey: key)] : [])
        let link = LinkDocument(try await bench.run { $0.pins = pins }) { "\($0)" }
        #expect(link.restsOn.allSatisfy { $0.trust == (isOwn ? "pinned" : "none") } && link.restsOn.count == 3)
        #expect(link.baseline?.status == (isOwn ? "calibration" : "unproven"))
    }

    @Test func `a watchdog needs no reference`() async throws {
        let watchdog = try rule("receiverInput", try await link(try await LinkBench(seed: 92)))
        #expect(watchdog.outcome == "ok" && watchdog.heldAgainst == nil)
    }

    /// The emulator's V_on is 11,000 LSB²; a record of 1.05 times that says what the first windows cannot: N0 has fallen.
    @Test(arguments: [1, 1.05])
    func `the records that hold are named, and the first window is compared with them`(scale: Double) async throws {
        let bench = try await LinkBench(seed: 93)
        let store = try bench.calibrate {
            if $0.procedure == .bob { $0.rawSums = LinkBench.sums(scale: scale) }
            if $0.procedure == .pair {
                $0.phases[0].measurements += [
                    RecordedMeasurement("detectorEfficiency", value: 0.5, sigma: 0.02, unit: "1", source: .factory),
                    RecordedMeasurement("transmittance", value: 0.3162 * 0.6 / 0.5, sigma: 0.016, unit: "1"),
                ]
            }
        }
        let records = try store.contents().records
        let link = try await link(bench, dark: 0.1)
        try expectSame(link)
        let baseline = try #require(link.baseline)
        #expect(baseline.status == "calibration", "\(baseline.reasons)")
        #expect(baseline.bobRecord?.name == records.first { $0.record.procedure == .bob }?.name)
        #expect(baseline.pairRecord?.name == records.first { $0.record.procedure == .pair }?.name)
        let vacuum = try #require(baseline.vacuumVariance)
        #expect(abs(try #require(vacuum.value) / (11_000.083 * scale) - 1) < 1e-6)
        #expect(try #require(vacuum.sigma) > 0)
        // The maker's η was 0.5; the session takes 0.6, as Bob states it. What η is uncertain by is no uncertainty of a
        // comparison that takes the same η twice: (0.016/0.379)² − (0.02/0.5)² is left.
        let transmittance = try #require(baseline.transmittance)
        #expect(abs(try #require(transmittance.value) - 0.3162) < 1e-9)
        #expect(abs(try #require(transmittance.sigma) - 0.3162 * 0.01334) < 1e-4)
        #expect(link.darkSamples > 50_000)
        #expect(try rule("electronicVariance", link).heldAgainst == "calibration")
        for name in ["vacuumVariance", "vacuumPerPower", "transmittance"] {
            let rule = try rule(name, link)
            #expect(rule.heldAgainst == "calibration", "\(name)")
            #expect(name == "transmittance" || scale == 1 ? rule.raised == 0 : rule.raised > 0, "\(name)")
        }
    }

    /// Calibrated with 3 % less light: V_on of the session is 2.7 % higher, 8 σ of a window, and as it should be.
    @Test func `V_on is compared with what the calibration says of the power that the session has`() async throws {
        let bench = try await LinkBench(seed: 94)
        try bench.calibrate { if $0.procedure == .bob { $0.rawSums = LinkBench.sums(power: 0.97) } }
        let link = try await link(bench)
        let baseline = try #require(link.baseline)
        #expect(abs(try #require(baseline.vacuumVariance?.value) - 10_700.083) < 0.01)
        #expect(abs(try #require(baseline.expectedVacuumVariance?.value) - 11_000) < 100)
        for name in ["vacuumVariance", "vacuumPerPower"] {
            #expect(try rule(name, link).raised == 0, "\(name)")
        }
    }

    @Test func `a record that has expired is no baseline`() async throws {
        let bench = try await LinkBench(seed: 95)
        try bench.calibrate {
            $0.rawSums = LinkBench.sums()
            $0.validity?.expires = $0.ended
        }
        let baseline = try #require(try await link(bench).baseline)
        #expect(baseline.status == "unproven")
        #expect(baseline.reasons.contains { $0.contains("it expired") }, "\(baseline.reasons)")
    }
}
