import QuadratureAnalysis
import Testing

/// What is no link, no receiver and no block is refused by name, never clamped.
struct KeyRateRefusalTests {
    private static let nonsense = [Double.nan, .infinity, -.infinity, .signalingNaN]

    private func refuses(
        _ parameter: KeyRateParameter, _ values: [Double], _ make: (Double) throws(KeyRateFailure) -> some Any
    ) {
        for value in values + Self.nonsense {
            do throws(KeyRateFailure) {
                _ = try make(value)
                Issue.record("\(parameter) = \(value) was taken")
            } catch {
                switch error {
                case .outOfRange(let named, let given):
                    #expect(named == parameter)
                    #expect(given == value || value.isNaN && given.isNaN)
                    #expect(error.description.hasPrefix(parameter.name))
                case .negativeExcessNoise(let noise):
                    #expect(parameter == .excessNoise && noise.value < 0)
                    #expect(error.description.contains("no key rate"))
                }
            }
        }
    }

    @Test func `every input has a range`() {
        refuses(.modulationVariance, [0, -1, 2e9]) { value throws(KeyRateFailure) in
            try LinkParameters(
                modulationVariance: ShotNoiseUnits(value), transmittance: Transmittance(0.5),
                excessNoise: ExcessNoise(0))
        }
        refuses(.transmittance, [0, -0.1, 1.000_001]) { value throws(KeyRateFailure) in
            try LinkParameters(
                modulationVariance: ShotNoiseUnits(5), transmittance: Transmittance(value), excessNoise: ExcessNoise(0))
        }
        refuses(.excessNoise, [-1e-9, -5, 2e9]) { value throws(KeyRateFailure) in
            try LinkParameters(
                modulationVariance: ShotNoiseUnits(5), transmittance: Transmittance(0.5),
                excessNoise: ExcessNoise(value))
        }
        refuses(.efficiency, [0, -0.5, 1.1]) { value throws(KeyRateFailure) in
            try ReceiverModel(
                detection: .homodyne, efficiency: value, electronicNoise: ShotNoiseUnits(0.1), trust: .trusted)
        }
        refuses(.electronicNoise, [-1e-9, 2e9]) { value throws(KeyRateFailure) in
            try ReceiverModel(
                detection: .homodyne, efficiency: 0.6, electronicNoise: ShotNoiseUnits(value), trust: .trusted)
        }
        refuses(.reconciliation, [0, -1, 1.01]) { value throws(KeyRateFailure) in try ReconciliationEfficiency(value) }
        refuses(.failureProbability, [0, -1, 1, 1e-301]) { value throws(KeyRateFailure) in
            try FailureProbability(value)
        }
        refuses(.estimationFraction, [0, 1, -0.5, 1e-9, 1 - 1e-9]) { value throws(KeyRateFailure) in
            try FiniteSizePlan(
                blockSize: 1000, estimationFraction: value, failureProbability: try FailureProbability(1e-10))
        }
        refuses(.frameErrorRate, [-0.1, 1.1]) { value throws(KeyRateFailure) in
            try FiniteSizePlan(
                blockSize: 1000, estimationFraction: 0.5, failureProbability: try FailureProbability(1e-10),
                frameErrorRate: value)
        }
    }

    @Test(arguments: [Int64.min, -5, 0, 1, .max])
    func `a block has at least two slots and fewer than 9e15`(size: Int64) throws {
        let epsilon = try FailureProbability(1e-10)
        #expect(throws: KeyRateFailure.outOfRange(.blockSize, value: Double(size))) {
            try FiniteSizePlan(blockSize: size, estimationFraction: 0.5, failureProbability: epsilon)
        }
        #expect(throws: KeyRateFailure.self) { try KeyBlock(symbols: size, keySymbols: 1, failureProbability: epsilon) }
        #expect(throws: KeyRateFailure.outOfRange(.keySymbols, value: 11)) {
            try KeyBlock(symbols: 10, keySymbols: 11, failureProbability: epsilon)
        }
        #expect(throws: KeyRateFailure.outOfRange(.keySymbols, value: 0)) {
            try KeyBlock(symbols: 10, keySymbols: 0, failureProbability: epsilon)
        }
    }

    /// ξ_max below 0 refuses the data; T_min outside (0, 1] is no channel.
    @Test(arguments: [(0.3, -0.001), (0.3, .nan), (0, 0.01), (-0.1, 0.01), (1.2, 0.01), (.nan, 0.01)])
    func `measured bounds that are no channel are refused`(transmittance: Double, noise: Double) throws {
        let block = try KeyBlock(symbols: 100, keySymbols: 50, failureProbability: try FailureProbability(1e-10))
        let receiver = try KeyRateTests.receiver(.homodyne)
        let beta = try ReconciliationEfficiency(0.95)
        #expect(throws: KeyRateFailure.self) {
            try FiniteKeyRate(
                worstCase: WorstCase(transmittance: Transmittance(transmittance), excessNoise: ExcessNoise(noise)),
                modulationVariance: ShotNoiseUnits(5), signalToNoise: Ratio(1), receiver: receiver,
                reconciliation: beta, block: block)
        }
        for ratio in [-1, Double.nan, .infinity] {
            #expect(throws: KeyRateFailure.self) {
                try FiniteKeyRate(
                    worstCase: WorstCase(transmittance: Transmittance(0.3), excessNoise: ExcessNoise(0.01)),
                    modulationVariance: ShotNoiseUnits(5), signalToNoise: Ratio(ratio), receiver: receiver,
                    reconciliation: beta, block: block)
            }
        }
    }
}
