internal import CalibrationRecords
internal import LinkControl
public import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
public import UnitProtocol

/// What a session is compared with, as records of its units say it: V_on, V_off and the local oscillator's power from
/// Bob's, T from the pair's.
public struct SessionBaseline: Sendable, Hashable {
    /// Bob's record.
    public var bob: NamedRecord
    /// The pair's; nil if none holds, and then T comes from the session's own first windows.
    public var pair: NamedRecord?
    /// The values.
    public var baseline: LinkBaseline

    /// Why a record gives no baseline.
    public enum Gap: Error, Sendable, Hashable, CustomStringConvertible {
        /// The record has no sums of a kind: it was made by a procedure that keeps none.
        case noSums(kind: String, record: String)
        /// V_on is not above V_off.
        case noShotNoise(record: String)

        /// The sentence.
        public var description: String {
            switch self {
            case .noSums(let kind, let record): "the record \(record.prefix(12)) keeps no \(kind) sums"
            case .noShotNoise(let record): "V_on of the record \(record.prefix(12)) is not above its V_off"
            }
        }
    }

    /// Reads the records. They must hold (`StoreContents.verdict`): this only takes their numbers.
    ///
    /// - Parameters:
    ///   - others: records that the pair's may refer to, for the maker's η.
    ///   - capabilities: Bob's; T̂ of a session rests on the η that he states.
    ///   - modulationVariance: V_A of the session, SNU.
    ///   - age: of Bob's record, as a part of its useful life.
    ///   - sessionPower: of the local oscillator now, W; nil if nobody can read it.
    public init(
        bob: NamedRecord, pair: NamedRecord?, others: [NamedRecord], capabilities: Capabilities,
        modulationVariance: Double, age: Double, sessionPower: Double?
    ) throws(Gap) {
        let limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        let vacuum = try bob.sums("vacuum", limits)
        let dark = try bob.sums("dark", limits)
        let (on, off) = (vacuum.variance.value.value, dark.variance.value.value)
        guard on > off, off >= 0 else { throw .noShotNoise(record: bob.name) }
        let transmittance = pair.flatMap { Self.transmittance($0, others, capabilities) }
        let sensitivity = LinkSensitivity(
            detection: capabilities.detection == .homodyne ? .homodyne : .heterodyne,
            efficiency: capabilities.detectorEfficiency, transmittance: transmittance?.value ?? Transmittance(.nan),
            electronicNoise: ShotNoiseUnits(off / (on - off)), modulationVariance: ShotNoiseUnits(modulationVariance))
        baseline = LinkBaseline(
            sensitivity: sensitivity, vacuum: vacuum, dark: dark, localOscillatorPower: bob.vacuumPower,
            transmittance: transmittance, sensors: Self.sensors(bob, pair))
        baseline.ageing = max(0, age)
        baseline.sessionPower = sessionPower
        self.bob = bob
        self.pair = pair
    }

    /// T as a session of today would find it on the same fibre: T̂ goes with 1/η, and the record's may rest on the maker's η.
    /// What η is uncertain by is in both alike, and is taken out of σ.
    private static func transmittance(
        _ pair: NamedRecord, _ others: [NamedRecord], _ capabilities: Capabilities
    ) -> Estimate<Transmittance>? {
        guard let found = pair.record.measurement("transmittance"), let value = found.value, let sigma = found.sigma,
            value > 0
        else { return nil }
        let stated = (capabilities.detectorEfficiency, capabilities.detectorEfficiencySigma)
        let maker = others.first { $0.record.procedure == .factory && pair.record.references.contains($0.name) }
        let known = pair.record.measurement("detectorEfficiency") ?? maker?.record.measurement("detectorEfficiency")
        let (efficiency, error) = (known?.value ?? stated.0, known?.sigma ?? stated.1)
        let common = value * error / efficiency
        let own = (max(0, sigma * sigma - common * common)).squareRoot()
        let factor = efficiency / stated.0
        return Estimate(
            Transmittance(value * factor), sigma: Transmittance(own * factor), samples: found.samples ?? 0)
    }

    /// Sensors as they stood under light at the end of the calibrations. Alice's monitor photodiode is not among them: her
    /// light is off then.
    private static func sensors(_ bob: NamedRecord, _ pair: NamedRecord?) -> [Sensor: Double] {
        func value(_ quantity: TelemetryQuantity, _ record: NamedRecord?) -> Double? {
            record?.record.conditions.first { $0.name == quantity.name && $0.unit == bob.record.units[0].serial }?.atEnd
        }
        var sensors: [Sensor: Double] = [:]
        sensors[.photocurrent] = value(.detectorPhotocurrent, bob)
        sensors[.syncPower] = value(.syncReceivedPower, pair)
        return sensors
    }
}

extension NamedRecord {
    /// Power of the local oscillator over the vacuum samples, W.
    var vacuumPower: Double? {
        record.rawSums.first { $0.kind == "vacuum" }?.localOscillatorPower
    }

    func sums(_ kind: String, _ limits: ClipLimits) throws(SessionBaseline.Gap) -> ReceiverMoments {
        var moments = ReceiverMoments(limits: limits)
        for sums in record.rawSums where sums.kind == kind && sums.samples > 1 {
            let channel: WritableKeyPath<ReceiverMoments, QuadratureMoments> = sums.quadrature == "p" ? \.p : \.x
            moments[keyPath: channel].add(
                samples: sums.samples, sum: sums.sum, sumOfSquares: sums.sumOfSquares, clipped: sums.clipped)
        }
        guard moments.x.samples > 1 else { throw .noSums(kind: kind, record: name) }
        return moments
    }
}
