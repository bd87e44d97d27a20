import ArgumentParser
import QuadratureAnalysis

/// What a key rate is computed from, except the loss. Numbers are parsed unconditionally: one with a minus sign shall
/// get its own sentence, not be taken for an option.
struct KeyRateArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("homodyne or heterodyne.", valueName: "detection"),
        completion: .list(["homodyne", "heterodyne"]), transform: Self.detection)
    var detection: Detection

    @Option(
        help: ArgumentHelp(
            "trusted: Eve has no access to Bob's loss and noise; untrusted: both are counted as hers. Default: trusted.",
            valueName: "trust"), completion: .list(["trusted", "untrusted"]), transform: Self.trust)
    var receiver: ReceiverModel.Trust = .trusted

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Alice's modulation variance per quadrature.", valueName: "snu"))
    var modulationVariance: Double

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Excess noise, at the plane that --plane names.", valueName: "snu"))
    var excessNoise: Double

    @Option(
        help: ArgumentHelp(
            "Plane of --excess-noise: input (Alice's output), output (end of the channel) or detector (one quadrature "
                + "at Bob's detector). Default: input.", valueName: "plane"),
        completion: .list(["input", "output", "detector"]), transform: Self.plane)
    var plane: NoisePlane = .input

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Efficiency of Bob's receiver, from its connector to the ADC, 0 to 1.", valueName: "eta"))
    var efficiency: Double

    @Option(parsing: .unconditional, help: ArgumentHelp("Electronic noise of Bob's receiver.", valueName: "snu"))
    var electronicNoise: Double

    @Option(parsing: .unconditional, help: ArgumentHelp("Reconciliation efficiency, 0 to 1.", valueName: "beta"))
    var reconciliation = 0.95

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Slots in a block, such as 1e8: adds the finite-size rate.", valueName: "n"),
        transform: Self.count)
    var blockSize: Int64?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Share of the block that is disclosed for estimation. Default: 0.5.", valueName: "share"))
    var estimationFraction: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Failure probability of each term. Default: 1e-10.", valueName: "epsilon"))
    var epsilon: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Share of blocks that reconciliation gives up. Default: 0.", valueName: "share"))
    var frameErrorRate: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("Symbols per second: adds bits per second.", valueName: "hz"))
    var symbolRate: Double?

    func validate() throws {
        if blockSize == nil {
            for (name, value) in [
                ("estimation-fraction", estimationFraction), ("epsilon", epsilon),
                ("frame-error-rate", frameErrorRate),
            ] where value != nil {
                throw ValidationError("--\(name) is about a block: give its size with --block-size.")
            }
        }
        try Selectors.require(symbolRate, positive: "symbol-rate")
        _ = try scenario()
    }

    /// The checked values.
    func scenario() throws -> KeyRateScenario {
        do throws(KeyRateFailure) {
            // An excess noise has no sensible value below 0 at any plane; which link it is for comes later.
            if excessNoise < 0, excessNoise.isFinite { throw .negativeExcessNoise(ExcessNoise(excessNoise)) }
            return KeyRateScenario(
                receiver: try ReceiverModel(
                    detection: detection, efficiency: efficiency, electronicNoise: ShotNoiseUnits(electronicNoise),
                    trust: receiver),
                modulationVariance: ShotNoiseUnits(modulationVariance), excessNoise: excessNoise, plane: plane,
                reconciliation: try ReconciliationEfficiency(reconciliation), plan: try plan(), symbolRate: symbolRate)
        } catch {
            throw ValidationError("\(error).")
        }
    }

    private func plan() throws(KeyRateFailure) -> FiniteSizePlan? {
        guard let blockSize else { return nil }
        return try FiniteSizePlan(
            blockSize: blockSize, estimationFraction: estimationFraction ?? 0.5,
            failureProbability: try FailureProbability(epsilon ?? 1e-10), frameErrorRate: frameErrorRate ?? 0)
    }

    @Sendable private static func detection(_ text: String) throws -> Detection {
        guard let detection = Detection(rawValue: text) else {
            throw ValidationError("A detection is homodyne or heterodyne.")
        }
        return detection
    }

    @Sendable private static func trust(_ text: String) throws -> ReceiverModel.Trust {
        guard let trust = ReceiverModel.Trust(rawValue: text) else {
            throw ValidationError("A receiver is trusted or untrusted.")
        }
        return trust
    }

    @Sendable private static func plane(_ text: String) throws -> NoisePlane {
        guard let plane = NoisePlane(rawValue: text) else {
            throw ValidationError("A plane is input, output or detector.")
        }
        return plane
    }

    /// Whole numbers, also as 1e8.
    @Sendable private static func count(_ text: String) throws -> Int64 {
        guard let number = Double(text), let count = Int64(exactly: number) else {
            throw ValidationError("'\(text)' is not a whole number of slots.")
        }
        return count
    }
}
