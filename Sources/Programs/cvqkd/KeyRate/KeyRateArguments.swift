import ArgumentParser
import QuadratureAnalysis
import SignalAnalysis

extension DistanceRange {
    /// FROM:TO:STEP in km.
    @Sendable static func read(_ text: String) throws -> DistanceRange {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double(String($0)) }
        let malformed = ValidationError("A sweep is FROM:TO:STEP in km, such as 0:120:10, and '\(text)' is not.")
        guard parts.count == 3, let from = parts[0], let to = parts[1], let step = parts[2] else { throw malformed }
        do throws(Fault) {
            return try DistanceRange(from: from, to: to, step: step)
        } catch {
            switch error {
            case .notARange: throw malformed
            case .tooManySteps(let step):
                throw ValidationError(
                    "A sweep has at most \(Int(mostSteps)) steps. Take longer ones than \(step) km.")
            }
        }
    }
}

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
    var reconciliation = KeyRateDefaults.reconciliation

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
            return try KeyRateScenario(
                detection: detection, trust: receiver, modulationVariance: modulationVariance,
                excessNoise: excessNoise, plane: plane, efficiency: efficiency, electronicNoise: electronicNoise,
                reconciliation: reconciliation, block: block, symbolRate: symbolRate)
        } catch {
            throw ValidationError("\(error).")
        }
    }

    private var block: KeyRateScenario.Block? {
        guard let blockSize else { return nil }
        var block = KeyRateScenario.Block(size: blockSize)
        if let estimationFraction { block.estimationFraction = estimationFraction }
        if let epsilon { block.failureProbability = epsilon }
        if let frameErrorRate { block.frameErrorRate = frameErrorRate }
        return block
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
