internal import Foundation
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// What a session of a pair will be able to show, before it begins (physics.md §2, §3): ξ_max as `ChannelEstimator` bounds it,
/// with the σ of so many samples, against the ξ_null of the largest block. Pure.
struct PairForecast {
    let receiver: ReceiverModel
    let modulationVariance: Double
    let transmittance: Double
    /// σ of η, and of V_A as a part of it.
    let efficiencySigma: Double
    let modulationSigma: Double
    let plan: PairPlan

    /// v_el before it is measured: known well enough to plan with.
    static let usualElectronicNoise = 0.1
    /// ξ_in that a link in order has, SNU: what a session is planned to bear, where nothing is known of it.
    static let usualExcessNoise = 0.01

    init(
        _ plan: PairPlan, _ bob: Capabilities, modulationVariance: Double, loss: Double
    ) throws(CalibrationFailure) {
        let efficiency = KnownEfficiency(plan.factoryEfficiency, bob)
        do throws(KeyRateFailure) {
            receiver = try ReceiverModel(
                detection: bob.detection == .homodyne ? .homodyne : .heterodyne, efficiency: efficiency.value,
                electronicNoise: ShotNoiseUnits(Self.usualElectronicNoise), trust: .trusted)
        } catch {
            throw .badPlan(error.description)
        }
        self.modulationVariance = modulationVariance
        transmittance = Transmittance(loss: Decibels(loss)).value
        efficiencySigma = efficiency.sigma
        modulationSigma = plan.modulation?.relativeSigma ?? 0
        self.plan = plan
    }

    /// ξ_max and ξ_null, SNU; ξ_null is nil if there is no key even without excess noise.
    struct Outlook {
        var worst: Double
        var null: Double?
        var sigma: Double
    }

    /// What a session of so many symbols shows of a link with this ξ_in. Nil if it cannot tell T from 0.
    func outlook(symbols: Double, excessNoise: Double) throws(KeyRateFailure) -> Outlook? {
        let epsilon = try FailureProbability(plan.failureProbability)
        let (w, perSymbol) = (epsilon.deviations, Double(receiver.detection.samplesPerSymbol))
        let vacuum = symbols * plan.vacuumFraction * perSymbol
        let pairs = symbols * plan.trainingFraction * (1 - plan.vacuumFraction) * perSymbol
        let share = receiver.detection.quadratureShare
        let power = share * receiver.efficiency * transmittance
        let on = 1 + receiver.electronicNoise.value
        let residual = on + power * excessNoise
        let amplitude = power.squareRoot() - w * (residual / (pairs * modulationVariance)).squareRoot()
        guard amplitude > 0 else { return nil }
        let least = amplitude * amplitude / (1 + w * modulationSigma)
        let (ofPairs, ofVacuum) = (residual * (2 / pairs).squareRoot(), on * (2 / vacuum).squareRoot())
        let efficiency = min(1, receiver.efficiency + w * efficiencySigma)
        let block = try FiniteSizePlan(
            blockSize: plan.blockSizes.max() ?? 0, estimationFraction: plan.estimationFraction,
            failureProbability: epsilon
        ).block
        let null = try NullKeyNoise(
            modulationVariance: ShotNoiseUnits(modulationVariance),
            transmittanceWorstCase: Transmittance(min(1, least / (share * efficiency * (1 + w * ofVacuum)))),
            receiver: receiver, reconciliation: ReconciliationEfficiency(plan.reconciliation), block: block)
        return Outlook(
            worst: (power * excessNoise + w * (ofPairs + ofVacuum)) / least, null: null.value?.value,
            sigma: (ofPairs * ofPairs + ofVacuum * ofVacuum).squareRoot() / power)
    }

    /// The least symbols with which ξ_max lies below ξ_null, though ξ̂ scatter upwards by two σ. Nil if no number does.
    func leastSymbols(excessNoise: Double) throws(KeyRateFailure) -> UInt64? {
        let shows = { (symbols: Double) throws(KeyRateFailure) -> Bool in
            guard let found = try outlook(symbols: symbols, excessNoise: excessNoise), let null = found.null else {
                return false
            }
            return found.worst + 2 * found.sigma < null
        }
        var (low, high) = (1e4, 1e15)
        guard try shows(high) else { return nil }
        // To a twentieth: nobody plans closer.
        while high / low > 1.05 {
            let middle = (low * high).squareRoot()
            if try shows(middle) { high = middle } else { low = middle }
        }
        let digit = pow(10, (log10(high)).rounded(.down) - 1)
        return UInt64((high / digit).rounded(.up) * digit)
    }

    /// The symbols that are taken: as many as were wanted if they can show a margin. Else what the plan says of short sessions:
    /// more or the same, with a sentence that says so, or an error with what would do.
    func symbols(wanted: UInt64, rate: Double) throws(CalibrationFailure) -> (count: UInt64, remark: String?) {
        var goal = UnreachableGoal(obstacle: .noKey, loss: plan.planningLoss, blockSize: plan.blockSizes.max())
        do throws(KeyRateFailure) {
            let best = try outlook(symbols: Double(wanted), excessNoise: 0)
            if let best, let null = best.null, best.worst < null { return (wanted, nil) }
            goal.samples = try leastSymbols(excessNoise: Self.usualExcessNoise)
            if goal.samples == nil { goal.samples = try leastSymbols(excessNoise: 0) }
            if let null = try outlook(symbols: 1e15, excessNoise: 0)?.null {
                goal.obstacle = .noMargin(worst: best?.worst ?? .infinity, null: null)
            }
        } catch {
            throw .badPlan(error.description)
        }
        goal.seconds = goal.samples.map { Double($0) / rate }
        if plan.shortSession == .accepted { return (wanted, "\(goal); it is carried out as it is") }
        guard plan.shortSession == .lengthened, let samples = goal.samples, let seconds = goal.seconds,
            seconds <= StabilityEvaluation.longestLife
        else { throw .unreachable(goal) }
        let times = (before: UnreachableGoal.time(Double(wanted) / rate), after: UnreachableGoal.time(seconds))
        return (samples, "lengthened from \(times.before) to \(times.after): \(goal)")
    }
}

extension PairPlan {
    /// The loss that is planned for, dB; nil if none is known, and then nothing can be forecast.
    var planningLoss: Double? { target?.loss ?? commissionedLoss }
}
