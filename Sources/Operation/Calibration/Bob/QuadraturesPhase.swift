internal import CalibrationRecords
internal import QuadratureAnalysis
internal import UnitProtocol

extension CalibrationPhase where Notes == BobNotes {
    /// Offset and balance of the quadratures and the range of the converter: from the sums that are there already.
    static func quadratures(_ capabilities: Capabilities, _ limits: BobLimits) -> Self {
        CalibrationPhase(
            PhasePlan(name: "quadratures", title: "offset, balance and range, from the sums above", seconds: 0)
        ) { notes, _ throws(CalibrationFailure) in
            let (dark, vacuum) = try notes.both()
            return QuadratureBalance(dark: dark.moments, vacuum: vacuum.moments).findings(capabilities, limits)
        }
    }
}

/// What differs between the quadratures: pure.
struct QuadratureBalance {
    let dark: ReceiverMoments
    let vacuum: ReceiverMoments

    /// √(N0_x/N0_p), nil for a single quadrature. The angle between them is not in vacuum at all: it looks the same from
    /// every side. The pair's regression has it.
    var gainRatio: (value: Double, sigma: Double)? {
        guard vacuum.p.samples > 1, dark.p.samples > 1 else { return nil }
        func shot(_ on: QuadratureMoments, _ off: QuadratureMoments) -> (value: Double, relative: Double) {
            let (von, voff) = (on.variance.value, off.variance.value)
            let sigma = (2 * von * von / Double(on.samples) + 2 * voff * voff / Double(off.samples)).squareRoot()
            return (von - voff, sigma / (von - voff))
        }
        let (x, p) = (shot(vacuum.x, dark.x), shot(vacuum.p, dark.p))
        let ratio = (x.value / p.value).squareRoot()
        return (ratio, ratio / 2 * (x.relative * x.relative + p.relative * p.relative).squareRoot())
    }

    func findings(_ capabilities: Capabilities, _ limits: BobLimits) -> PhaseFindings {
        let shot = (vacuum.variance.value.value - dark.variance.value.value).squareRoot()
        var findings = PhaseFindings()
        for (name, sums) in [("X", vacuum.x), ("P", vacuum.p)] where sums.samples > 1 {
            let sigma = (sums.variance.value / Double(sums.samples)).squareRoot()
            findings.measurements.append(
                RecordedMeasurement(
                    "offset\(name)", value: sums.mean / shot, sigma: sigma / shot, unit: "SNU^0.5",
                    samples: sums.samples, limits: limits.offset))
        }
        if let gainRatio {
            findings.measurements.append(
                RecordedMeasurement(
                    "gainRatio", value: gainRatio.value, sigma: gainRatio.sigma, unit: "1",
                    samples: min(vacuum.x.samples, dark.x.samples), limits: limits.gainRatio))
            findings.note = "vacuum shows the ratio of the gains only; the angle is in the pair's calibration"
        }
        let range = Double(min(Int(capabilities.clipHigh), -Int(capabilities.clipLow)))
        findings.measurements += [
            RecordedMeasurement(
                "headroom", value: range / vacuum.variance.value.value.squareRoot(), unit: "1",
                limits: limits.headroom),
            RecordedMeasurement(
                "quantisationNoise", value: 1 / (12 * shot * shot), unit: "SNU", limits: limits.quantisationNoise),
            RecordedMeasurement("converterBits", value: Double(capabilities.adcBits), unit: "1", source: .stated),
        ]
        return findings
    }
}
