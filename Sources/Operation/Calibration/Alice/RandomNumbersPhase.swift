internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

extension CalibrationPhase where Notes == AliceNotes {
    /// Health of the random numbers as the unit says, and whether captured words look like what they should be.
    static func randomNumbers(
        _ alice: any CalibratedEnd, _ plan: AlicePlan, _ capabilities: Capabilities, _ limits: AliceLimits
    ) -> Self {
        let count = min(plan.words, capabilities.maximumCaptureSamples) / 2 * 2
        return CalibrationPhase(
            PhasePlan(
                name: "randomNumbers", title: "random numbers: health, and plausibility of captured words",
                samples: Int64(count), seconds: alice.captureSeconds(count) + 0.5)
        ) { notes, progress throws(CalibrationFailure) in
            try await alice.modulate(
                .gaussian, variance: plan.variance(capabilities), attenuation: capabilities.minimumAttenuation)
            let health = try await alice.readings(of: .entropyHealth, count: 3).min()
            let words = try await alice.asked { (unit) throws(UnitError) in
                try await unit.capture(samples: count) { progress(Double($0) / Double(count)) }
            }
            var findings = AliceWords(words.samples).findings(limits)
            findings.measurements.insert(
                RecordedMeasurement(
                    "entropyHealth", value: health, unit: "1", limits: limits.entropyHealth),
                at: 0)
            findings.note =
                "plausibility, no test of randomness: NIST SP 800-90B belongs to the raw noise inside of the unit"
            return findings
        }
    }
}

/// Captured modulation words: pure.
struct AliceWords {
    let words: SamplePlausibility

    init(_ samples: [Int16]) { words = SamplePlausibility(pairs: samples.span) }

    func findings(_ limits: AliceLimits) -> PhaseFindings {
        PhaseFindings(
            words.shapes(kurtosis: limits.kurtosis(samples:), correlation: limits.correlation) + [
                RecordedMeasurement(
                    "quadratureCorrelation", words.quadratureCorrelation, unit: "1", limits: limits.correlation),
                RecordedMeasurement("quadratureBalance", words.quadratureBalance, unit: "1", limits: limits.balance),
                RecordedMeasurement("repetition", words.x.repetition, unit: "1", limits: limits.repetition),
            ])
    }
}
