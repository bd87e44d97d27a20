internal import Glibc
internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    /// What a stream shows compared with what was asked for, and with what the unit measures by itself.
    static let agreementChecks = [
        ConformanceCheck(
            "fractions", "As many slots of each kind come as were asked for", .session,
            says: "vacuum with probability vacuumFraction, dark with darkFraction, training with trainingFraction",
            capabilities: .standalone
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let request = try await shortSlots(unit)
            let slots = min(fractionSlots, Int(8 * request.symbolRate / Double(request.symbolsPerFrame)))
            let kinds = try await unit.record(request, slots: slots).kinds
            try trial.require(kinds.count >= 100, "\(kinds.count) slots came, 100 are needed")
            let wanted: [(SymbolKind, Double)] =
                unit.isAlice
                ? [(.training, request.trainingFraction)]
                : [(.vacuum, request.vacuumFraction), (.dark, request.darkFraction)]
            for (kind, fraction) in wanted {
                let (count, found) = (Double(kinds.count), Double(kinds.values.count { $0 == kind }))
                let name = kind.description.lowercased()
                trial.measure("\(name)_fraction", found / count, "1")
                // Six σ: by chance twice in 10⁹. A fifth too little of 0.5 is eight of them in 1,600 slots.
                trial.measure(
                    "\(name)_count_deviation",
                    (found - fraction * count) / (count * fraction * (1 - fraction)).squareRoot(),
                    "1", .within(KindStatistics.bound))
            }
        },
        ConformanceCheck(
            "stream-against-moments", "Vacuum and dark of the stream have the variances that the unit sums", .session,
            says: "samples after the same fixed signal processing: vacuum has variance N0 (1 + v_el), dark N0 v_el",
            needs: .bob, capabilities: [.standalone, .moments]
        ) { unit, trial in
            let data = try await unit.capabilities()
            let recording = try await unit.standalone()
            guard recording.started.filterId == data.filterId else {
                throw Inapplicable(
                    "the stream has signal processing \(recording.started.filterId), MeasureMoments \(data.filterId)")
            }
            let count = min(100_000, data.maximumMomentSamples)
            for (state, kind) in [(UnitState.dark, SymbolKind.dark), (.ready, .vacuum)] {
                try await unit.bring(to: state)
                try await unit.clock.sleep(for: .seconds(data.shutterSettling + 0.02))
                let moments = try await unit.ask(
                    MeasureMoments(samples: count, kind: kind), for: Moments.self, patience: .seconds(30))
                let streamed = recording.sums[kind.rawValue] ?? SampleSums()
                let summed = pooledVariance(moments)
                try trial.require(streamed.samples >= 1_000, "\(streamed.samples) samples of kind \(kind) came")
                // 10⁴ samples are known to 1.5 %; the rest is what a receiver may drift in a minute.
                trial.measure(
                    "\(kind.description.lowercased())_stream_per_moments", streamed.variance / max(summed, 1e-9), "1",
                    ConformanceLimits(low: 0.75, high: 1.33, marginalLow: 0.85, marginalHigh: 1.18))
            }
        },
    ]

    private static let fractionSlots = 4_000

    /// A session of slots as short as the shutter lets them be: many of them.
    private static func shortSlots(_ unit: TestedUnit) async throws -> StartStream {
        var request = try await unit.plan(vacuum: 0.5, dark: 0.25)
        let settling = unit.isAlice ? 0 : try await unit.capabilities().shutterSettling * request.symbolRate
        request.symbolsPerFrame = min(request.symbolsPerFrame, UInt32(min(8_192, max(64, (2 * settling).rounded(.up)))))
        request.frameBytes = 1_024
        while request.frameBytes < 96 + 4 * request.symbolsPerFrame { request.frameBytes *= 2 }
        return request
    }

    /// Of all quadratures together, as the stream's samples are summed.
    private static func pooledVariance(_ moments: Moments) -> Double {
        let values = Double(moments.samples) * Double(moments.quadratures)
        let mean = (Double(moments.sumX) + Double(moments.sumP)) / values
        return (Double(moments.sumSquaresX) + Double(moments.sumSquaresP)) / values - mean * mean
    }
}
