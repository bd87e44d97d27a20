public import QuadratureAnalysis
internal import SignalRecordings

/// What recordings of both ends say about the channel, and the key rates that follow.
public struct EstimateResult: Sendable {
    /// What was taken for granted.
    public let assumptions: EstimateAssumptions
    /// Bob's receiver.
    public let receiver: ReceiverPair
    /// The channel, with the bounds that a key may rest on.
    public let channel: ChannelEstimate
    /// T_min and ξ_max.
    public let worstCase: WorstCase
    /// Symbols of Bob's after which Alice's are found in his recording.
    public let delay: Int
    /// How the delay was found; nil if it was given.
    public let alignment: Alignment?
    /// The block of which the recorded symbols were the part for estimation.
    public let block: KeyBlock
    /// Nil with a reason where there is none, like the three that follow.
    public private(set) var asymptotic: BitsPerSymbol?
    /// Of the block.
    public private(set) var finite: FiniteKeyRate?
    /// Of the block.
    public private(set) var nullKeyNoise: ExcessNoise<Plane.Input>?
    /// 1 − ξ_max/ξ_null.
    public private(set) var margin: Double?
    /// Why figures are missing.
    public private(set) var missing: [Figure: MissingRate] = [:]
    /// What a person should know before the numbers.
    public let remarks: [RecordingRemark]
    /// What stands beside every rate.
    public let label: String
    /// Whether one of the units was emulated; nil if no recording says.
    public let isEmulated: Bool?

    /// A figure that may be missing; the raw value is its name in documents.
    public enum Figure: String, Sendable, Hashable {
        /// The asymptotic rate.
        case asymptotic
        /// The rate of the block.
        case finite
        /// ξ_null of the block.
        case nullKeyExcessNoise
    }

    /// Why a figure is missing.
    public enum MissingRate: Sendable, Hashable, CustomStringConvertible {
        /// The channel, or a bound on it, has no key rate.
        case refused(KeyRateFailure)
        /// No excess noise is small enough for key at this block size.
        case noKey(rateWithoutExcessNoise: BitsPerSymbol)

        /// The fact in a sentence.
        public var description: String {
            switch self {
            case .refused(let failure): failure.description
            case .noKey(let rate): "no key even without excess noise at this block size: \(rate.value) bit/symbol"
            }
        }
    }

    /// A recorded block of which nobody has said its size: as many symbols for key as for estimation.
    static let blockPerEstimationSymbol: Int64 = 2

    /// Reads all recordings and estimates.
    ///
    /// - Parameters:
    ///   - files: the recordings.
    ///   - assumptions: what is taken for granted.
    ///   - verify: compares each recording with its checksum first, which reads everything twice.
    ///   - watcher: is told how far it is.
    public init(
        _ files: LinkRecordings, _ assumptions: EstimateAssumptions, verify: Bool, watcher: AnalysisWatcher? = nil
    ) throws(SignalAnalysisFailure) {
        let recordings = try ChannelRecordings(files, detection: assumptions.detection, verify: verify)
        let pair = try ReceiverPair.read(
            off: files.off, on: files.on, method: .twoTime, verify: verify, watcher: watcher)
        let parties = (
            RecordingAgreement.Party(files.signal, recordings.signal.metadata),
            RecordingAgreement.Party(files.on, pair.on.metadata)
        )
        try reading { () throws(RecordingError) in
            try RecordingAgreement.requireSameReceiver(parties.0, parties.1)
        }
        try self.init(recordings, pair, assumptions, watcher: watcher)
    }

    private init(
        _ recordings: borrowing ChannelRecordings, _ pair: ReceiverPair, _ assumptions: EstimateAssumptions,
        watcher: AnalysisWatcher?
    ) throws(SignalAnalysisFailure) {
        guard let scale = assumptions.scale ?? recordings.modulation.metadata.scale else {
            throw .noScale(modulation: recordings.modulation.files.base)
        }
        let name = recordings.signal.files.base
        let alignment = assumptions.delay == nil ? try recordings.align(watcher: watcher) : nil
        let delay = assumptions.delay ?? alignment?.delay ?? 0
        let (sums, bob) = try recordings.sums(delay: delay, watcher: watcher)
        guard bob.clipped == 0 else { throw .clipped(signal: name, samples: bob.clipped, of: bob.samples) }
        let estimator = ChannelEstimator(
            shotNoise: pair.shotNoise,
            efficiency: Estimate(
                Ratio(assumptions.efficiency), sigma: Ratio(assumptions.efficiencySigma), samples: 0),
            // V_A goes with the square of the scale.
            scale: Estimate(
                ModulationScale(scale), sigma: ModulationScale(scale * (assumptions.modulationSigma / 2)), samples: 0),
            failureProbability: assumptions.failureProbability)
        let channel: ChannelEstimate
        do throws(EstimateFailure) { channel = try estimator.estimate(sums) } catch {
            throw .noEstimate(signal: name, error)
        }
        let worstCase = try channel.accepted(name, assumptions.failureProbability)
        let size = assumptions.blockSize ?? Self.blockPerEstimationSymbol * channel.symbols
        guard size > channel.symbols else {
            throw .noSymbolForKey(blockSize: size, estimationSymbols: channel.symbols)
        }
        let model: ReceiverModel
        do throws(KeyRateFailure) {
            block = try KeyBlock(
                symbols: size, keySymbols: size - channel.symbols, failureProbability: assumptions.failureProbability)
            model = try ReceiverModel(
                detection: assumptions.detection, efficiency: assumptions.efficiency,
                electronicNoise: channel.electronicNoise.estimate.value, trust: assumptions.trust)
        } catch {
            throw .keyRate(error)
        }
        self.assumptions = assumptions
        receiver = pair
        self.channel = channel
        self.worstCase = worstCase
        self.delay = delay
        self.alignment = alignment
        remarks = recordings.remarks + pair.remarks
        isEmulated = anyEmulated(recordings.signal.metadata.emulated, pair.on.metadata.emulated)
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
            missing[.asymptotic] = .refused(error)
        }
        do throws(KeyRateFailure) {
            finite = try FiniteKeyRate(
                worstCase: worst,
                // Without a bound on V_A the rate is refused: not a number is never passed over.
                modulationVariance: channel.modulationVariance.worstCase ?? ShotNoiseUnits(.nan),
                signalToNoise: channel.signalToNoise.estimate.value, receiver: model, reconciliation: beta,
                block: block)
        } catch {
            missing[.finite] = .refused(error)
        }
        do throws(KeyRateFailure) {
            let null = try NullKeyNoise(
                modulationVariance: modulation, transmittanceWorstCase: worst.transmittance,
                receiver: model, reconciliation: beta, block: block)
            (nullKeyNoise, margin) = (null.value, null.margin(of: worst.excessNoise))
            if case .noKey(let rate) = null {
                missing[.nullKeyExcessNoise] = .noKey(rateWithoutExcessNoise: rate)
            }
        } catch {
            missing[.nullKeyExcessNoise] = .refused(error)
        }
    }
}

extension ChannelEstimate {
    /// The bounds, if the data may be used; z of the alarm is that of the bounds themselves.
    fileprivate func accepted(
        _ name: String, _ failureProbability: FailureProbability
    ) throws(SignalAnalysisFailure) -> WorstCase {
        switch verdict(threshold: failureProbability.deviations) {
        case .plausible, .negativeByStatistics:
            guard let worstCase else { fallthrough }
            return worstCase
        case .unbounded: throw .unbounded(signal: name, failureProbability)
        case .vacuumOverestimated(let deviations): throw .vacuumOverestimated(signal: name, deviations: deviations)
        case .refused(let worst): throw .worstCaseRefused(signal: name, worst)
        }
    }
}
