internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol

extension CalibrationPhase where Notes == BobNotes {
    /// η: absolutely from the factory or as stated; with light of known power, the photocurrent checks it as a ratio.
    static func efficiency(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let title =
            plan.powerReading == nil
            ? "efficiency: as known, nothing is measured" : "efficiency: photocurrent of the light of known power"
        return CalibrationPhase(
            PhasePlan(name: "efficiency", title: title, seconds: plan.powerReading == nil ? 0 : 3)
        ) { _, progress throws(CalibrationFailure) in
            let known = KnownEfficiency(plan.factoryEfficiency, capabilities)
            let references = [plan.factoryEfficiency?.record].compactMap { $0 }
            guard let reading = plan.powerReading else {
                var findings = known.findings(reading: nil, current: nil, limits)
                findings.references = references
                return findings
            }
            let closed = try await bob.photocurrent { progress($0 / 2) }
            try await bob.asked { (unit) throws(UnitError) in try await unit.set(SetShutter(position: .open)) }
            try await bob.shutterAtRest()
            let open = try await bob.photocurrent { progress(0.5 + $0 / 2) }
            try await bob.asked { (unit) throws(UnitError) in try await unit.set(SetShutter(position: .closed)) }
            try await bob.shutterAtRest()
            var findings = known.findings(
                reading: reading, current: SeriesMean.difference(open, closed), limits)
            findings.references = references
            return findings
        }
    }
}

/// Mean of a few readings with its standard uncertainty.
struct SeriesMean: Sendable, Hashable {
    var value: Double
    var sigma: Double

    init(value: Double, sigma: Double) {
        self.value = value
        self.sigma = sigma
    }

    init?(_ values: [Double]) {
        guard values.count >= 3 else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        self.init(value: mean, sigma: (square / count).squareRoot())
    }

    static func difference(_ a: SeriesMean?, _ b: SeriesMean?) -> SeriesMean? {
        guard let a, let b else { return nil }
        return SeriesMean(
            value: a.value - b.value, sigma: (a.sigma * a.sigma + b.sigma * b.sigma).squareRoot())
    }
}

/// η before anything is measured, and what a photocurrent adds.
struct KnownEfficiency {
    let value: Double
    let sigma: Double
    let source: RecordedMeasurement.Source
    let remark: String

    init(_ factory: FactoryEfficiency?, _ capabilities: Capabilities) {
        if let factory {
            (value, sigma, source) = (factory.value, factory.sigma, .factory)
            remark = "η is the factory's (record \(factory.record.prefix(12)))"
        } else {
            (value, sigma) = (capabilities.detectorEfficiency, capabilities.detectorEfficiencySigma)
            source = .stated
            remark = "η as stated by the unit: nobody has verified it absolutely"
        }
    }

    /// Elementary charge over Planck's constant, A/(W·Hz⁻¹): η = (I/P)·hν/e.
    private static let chargeOverPlanck = 1.602_176_634e-19 / 6.626_070_15e-34

    func findings(
        reading: OpticalPowerReading?, current: SeriesMean?, _ limits: BobLimits
    ) -> PhaseFindings {
        var findings = PhaseFindings([
            RecordedMeasurement("detectorEfficiency", value: value, sigma: sigma, unit: "1", source: source)
        ])
        findings.remarks = [remark]
        guard let reading else {
            findings.note = "no light of known power was there: nothing verified"
            return findings
        }
        if let instrument = reading.instrument {
            findings.instruments = [.init(kind: "powerMeter", identification: instrument)]
        }
        let responsivity = current.map { $0.value / reading.power }
        let photon = responsivity.map { $0 * 299_792_458 / reading.wavelength / Self.chargeOverPlanck }
        let relative = current.map { current in
            let (a, b, c) = (current.sigma / current.value, reading.sigma / reading.power, sigma / value)
            return (own: (a * a + b * b).squareRoot(), all: (a * a + b * b + c * c).squareRoot())
        }
        findings.measurements += [
            RecordedMeasurement(
                "opticalPower", value: reading.power, sigma: reading.sigma, unit: "W",
                source: reading.instrument == nil ? .entered : .instrument),
            RecordedMeasurement("photocurrent", value: current?.value, sigma: current?.sigma, unit: "A"),
            RecordedMeasurement(
                "responsivity", value: responsivity,
                sigma: relative.flatMap { r in responsivity.map { abs($0) * r.own } },
                unit: "A/W"),
            RecordedMeasurement(
                "efficiencyRatio", value: photon.map { $0 / value },
                sigma: relative.flatMap { r in photon.map { abs($0) / value * r.all } }, unit: "1",
                source: .verifiedRatio, limits: limits.efficiencyRatio),
        ]
        findings.note =
            "the photocurrent sees insertion loss and quantum efficiency, not the overlap with the local oscillator: a ratio, no absolute η"
        return findings
    }
}

extension CalibratedEnd {
    /// Mean detector photocurrent of 12 fresh readings; nil if the unit does not measure it.
    func photocurrent(_ progress: (Double) -> Void) async throws(CalibrationFailure) -> SeriesMean? {
        try await mean(of: .detectorPhotocurrent, readings: 12, progress)
    }
}
