import Foundation
import QuadratureAnalysis
import SignalRecordings

/// One `cvqkd estimate`: what the recordings say about the channel, and the key rates that follow.
struct EstimateResult: Sendable {
    /// What is assumed beside the recordings.
    struct Assumptions: Sendable {
        var detection: Detection
        var efficiency: Double
        var efficiencySigma: Double
        var modulationSigma: Double
        var scale: Double?
        var delay: Int?
        var failureProbability: FailureProbability
        var reconciliation: ReconciliationEfficiency
        var trust: ReceiverModel.Trust
        var blockSize: Int64?
    }

    var assumptions: Assumptions
    var receiver: ReceiverPair
    var channel: ChannelEstimate
    /// T_min and ξ_max.
    var worstCase: WorstCase
    var delay: Int
    var alignment: Alignment?
    var block: KeyBlock
    /// Nil with a reason where there is none.
    var asymptotic: BitsPerSymbol?
    var finite: FiniteKeyRate?
    var nullKeyNoise: ExcessNoise<Plane.Input>?
    var margin: Double?
    var reasons: [String: String] = [:]
    var remarks: [String]
    var label: String
    var emulated: Bool?

    init(
        _ recordings: borrowing ChannelRecordings, _ pair: ReceiverPair, _ assumptions: Assumptions, live: LiveLine
    ) throws {
        self.assumptions = assumptions
        receiver = pair
        guard let scale = assumptions.scale ?? recordings.modulation.metadata.scale else {
            throw CommandFailure(
                .usage,
                "\(recordings.modulation.files.base) does not say what its words mean (cvqkd:scale). Give --scale in √SNU per LSB"
            )
        }
        remarks = recordings.remarks + pair.remarks
        if let delay = assumptions.delay {
            self.delay = delay
        } else {
            let found = try recordings.align(live: live)
            (delay, alignment) = (found.delay, found)
        }
        let (sums, bob) = try recordings.sums(delay: delay, live: live)
        let name = recordings.signal.files.base
        guard bob.clipped == 0 else {
            throw CommandFailure(
                .failure,
                "\(name): \(bob.clipped) of \(bob.samples) samples are clipped; none are tolerated. Lower the gain or the modulation, and record again"
            )
        }
        let relativeScale = assumptions.modulationSigma / 2
        let estimator = ChannelEstimator(
            shotNoise: pair.shotNoise,
            efficiency: Estimate(
                Ratio(assumptions.efficiency), sigma: Ratio(assumptions.efficiencySigma), samples: 0),
            scale: Estimate(
                ModulationScale(scale), sigma: ModulationScale(scale * relativeScale), samples: 0),
            failureProbability: assumptions.failureProbability)
        do throws(EstimateFailure) {
            channel = try estimator.estimate(sums)
        } catch {
            throw CommandFailure(.failure, "\(name): \(error). \(error.nextStep)")
        }
        worstCase = try channel.accepted(name, assumptions.failureProbability)
        let size = assumptions.blockSize ?? 2 * channel.symbols
        guard size > channel.symbols else {
            throw CommandFailure(
                .usage,
                "--block-size \(size) leaves no symbol for key: \(channel.symbols) are used for estimation")
        }
        block = try KeyBlock(
            symbols: size, keySymbols: size - channel.symbols, failureProbability: assumptions.failureProbability)
        let stated = [recordings.signal.metadata.emulated, pair.on.metadata.emulated].compactMap(\.self)
        emulated = stated.isEmpty ? nil : stated.contains(true)
        let model = try ReceiverModel(
            detection: assumptions.detection, efficiency: assumptions.efficiency,
            electronicNoise: channel.electronicNoise.estimate.value, trust: assumptions.trust)
        label = model.rateLabel
        rates(model)
    }

    /// Rates that cannot be had are nil, with the reason.
    private mutating func rates(_ model: ReceiverModel) {
        let modulation = channel.modulationVariance.estimate.value
        let (beta, worst) = (assumptions.reconciliation, worstCase)
        do throws(KeyRateFailure) {
            let link = try LinkParameters(
                modulationVariance: modulation, transmittance: channel.transmittance.estimate.value,
                excessNoise: channel.excessNoise.estimate.value)
            asymptotic = KeyRate(link: link, receiver: model, reconciliation: beta).asymptotic
        } catch {
            reasons["asymptotic"] = error.description
        }
        do throws(KeyRateFailure) {
            finite = try FiniteKeyRate(
                worstCase: worst,
                // Without a bound on V_A the rate is refused: not a number is never passed over.
                modulationVariance: channel.modulationVariance.worstCase ?? ShotNoiseUnits(.nan),
                signalToNoise: channel.signalToNoise.estimate.value, receiver: model, reconciliation: beta,
                block: block)
        } catch {
            reasons["finite"] = error.description
        }
        do throws(KeyRateFailure) {
            let null = try NullKeyNoise(
                modulationVariance: modulation, transmittanceWorstCase: worst.transmittance,
                receiver: model, reconciliation: beta, block: block)
            (nullKeyNoise, margin) = (null.value, null.margin(of: worst.excessNoise))
            if case .noKey(let rate) = null {
                reasons["nullKeyExcessNoise"] =
                    "no key even without excess noise at this block size: \(rate.value) bit/symbol"
            }
        } catch {
            reasons["nullKeyExcessNoise"] = error.description
        }
    }
}
