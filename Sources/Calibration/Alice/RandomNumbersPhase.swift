internal import CalibrationRecords
internal import LinkControl
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
            let health = try await alice.readings(of: 23, count: 3).min()
            let words = try await alice.asked { (unit) throws(UnitError) in
                try await unit.capture(samples: count) { progress(Double($0) / Double(count)) }
            }
            var findings = AliceWords(words.samples).findings(limits)
            findings.measurements.insert(
                Measurement(
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
    let words: CapturedVacuum

    init(_ samples: [Int16]) { words = CapturedVacuum(samples, isPair: true, sampleRate: 1) }

    func findings(_ limits: AliceLimits) -> PhaseFindings {
        var findings = PhaseFindings()
        for (name, values) in [("X", words.x), ("P", words.p)] {
            let (kurtosis, next) = (
                CapturedVacuum.kurtosis(values), CapturedVacuum.correlation(values, values, lag: 1)
            )
            let count = Int64(values.count)
            findings.measurements += [
                Measurement(
                    "kurtosis\(name)", value: kurtosis?.value, sigma: kurtosis?.sigma, unit: "1", samples: count,
                    limits: limits.kurtosis(samples: values.count)),
                Measurement(
                    "autocorrelation\(name)", value: next?.value, sigma: next?.sigma, unit: "1", samples: count,
                    limits: limits.correlation),
            ]
        }
        let cross = CapturedVacuum.correlation(words.x, words.p)
        let (x, p) = (CapturedVacuum.deviation(words.x), CapturedVacuum.deviation(words.p))
        let pairs = Int64(words.x.count)
        let repeats = zip(words.x, words.x.dropFirst()).count { $0 == $1 }
        findings.measurements += [
            Measurement(
                "quadratureCorrelation", value: cross?.value, sigma: cross?.sigma, unit: "1", samples: pairs,
                limits: limits.correlation),
            Measurement(
                "quadratureBalance", value: x / p, sigma: (1 / Double(max(1, pairs))).squareRoot(), unit: "1",
                samples: pairs, limits: limits.balance),
            Measurement(
                "repetition", value: Double(repeats) / Double(max(1, pairs - 1)), unit: "1", samples: pairs,
                limits: limits.repetition),
        ]
        return findings
    }
}
