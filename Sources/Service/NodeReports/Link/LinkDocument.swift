internal import LinkControl
internal import LinkMonitors
public import LinkOperation
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What a run of a link has found. SI units; estimates with one standard deviation.
public struct LinkDocument: Codable, Sendable, Hashable {
    /// One end.
    public struct UnitPart: Codable, Sendable, Hashable {
        /// Serial number.
        public var serial: String
        /// `Alice` or `Bob`.
        public var role: String
        /// Whether no optics are behind it.
        public var emulated: Bool
        /// Model name.
        public var model: String
        /// Firmware version.
        public var firmware: String
        /// How to name it.
        public var selector: String
        /// The account of its stream.
        public var counters: CountersDocument
        /// What recovery did for it.
        public var recovery: RecoveryDocument?

        init(_ identity: UnitIdentity, _ counters: StreamCounters, _ recovery: RecoveryCounters) {
            serial = identity.serial
            role = identity.role.description
            emulated = identity.isEmulated
            model = identity.model
            firmware = identity.firmware
            selector = identity.endpoint.selector.description
            self.counters = CountersDocument(counters)
            self.recovery = RecoveryDocument(recovery)
        }
    }

    /// T and the loss.
    public struct Transmission: Codable, Sendable, Hashable {
        /// T.
        public var estimate: Double?
        /// One standard deviation of T.
        public var sigma: Double?
        /// −10 log10 T.
        public var lossDecibels: Double?
        /// One standard deviation of the loss.
        public var lossSigmaDecibels: Double?
        /// η as the unit states it; T̂ rests on it.
        public var statedDetectorEfficiency: Double?
        /// One standard deviation of η, as the unit states it.
        public var statedDetectorEfficiencySigma: Double?
    }

    /// An excess noise says where it is meant.
    public struct Excess: Codable, Sendable, Hashable {
        /// ξ.
        public var estimate: Double?
        /// One standard deviation.
        public var sigma: Double?
        /// `input`.
        public var plane: String
        /// SNU.
        public var unit: String
    }

    /// How strongly Bob's quadratures follow Alice's, when that does not stand out.
    public struct Correlation: Codable, Sendable, Hashable {
        /// Correlation coefficient at the best delay, 0 to 1.
        public var coefficient: Double?
        /// One standard deviation, of unrelated data.
        public var sigma: Double?
        /// Symbols that were compared.
        public var symbols: Int64
        /// By how many σ it would have to stand out.
        public var neededSigmas: Double?
        /// By how many σ they correlate with the sign of one quadrature turned; absent if they do not.
        public var mirroredSigmas: Double?

        init(_ correlation: StreamCorrelation) {
            coefficient = correlation.coefficient.finite
            sigma = correlation.sigma.finite
            symbols = correlation.symbols
            neededSigmas = correlation.needed.finite
            mirroredSigmas = correlation.mirrored?.finite
        }
    }

    /// Sixteen hexadecimal digits.
    public var session: String
    /// The same in decimal, for programs whose JSON has 64-bit integers.
    public var sessionNumber: UInt64
    /// `key`, `calibration` or `test`.
    public var purpose: String
    /// Whether no optics are behind a unit, or anything that the session rests on was made without: one word is enough.
    public var emulated: Bool
    /// The transmitter.
    public var alice: UnitPart
    /// The receiver.
    public var bob: UnitPart
    /// Symbols per second.
    public var symbolRate: Double
    /// Delivered at Bob.
    public var symbols: UInt64
    /// The same by kind; kinds that carry none are there with 0.
    public var symbolsByKind: [String: UInt64]
    /// Symbols that did not come, at both ends.
    public var gapSymbols: UInt64
    /// Of these, the ones that a unit declares or that missing frames explain.
    public var declaredGapSymbols: UInt64
    /// Of these, the ones in frames that came and were refused.
    public var refusedSymbols: UInt64
    /// Sessions begin at 0.
    public var firstSymbol: UInt64 = 0
    /// One past Bob's last symbol.
    public var endSymbol: UInt64
    /// Of vacuum frames.
    public var vacuumSamples: Int64
    /// Of dark frames; the samples of V_off from before the session are not among them.
    public var darkSamples: Int64
    /// Symbols that both sides know.
    public var trainingSymbols: Int64
    /// Training symbols that correlate at another delay, or at none.
    public var unmatchedSymbols: UInt64
    /// Training symbols that were compared with Alice's stream.
    public var verifiedSymbols: UInt64
    /// Absent if it was not found.
    public var delaySymbols: Int?
    /// How training correlates; absent unless the delay was not found, or is in doubt.
    public var correlation: Correlation?
    /// V_on/V_off.
    public var clearance: LinkValue?
    /// T and the loss.
    public var transmittance: Transmission?
    /// ξ.
    public var excessNoise: Excess?
    /// v_el.
    public var electronicNoise: LinkValue?
    /// N0.
    public var shotNoise: LinkValue?
    /// V_A, of Alice's samples.
    public var modulationVariance: LinkValue?
    /// Why there is no estimate.
    public var noEstimate: String?
    /// V_on over the session, its drift, and what could hide behind it.
    public var liveShotNoise: LiveShotNoiseDocument?
    /// What the windows were compared with, by which records.
    public var baseline: BaselineDocument?
    /// Every record that the session rests on, and who has signed it.
    public var restsOn: [EvidenceDocument]
    /// What has changed by more than 3 σ since the commissioning.
    public var changes: [ChangeDocument]
    /// What every rule found.
    public var monitors: MonitorsDocument?
    /// Of streaming.
    public var elapsedSeconds: Double
    /// `duration`, `sigma`, `interruption`, `unit`, `failure`, `calibration`, `refusedFrames`, `noEvidence`, `monitor RULE`.
    public var endedBy: String
    /// Sessions of the same run that a failure ended; the figures above are of the last one alone.
    public var earlierSessions: [EarlierSession]
    /// What the figures are good for.
    public var label = LinkReport.label

    /// The document of a run; `describe` puts in words what its reference lacks.
    public init(
        _ outcome: LinkOutcome, advice: MonitorAdvice = MonitorAdvice(), describe: (SessionReference.Gap) -> String
    ) {
        let report = outcome.report
        session = RunningSession.name(of: report.session)
        sessionNumber = report.session
        purpose = report.purpose.word
        let evidence = outcome.reference.evidence
        emulated = outcome.alice.isEmulated || outcome.bob.isEmulated || evidence.isEmulated
        restsOn = evidence.records.map { EvidenceDocument($0.part, $0.record, store: evidence.store) }
        changes = evidence.changes.map(ChangeDocument.init)
        alice = UnitPart(outcome.alice, report.alice, outcome.recovery.alice)
        bob = UnitPart(outcome.bob, report.bob, outcome.recovery.bob)
        symbolRate = outcome.settings.plan.symbolRate
        symbols = report.bob.deliveredSymbols
        symbolsByKind = CountersDocument.kinds(report.bob)
        gapSymbols = report.missingSymbols
        declaredGapSymbols = report.declaredGapSymbols
        refusedSymbols = report.refusedSymbols
        endSymbol = report.bob.nextSymbol
        vacuumSamples = report.vacuumSamples
        darkSamples = report.darkSamples
        trainingSymbols = report.trainingSymbols
        unmatchedSymbols = report.unmatchedSymbols
        verifiedSymbols = report.verifiedSymbols
        delaySymbols = report.delay
        correlation = report.correlation.map(Correlation.init)
        noEstimate = report.noEstimate?.description
        liveShotNoise = report.shotNoise.flatMap { $0.session.samples > 1 ? LiveShotNoiseDocument($0) : nil }
        baseline = BaselineDocument(outcome.reference, describe: describe)
        monitors = MonitorsDocument(outcome.monitors, advice)
        elapsedSeconds = outcome.elapsed.inSeconds
        endedBy = outcome.stoppedBy.word
        earlierSessions = outcome.earlier.map(EarlierSession.init)
        if let health = report.health { add(health, outcome.settings.receiver) }
    }

    private mutating func add(_ health: LinkHealth, _ receiver: Capabilities) {
        let transmission = health.transmittance
        let lossSigma = Decibels(relativeSigma: transmission.sigma.value / transmission.value.value).value
        clearance = LinkValue(health.clearance, "dB")
        transmittance = Transmission(
            estimate: transmission.value.value.finite, sigma: transmission.sigma.value.finite,
            lossDecibels: transmission.value.loss.value.finite, lossSigmaDecibels: lossSigma.finite,
            statedDetectorEfficiency: receiver.detectorEfficiency.finite,
            statedDetectorEfficiencySigma: receiver.detectorEfficiencySigma.finite)
        excessNoise = Excess(
            estimate: health.excessNoise.value.value.finite, sigma: health.excessNoise.sigma.value.finite,
            plane: Plane.Input.name, unit: "SNU")
        electronicNoise = LinkValue(health.electronicNoise, "SNU")
        shotNoise = LinkValue(health.shotNoise, "LSB^2")
        modulationVariance = LinkValue(value: health.modulationVariance.value.finite, sigma: nil, unit: "SNU")
    }
}

extension SessionEnding {
    /// As documents have it.
    public var word: String {
        switch self {
        case .failed: "failure"
        case .deserted: "unit"
        case .paused: "pause"
        case .alarm(let finding): "monitor \(finding.rule.rawValue)"
        case .permission: "calibration"
        case .request: "interruption"
        case .duration: "duration"
        case .precision: "sigma"
        case .refused: "refusedFrames"
        case .unevidenced: "noEvidence"
        // They are found at the end, and stop nothing.
        case .mismatch, .fault, .account, .silence: "failure"
        }
    }
}
