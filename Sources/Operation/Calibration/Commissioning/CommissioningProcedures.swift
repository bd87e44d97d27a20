internal import CalibrationRecords
internal import LinkControl
public import UnitControl
public import UnitProtocol
internal import UnitTransport

/// A unit that can test itself.
public protocol SelfTestingEnd: CalibratedEnd {
    /// Runs the unit's self-test (state Dark).
    func runSelfTest() async throws(UnitError) -> (outcome: TestOutcome, items: [SelfTestResult.ItemsEntry])
}

extension Unit: SelfTestingEnd {}

/// The steps of a commissioning that are not calibrations of their own, as procedures of one phase.
public enum CommissioningProcedures {
    /// A procedure of one phase on both units.
    static func single(
        _ bob: any CalibratedEnd, _ alice: any CalibratedEnd, _ phase: CalibrationPhase<Void>
    ) -> Procedure<Void> {
        Procedure(kind: .commissioning, ends: [bob, alice], phases: [phase], notes: (), shotNoiseMethod: nil) { _, _ in
            Conclusion()
        }
    }

    static func capabilities(_ end: any CalibratedEnd) async throws(CalibrationFailure) -> Capabilities {
        try await end.asked { (unit) throws(UnitError) in try await unit.capabilities() }
    }

    /// Both lights on until the units say that they are stable, then `hold` s more, for what is around the lasers.
    public static func warmUp(
        bob: any CalibratedEnd, alice: any CalibratedEnd, limit: Double?, hold: Double
    ) async throws(CalibrationFailure) -> Procedure<Void> {
        let (receiver, transmitter) = (try await capabilities(bob), try await capabilities(alice))
        let plan = PhasePlan(
            name: "warmUp", title: "both lights on until stable",
            seconds: (receiver.statedWarmUp + transmitter.statedWarmUp).inSeconds + hold)
        return single(
            bob, alice,
            CalibrationPhase(plan) { _, progress throws(CalibrationFailure) in
                var found: [RecordedMeasurement] = []
                for (end, data, name) in [(alice, transmitter, "warmUpTimeAlice"), (bob, receiver, "warmUpTimeBob")] {
                    let most = limit ?? data.warmUpLimit.inSeconds
                    let seconds = try await end.lightUp(
                        within: most, stated: data.statedWarmUp.inSeconds, progress)
                    found.append(
                        RecordedMeasurement(name, value: seconds, unit: "s", limits: AcceptanceLimits(maximum: most)))
                }
                let clock = bob.clock
                let began = clock.now
                while (clock.now - began).inSeconds < hold {
                    progress((clock.now - began).inSeconds / hold, "stable; waiting for the surroundings")
                    do { try await clock.sleep(for: .milliseconds(200)) } catch { throw .cancelled }
                }
                return PhaseFindings(found)
            })
    }

    /// Both units' own tests, dark.
    public static func selfTest(bob: any SelfTestingEnd, alice: any SelfTestingEnd) -> Procedure<Void> {
        single(
            bob, alice,
            CalibrationPhase(PhasePlan(name: "selfTest", title: "self-tests of both units", seconds: 4)) {
                _, progress throws(CalibrationFailure) in
                var findings = PhaseFindings()
                for (index, end) in [alice, bob].enumerated() {
                    try await end.goDark()
                    progress(Double(index) / 2, end.identity.serial)
                    let found: (outcome: TestOutcome, items: [SelfTestResult.ItemsEntry])
                    do throws(UnitError) { found = try await end.runSelfTest() } catch {
                        throw error == .cancelled ? .cancelled : .unit(end.identity.role, error)
                    }
                    let role = end.identity.role == .alice ? "Alice" : "Bob"
                    findings.measurements.append(
                        RecordedMeasurement(
                            "selfTest\(role)", value: found.outcome == .passed ? 1 : 0, unit: "1",
                            limits: AcceptanceLimits(minimum: 1)))
                    let failed = found.items.filter { $0.outcome == .failed }.map { $0.name.description }
                    if !failed.isEmpty {
                        findings.remarks.append("\(end.identity.serial): failed \(failed.joined(separator: ", "))")
                    }
                }
                return findings
            })
    }
}
