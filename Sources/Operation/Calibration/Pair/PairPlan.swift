internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// How much a calibration of a pair takes.
public struct PairPlan: Sendable, Hashable {
    /// Symbols per second.
    public var symbolRate: Double
    /// V_A, SNU; nil for 5, or the unit's maximum if that is less.
    public var modulationVariance: Double?
    /// Symbols of the session, all kinds; replaced by `target`. Nil for 1e8, or a minute's if that is less.
    public var symbols: UInt64?
    /// What the excess noise is to be known to.
    public var target: ExcessNoiseTarget?
    /// Share of the slots that Bob makes vacuum.
    public var vacuumFraction = 0.4
    /// Share of the slots that Alice makes training.
    public var trainingFraction = PairPlan.usualTrainingFraction
    /// Stride of stream frames, bytes.
    public var frameBytes = StreamPlan.defaultFrameBytes
    /// Dark samples per quadrature for V_off: one measurement, at most one second of the unit.
    public var darkSamples: UInt64 = 10_000_000
    /// Vacuum samples per quadrature of each half of the shutter's check.
    public var extinctionSamples: UInt64 = 20_000_000
    /// N of the expected key rates.
    public var blockSizes: [Int64] = [10_000_000, 100_000_000, 1_000_000_000]
    /// ε of each term, m/N and β of the expected key rates.
    public var failureProbability = 1e-10
    /// m/N.
    public var estimationFraction = 0.5
    /// β.
    public var reconciliation = 0.95
    /// T of the fibre as commissioned, dB of loss; nil if it is not known.
    public var commissionedLoss: Double?
    /// Where `commissionedLoss` comes from, for whoever doubts it; nil if nobody says.
    public var commissionedLossSource: String?
    /// What becomes of a session that is too short to show a margin.
    public var shortSession = ShortSession.refused
    /// η from a signed factory import; nil to take the unit's own statement.
    public var factoryEfficiency: FactoryEfficiency?
    /// V_A's uncertainty from Alice's signed record; nil to take what her unit states as exact.
    public var modulation: CalibratedModulation?
    /// Longest warm-up, s; nil for twice what the units state, plus 10 s.
    public var warmUpLimit: Double?

    /// What becomes of a session that cannot show a margin, which is known before it begins.
    public enum ShortSession: Sendable, Hashable {
        /// It is refused, with what would do.
        case refused
        /// It is lengthened to what would do, and says so.
        case lengthened
        /// It is carried out as it is, and says so.
        case accepted
    }

    /// Only symbols that Alice discloses are estimated from, and a calibration makes no key: nearly all are training.
    public static let usualTrainingFraction = 0.9

    /// The defaults, at a symbol rate.
    public init(symbolRate: Double) { self.symbolRate = symbolRate }

    /// Symbols that the target needs (physics.md §2), or `symbols`.
    func sessionSymbols(_ bob: Capabilities) throws(CalibrationFailure) -> UInt64 {
        guard let target else {
            guard let symbols else { return max(UInt64(min(1e8, max(0, 60 * symbolRate))), 10_000) }
            guard symbols <= WindowPlan.mostSamples else {
                throw .badPlan("\(symbols) symbols are too many: 1e15 are the most")
            }
            return max(symbols, 10_000)
        }
        do throws(PlanningFailure) {
            let planner = try SamplePlanner(
                detection: bob.detection == .homodyne ? .homodyne : .heterodyne,
                efficiency: KnownEfficiency(factoryEfficiency, bob).value,
                electronicNoise: ShotNoiseUnits(0.1), transmittance: Transmittance(loss: Decibels(target.loss)))
            // Training falls into the slots that Bob has not made vacuum.
            let plan = try planner.plan(
                sigma: ExcessNoise(target.sigma), vacuumFraction: vacuumFraction,
                signalFraction: trainingFraction * (1 - vacuumFraction))
            return UInt64(plan.symbols)
        } catch {
            throw .badPlan(error.description)
        }
    }

    /// Throws `.badPlan` if nobody could carry it out, or this receiver cannot.
    func check(_ bob: Capabilities) throws(CalibrationFailure) {
        guard symbolRate.isFinite, symbolRate > 0 else { throw .badPlan("a symbol rate of \(symbolRate) /s is none") }
        guard !blockSizes.isEmpty else { throw .badPlan("the margin needs a block size") }
        do throws(KeyRateFailure) {
            _ = try FailureProbability(failureProbability)
            _ = try ReconciliationEfficiency(reconciliation)
            for size in blockSizes {
                _ = try FiniteSizePlan(
                    blockSize: size, estimationFraction: estimationFraction,
                    failureProbability: FailureProbability(failureProbability))
            }
        } catch {
            throw .badPlan(error.description)
        }
        guard vacuumFraction > 0, vacuumFraction < 1, trainingFraction > 0, trainingFraction <= 1 else {
            throw .badPlan("vacuum and training need a share of the slots: more than 0, and less than 1 of vacuum")
        }
        try WindowPlan.require(darkSamples, "dark", bob)
        try WindowPlan.require(extinctionSamples, "vacuum", bob)
    }
}
