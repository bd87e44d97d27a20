internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// The calibration of a pair on its fibre: one session of purpose calibration, all slots but vacuum training.
public enum PairCalibration {
    /// What stands beside every figure that rests on training.
    public static let label = LinkReport.label

    /// Makes the procedure. Neither end has to be on this machine.
    public static func procedure(
        alice: any CalibratedEnd, bob: any CalibratedEnd, plan: PairPlan, limits: PairLimits = PairLimits()
    ) async throws(CalibrationFailure) -> Procedure<PairNotes> {
        for (end, role) in [(alice, UnitRole.alice), (bob, UnitRole.bob)] where end.identity.role != role {
            throw .unit(role, .wrongRole(needed: role, found: end.identity.role, serial: end.identity.serial))
        }
        let transmitter = try await alice.asked { (unit) throws(UnitError) in try await unit.capabilities() }
        let receiver = try await bob.asked { (unit) throws(UnitError) in try await unit.capabilities() }
        try plan.check(receiver)
        let variance =
            plan.modulationVariance
            ?? min(LightSetting.defaultModulationVariance, transmitter.maximumModulationVariance)
        let wanted = try plan.sessionSymbols(receiver)
        let (symbols, remark) =
            try plan.planningLoss.map { (loss) throws(CalibrationFailure) in
                try PairForecast(plan, receiver, modulationVariance: variance, loss: loss)
                    .symbols(wanted: wanted, rate: plan.symbolRate)
            } ?? (wanted, nil)
        let session: LinkSession
        do throws(LinkError) {
            session = try await LinkSession(
                alice: alice, bob: bob,
                plan: LinkPlan(
                    purpose: .calibration, symbolRate: plan.symbolRate, vacuumFraction: plan.vacuumFraction,
                    trainingFraction: plan.trainingFraction, modulationVariance: variance, frameBytes: plan.frameBytes))
        } catch {
            throw CalibrationFailure(error)
        }
        let run = PairRun(
            session: session, alice: alice, bob: bob, plan: plan, limits: limits, symbols: symbols,
            statedWarmUp: max(transmitter.statedWarmUp, receiver.statedWarmUp).inSeconds,
            warmUpLimit: plan.warmUpLimit ?? max(transmitter.warmUpLimit, receiver.warmUpLimit).inSeconds)
        return try Procedure(
            kind: .pair, ends: [bob, alice],
            phases: [
                run.electronicNoise(receiver), run.warmUp(), run.training(), run.receiverChecks(receiver, transmitter),
            ], notes: PairNotes(bob: receiver), shotNoiseMethod: "two-time",
            remarks: [remark].compactMap { $0 }
        ) { _, phases in
            ValidityPolicy(phases: phases).conclusion(
                life: StabilityEvaluation.longestLife, reason: StabilityEvaluation.Reason.policy.rawValue,
                quantities: [.detectorTemperature, .laserTemperature, .modulatorTemperature],
                remarks: [label] + [remark].compactMap { $0 }
                    + [plan.commissionedLossSource].compactMap { $0.map { "the loss is compared with \($0)" } })
        }.withinItsLife()
    }
}

/// The phases of a pair share one session.
struct PairRun: Sendable {
    let session: LinkSession
    let alice: any CalibratedEnd
    let bob: any CalibratedEnd
    let plan: PairPlan
    let limits: PairLimits
    let symbols: UInt64
    /// As the slower unit states it, s.
    let statedWarmUp: Double
    /// What was asked for, or what the slower unit needs at most, s.
    let warmUpLimit: Double

    func electronicNoise(_ capabilities: Capabilities) -> CalibrationPhase<PairNotes> {
        // One request, which a cancellation has to wait for: a second at most.
        let most = min(Double(capabilities.maximumMomentSamples), max(capabilities.maximumSymbolRate, 1_000))
        let samples = min(plan.darkSamples, UInt64(min(most, 1e15)))
        let quadratures: Int64 = capabilities.detection == .homodyne ? 1 : 2
        return CalibrationPhase(
            PhasePlan(
                name: "electronicNoise", title: "V_off: both ends dark", samples: quadratures * Int64(samples),
                seconds: Double(samples) / max(capabilities.maximumSymbolRate, 1))
        ) { notes, _ throws(CalibrationFailure) in
            try await alice.goDark()
            try await bob.goDark()
            let found: ElectronicNoiseMeasurement
            do throws(LinkError) { found = try await session.measureElectronicNoise(samples: samples) } catch {
                throw CalibrationFailure(error)
            }
            notes.dark = found.moments
            var findings = PhaseFindings([RecordedMeasurement("electronicVariance", found.variance, unit: "LSB^2")])
            findings.rawSums = found.moments.rawSums("dark", power: nil)
            return findings
        }
    }

    func warmUp() -> CalibrationPhase<PairNotes> {
        CalibrationPhase(
            PhasePlan(name: "warmUp", title: "warm-up: light on at both ends, shutter open", seconds: statedWarmUp)
        ) { _, _ throws(CalibrationFailure) in
            let began = bob.clock.now
            do throws(LinkError) { try await session.lightUp(within: .seconds(warmUpLimit)) } catch {
                throw CalibrationFailure(error)
            }
            return PhaseFindings([
                RecordedMeasurement(
                    "warmUpTime", value: (bob.clock.now - began).inSeconds, unit: "s",
                    limits: AcceptanceLimits(maximum: warmUpLimit))
            ])
        }
    }
}

extension ReceiverMoments {
    /// The sums for a record.
    func rawSums(_ kind: String, power: Double?) -> [CalibrationRecord.RawSums] {
        [("x", x), ("p", p)].filter { $0.1.samples > 0 }.map { name, sums in
            CalibrationRecord.RawSums(
                kind: kind, quadrature: name, samples: sums.samples, sum: sums.sum, sumOfSquares: sums.sumOfSquares,
                clipped: sums.clipped, localOscillatorPower: power)
        }
    }
}
