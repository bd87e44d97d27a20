internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

extension CalibrationPhase where Notes == BobNotes {
    /// Raw dark samples, for the spectrum of V_off.
    static func darkSamples(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let count = bob.captureCount(plan, capabilities)
        return CalibrationPhase(
            PhasePlan(
                name: "darkSamples", title: "raw samples in the dark, for the spectrum", samples: Int64(count),
                seconds: bob.captureSeconds(count))
        ) { notes, progress throws(CalibrationFailure) in
            notes.darkCapture = try await bob.asked { (unit) throws(UnitError) in
                try await unit.capture(samples: count) { progress(Double($0) / Double(count)) }
            }
            return PhaseFindings()
        }
    }

    /// Power spectral densities of V_off and V_on, and the clearance over frequency.
    static func clearanceSpectrum(_ capabilities: Capabilities, _ limits: BobLimits) -> Self {
        CalibrationPhase(
            PhasePlan(name: "clearanceSpectrum", title: "clearance over frequency, from the raw samples", seconds: 0.1)
        ) { notes, _ throws(CalibrationFailure) in
            guard let dark = notes.darkCapture, let vacuum = notes.vacuumCapture else {
                throw .badPlan("a spectrum needs raw samples first")
            }
            return ClearanceSpectrum(dark: dark, vacuum: vacuum).findings(limits)
        }
    }
}

/// Spectra of two captures: pure.
struct ClearanceSpectrum {
    private let off: Result<PowerSpectrum, Degeneracy>
    private let on: Result<PowerSpectrum, Degeneracy>

    /// Bands in which the least clearance is looked for: in single bins noise would decide.
    static let bands = 16

    init(dark: CapturedSamples, vacuum: CapturedSamples) {
        off = Self.spectrum(dark)
        on = Self.spectrum(vacuum)
    }

    private static func spectrum(_ captured: CapturedSamples) -> Result<PowerSpectrum, Degeneracy> {
        let isPair = captured.header.format == .xp16
        let each = captured.samples.count / (isPair ? 2 : 1)
        var length = 16
        // Some 64 segments at least, so that a bin is known to an eighth.
        while length < 1024, each / (2 * length) >= 32 { length *= 2 }
        var estimator = WelchEstimator(
            length: length, detection: isPair ? .heterodyne : .homodyne, sampleRate: captured.header.sampleRate)
        estimator.add(captured.samples.span)
        do throws(Degeneracy) { return .success(try estimator.spectrum()) } catch { return .failure(error) }
    }

    private var refusal: String {
        let failures = [("V_off", off), ("V_on", on)].compactMap { name, result in
            if case .failure(let degeneracy) = result { "\(name): \(degeneracy)" } else { nil }
        }
        return failures.isEmpty ? "V_off and V_on have different numbers of samples" : failures.joined(separator: "; ")
    }

    func findings(_ limits: BobLimits) -> PhaseFindings {
        var findings = PhaseFindings()
        guard case .success(let off) = off, case .success(let on) = on, off.density.count == on.density.count else {
            findings.measurements = [
                RecordedMeasurement("leastClearance", value: nil, unit: "dB", limits: limits.bandClearance)
            ]
            findings.note = "no spectrum: \(refusal)"
            return findings
        }
        let frequencies = on.density.indices.map { on.frequency($0) }
        for (name, spectrum) in [("spectrumOff", off), ("spectrumOn", on)] {
            findings.curves.append(
                CalibrationRecord.Curve(
                    name: name, xLabel: "frequency / Hz", yLabel: "power spectral density / (LSB²/Hz)", x: frequencies,
                    y: spectrum.density,
                    sigma: spectrum.density.indices.map { spectrum.density[$0] * spectrum.relativeSigma($0) }))
        }
        let clearance = zip(on.density, off.density).map { Decibels(ratio: $0 / $1).value }
        findings.curves.append(
            CalibrationRecord.Curve(
                name: "clearance", xLabel: "frequency / Hz", yLabel: "clearance / dB", x: frequencies, y: clearance))
        let width = max(1, on.density.count / Self.bands)
        var least: (value: Double, sigma: Double, frequency: Double)?
        for start in stride(from: 1, to: on.density.count - width, by: width) {
            let (a, b) = (on.mean(start..<start + width), off.mean(start..<start + width))
            let found = Decibels(ratio: a.value / b.value).value
            guard found < least?.value ?? .infinity else { continue }
            let (r, s) = (a.sigma / a.value, b.sigma / b.value)
            least = (
                found, Decibels(relativeSigma: (r * r + s * s).squareRoot()).value, on.frequency(start + width / 2)
            )
        }
        findings.measurements = [
            RecordedMeasurement(
                "leastClearance", value: least?.value, sigma: least?.sigma, unit: "dB", limits: limits.bandClearance),
            RecordedMeasurement("leastClearanceFrequency", value: least?.frequency, unit: "Hz"),
        ]
        return findings
    }
}
