internal import CalibrationRecords
public import Foundation
public import LinkControl
internal import QuadratureAnalysis
internal import ReadableText
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// How a pair is watched: intervals of one link session each.
public struct SoakPlan: Sendable {
    /// Each interval's session; its number is drawn anew for each.
    public var link: LinkPlan
    /// Dark samples before the first interval.
    public var darkSamples: UInt64
    /// Streaming time in all, s; 0 for one interval.
    public var seconds: Double
    /// Streaming time of an interval, s.
    public var interval: Double
    /// Longest warm-up, s.
    public var warmUpLimit: Double
    /// The wall clock, for the points.
    public var now: @Sendable () -> Date
    /// Points of the same soak from before an interruption.
    public var earlier: [SoakPoint]
    /// Called with all points after each interval: whoever keeps them loses one interval at most.
    public var kept: @Sendable ([SoakPoint]) -> Void

    /// A plan.
    public init(
        link: LinkPlan, darkSamples: UInt64, seconds: Double, interval: Double, warmUpLimit: Double,
        now: @escaping @Sendable () -> Date = { Date() }, earlier: [SoakPoint] = [],
        kept: @escaping @Sendable ([SoakPoint]) -> Void = { _ in }
    ) {
        self.link = link
        self.darkSamples = darkSamples
        self.seconds = seconds
        self.interval = interval
        self.warmUpLimit = warmUpLimit
        self.now = now
        self.earlier = earlier
        self.kept = kept
    }
}

extension SoakPlan {
    /// Refuses an interval whose training does not show the delay at this loss: correlation of m samples stands out by ρ√m, and
    /// a search over all delays needs 7.5; twice the samples are taken.
    func checkInterval(loss: Double?, _ bob: Capabilities) throws(CalibrationFailure) {
        let detection: QuadratureAnalysis.Detection = bob.detection == .homodyne ? .homodyne : .heterodyne
        let power =
            detection.quadratureShare * bob.detectorEfficiency * Transmittance(loss: Decibels(loss ?? 0)).value
            * link.modulationVariance
        let ratio = power / (1 + PairForecast.usualElectronicNoise)
        let samples = max(2 * 7.5 * 7.5 * (1 + ratio) / ratio, Self.leastTraining)
        let share = link.trainingFraction * (1 - link.vacuumFraction) * Double(detection.samplesPerSymbol)
        guard interval * link.symbolRate * share < samples else { return }
        throw .unreachable(
            UnreachableGoal(
                obstacle: .tooShort(seconds: interval), loss: loss, seconds: samples / share / link.symbolRate))
    }

    /// Training samples below which no estimate is worth an interval.
    private static let leastTraining = 1_000.0
}

extension CommissioningProcedures {
    /// Interval after interval until the time is over. What an interruption leaves is in the plan's `earlier` next time.
    public static func soak(
        bob: any CalibratedEnd, alice: any CalibratedEnd, _ plan: SoakPlan
    ) -> Procedure<Void> {
        let phase = PhasePlan(
            name: "soak", title: "ξ and loss over time",
            seconds: max(0, plan.seconds - plan.earlier.reduce(0) { $0 + $1.seconds }) + 5)
        return single(
            bob, alice,
            CalibrationPhase(phase) { _, progress throws(CalibrationFailure) in
                var points = plan.earlier
                var watch = PairWatch(alice: alice, bob: bob, plan: plan)
                var streamed = points.reduce(0) { $0 + $1.seconds }
                repeat {
                    let before = streamed
                    let point = try await watch.interval(
                        PhaseProgress { fraction, detail in
                            progress((before + fraction * plan.interval) / max(plan.seconds, plan.interval), detail)
                        })
                    points.append(point)
                    streamed += point.seconds
                    plan.kept(points)
                } while streamed < plan.seconds
                return SoakSummary(points: points).findings
            })
    }
}

/// A pair that is measured again and again, with the light left on between the sessions.
struct PairWatch {
    let alice: any CalibratedEnd
    let bob: any CalibratedEnd
    let plan: SoakPlan
    private var electronicNoise: ElectronicNoiseMeasurement?

    init(alice: any CalibratedEnd, bob: any CalibratedEnd, plan: SoakPlan) {
        self.alice = alice
        self.bob = bob
        self.plan = plan
    }

    /// One session. V_off is measured before the first, dark; the light then stays up until the procedure's end.
    mutating func interval(_ progress: PhaseProgress) async throws(CalibrationFailure) -> SoakPoint {
        let link = plan.link
        let (alice, bob) = (alice, bob)
        let session = try await Self.linked { () throws(LinkError) in
            try await LinkSession(
                alice: alice, bob: bob,
                plan: LinkPlan(
                    purpose: link.purpose, symbolRate: link.symbolRate, vacuumFraction: link.vacuumFraction,
                    trainingFraction: link.trainingFraction, modulationVariance: link.modulationVariance,
                    frameBytes: link.frameBytes))
        }
        try await prepare(session, progress)
        let clock = bob.clock
        let began = clock.now
        let seconds = plan.interval
        let report = try await Self.linked { () throws(LinkError) in
            try await session.start()
            return try await session.run { report in
                let elapsed = (clock.now - began).inSeconds
                progress(elapsed / seconds, Self.line(report))
                return elapsed >= seconds
            }
        }
        if Task.isCancelled { throw .cancelled }
        if let fault = await session.fault() { throw .link(fault) }
        guard let health = report.health, let delay = report.delay else {
            throw .link(.noEstimate(report.noEstimate ?? .tooFewSamples(have: report.trainingSymbols, need: 1)))
        }
        return SoakPoint(
            time: plan.now(), seconds: (clock.now - began).inSeconds, transmittance: health.transmittance.value.value,
            transmittanceSigma: health.transmittance.sigma.value, excessNoise: health.excessNoise.value.value,
            excessNoiseSigma: health.excessNoise.sigma.value, vacuumVariance: health.vacuumVariance.value.value,
            delay: delay, missingSymbols: report.missingSymbols)
    }

    private mutating func prepare(
        _ session: LinkSession, _ progress: PhaseProgress
    ) async throws(CalibrationFailure) {
        if let electronicNoise {
            return try await Self.linked { () throws(LinkError) in try await session.adopt(electronicNoise) }
        }
        progress(0, "V_off, dark")
        try await alice.goDark()
        try await bob.goDark()
        let (samples, limit) = (plan.darkSamples, plan.warmUpLimit)
        electronicNoise = try await Self.linked { () throws(LinkError) in
            let noise = try await session.measureElectronicNoise(samples: samples)
            progress(0, "warm-up")
            try await session.lightUp(within: .seconds(limit))
            return noise
        }
    }

    private static func linked<Value: Sendable>(
        _ body: () async throws(LinkError) -> Value
    ) async throws(CalibrationFailure) -> Value {
        do throws(LinkError) { return try await body() } catch { throw CalibrationFailure(error) }
    }

    private static func line(_ report: LinkReport) -> String {
        guard let health = report.health else { return "\(report.trainingSymbols) training symbols" }
        let (transmittance, noise) = (health.transmittance, health.excessNoise)
        return "T \(NumberText.estimate(transmittance.value.value, sigma: transmittance.sigma.value))  "
            + "ξ_in \(NumberText.estimate(noise.value.value, sigma: noise.sigma.value, unit: "SNU"))"
    }
}
