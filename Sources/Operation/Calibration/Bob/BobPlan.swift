public import CalibrationRecords
public import ExternalInstruments
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// How much a calibration of a receiver takes. Defaults are for real units: V_on to 1e-4 at one sigma.
public struct BobPlan: Sendable, Hashable {
    /// Dark samples per quadrature for V_off.
    public var darkSamples: UInt64 = 20_000_000
    /// Vacuum samples per quadrature for V_on.
    public var vacuumSamples: UInt64 = 100_000_000
    /// What the excess noise is to be known to; it replaces `vacuumSamples`.
    public var target: ExcessNoiseTarget?
    /// Powers of the sweep, relative to nominal; those above the unit's highest are left out.
    public var sweepPowers = [0.2, 0.4, 0.6, 0.8, 1.0, 1.15]
    /// Vacuum samples per quadrature at each power.
    public var sweepSamples: UInt64 = 10_000_000
    /// Windows of the stability phase; at least 8.
    public var stabilityWindows = 120
    /// Vacuum samples per quadrature of each window.
    public var stabilityWindowSamples: UInt64 = 10_000_000
    /// Samples of a capture, all quadratures together.
    public var captureSamples: UInt32 = 131_072
    /// Longest warm-up, s; nil for twice what the unit states, plus 10 s.
    public var warmUpLimit: Double?
    /// Light of known power at the signal connector, for the efficiency; nil if there is none.
    public var powerReading: OpticalPowerReading?
    /// η from a signed factory import; nil to take the unit's own statement.
    public var factoryEfficiency: FactoryEfficiency?

    /// The defaults.
    public init() {}

    /// Windows of the stability phase, at most: a day of one-second windows.
    public static let mostStabilityWindows = 100_000

    /// The same plan with vacuum samples for its target, data samples being plentiful. v_el is taken as 0.1:
    /// known well enough to plan with.
    func resolved(_ capabilities: Capabilities) throws(CalibrationFailure) -> BobPlan {
        guard let target else { return self }
        var plan = self
        let detection: QuadratureAnalysis.Detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        try target.check(detection, efficiency: KnownEfficiency(factoryEfficiency, capabilities).value)
        do throws(PlanningFailure) {
            let planner = try SamplePlanner(
                detection: detection, efficiency: KnownEfficiency(factoryEfficiency, capabilities).value,
                electronicNoise: ShotNoiseUnits(0.1), transmittance: Transmittance(loss: Decibels(target.loss)))
            let samples = try planner.vacuumSamples(for: ExcessNoise(target.sigma))
            plan.vacuumSamples = max(1_000, UInt64(samples) / UInt64(detection.samplesPerSymbol) + 1)
        } catch {
            throw .badPlan(error.description)
        }
        return plan
    }

    /// Throws `.badPlan` if the unit cannot carry it out.
    func check(_ capabilities: Capabilities) throws(CalibrationFailure) {
        let counts = [
            ("dark", darkSamples), ("vacuum", vacuumSamples), ("sweep", sweepSamples),
            ("stability", stabilityWindowSamples),
        ]
        // Before windows are made of them: so many would not fit the memory.
        for (name, samples) in counts {
            try Self.checkTime(samples, capabilities)
            try WindowPlan.require(samples, name, capabilities)
        }
        guard stabilityWindows >= 8 else {
            throw .badPlan("\(stabilityWindows) windows show no stability: 8 are the least")
        }
        guard stabilityWindows <= Self.mostStabilityWindows else {
            throw .badPlan("\(stabilityWindows) windows are too many: \(Self.mostStabilityWindows) are the most")
        }
        let (all, isTooMany) = stabilityWindowSamples.multipliedReportingOverflow(by: UInt64(stabilityWindows))
        try WindowPlan.require(isTooMany ? .max : all, "stability", capabilities)
        guard captureSamples >= 1_000 else {
            throw .badPlan("\(captureSamples) captured samples are too few: 1000 are the least")
        }
        guard powers(capabilities).count >= 3 else {
            throw .badPlan("a sweep of the local oscillator needs three powers that the unit can do")
        }
    }

    private static func checkTime(_ samples: UInt64, _ capabilities: Capabilities) throws(CalibrationFailure) {
        let (seconds, longest) = (
            Double(samples) / max(capabilities.maximumSymbolRate, 1), StabilityEvaluation.longestLife
        )
        guard seconds <= longest else {
            throw .unreachable(UnreachableGoal(obstacle: .tooLong(seconds: seconds, longest: longest)))
        }
    }

    /// Powers of the sweep, W.
    func powers(_ capabilities: Capabilities) -> [Double] {
        let nominal = capabilities.nominalLocalOscillatorPower
        return sweepPowers.map { $0 * nominal }.filter { $0 > 0 && $0 <= capabilities.maximumLocalOscillatorPower }
    }
}

/// A wanted σ(ξ_in) at a loss: sample counts follow from it (physics.md §2).
public struct ExcessNoiseTarget: Sendable, Hashable {
    /// σ(ξ_in), SNU.
    public var sigma: Double
    /// Loss of the link, dB.
    public var loss: Double

    /// A target.
    public init(sigma: Double, loss: Double) {
        self.sigma = sigma
        self.loss = loss
    }
}

extension ExcessNoiseTarget {
    /// Refuses a σ whose bound alone exceeds the ξ at which key ends at this loss: a V_on known so badly supports no key.
    func check(
        _ detection: QuadratureAnalysis.Detection, efficiency: Double
    ) throws(CalibrationFailure) {
        var goal = UnreachableGoal(obstacle: .noKey, loss: loss)
        do throws(KeyRateFailure) {
            let receiver = try ReceiverModel(
                detection: detection, efficiency: efficiency,
                electronicNoise: ShotNoiseUnits(PairForecast.usualElectronicNoise), trust: .trusted)
            // Of a usual modulation and the asymptotic rate, which is the kindest.
            let null = try NullKeyNoise(
                modulationVariance: ShotNoiseUnits(LightSetting.defaultModulationVariance),
                transmittance: Transmittance(loss: Decibels(loss)), receiver: receiver,
                reconciliation: ReconciliationEfficiency(0.95))
            if let null = null.value?.value {
                let most = null / FailureProbability.customary.deviations
                if sigma < most { return }
                goal.obstacle = .vagueTarget(sigma: sigma, null: null)
                // A fifth of the threshold, as an evidence window has it.
                goal.sigma = 0.2 * most
            }
        } catch {
            throw .badPlan(error.description)
        }
        throw .unreachable(goal)
    }
}

/// Optical power at Bob's signal connector, measured outside of the unit.
public struct OpticalPowerReading: Sendable, Hashable {
    /// W.
    public var power: Double
    /// Its standard uncertainty, W.
    public var sigma: Double
    /// The instrument as it names itself; nil if somebody typed the number in.
    public var instrument: String?
    /// Its wavelength, m: a photon of 1310 nm brings a fifth less current per watt than one of 1550 nm.
    public var wavelength: Double

    /// A reading.
    public init(power: Double, sigma: Double, instrument: String? = nil, wavelength: Double = 1550e-9) {
        self.power = power
        self.sigma = sigma
        self.wavelength = wavelength
        self.instrument = instrument
    }
}

extension OpticalPowerReading {
    /// A meter's mean with both uncertainties: the scatter of its readings, and `relativeSigma`, which was stated of the
    /// meter.
    public init(_ reading: PowerReading, relativeSigma: Double) {
        let systematic = relativeSigma * reading.power
        self.init(
            power: reading.power,
            sigma: (reading.sigmaOfScatter * reading.sigmaOfScatter + systematic * systematic).squareRoot(),
            instrument: reading.identification, wavelength: reading.wavelength)
    }
}

/// η as its maker measured it and signed for it.
public struct FactoryEfficiency: Sendable, Hashable {
    /// η.
    public var value: Double
    /// Its standard uncertainty.
    public var sigma: Double
    /// Name of the factory's record.
    public var record: String

    /// An efficiency.
    public init(value: Double, sigma: Double, record: String) {
        self.value = value
        self.sigma = sigma
        self.record = record
    }
}

extension StoreContents {
    /// η of a unit by the maker's newest import whose key is still trusted; nil if there is none.
    public func factoryEfficiency(of serial: String) -> FactoryEfficiency? {
        guard let found = factoryRecord(of: serial), let efficiency = found.record.measurement("detectorEfficiency"),
            let value = efficiency.value
        else { return nil }
        return FactoryEfficiency(value: value, sigma: efficiency.sigma ?? 0, record: found.name)
    }
}
