import ArgumentParser
import SignalRecordings
import UnitProtocol
import UnitRecordings
import UnitTransport

/// What `cvqkd record` may be told about a pair's session.
struct RecordPairOptions: ParsableArguments {
    @Option(help: "Alice, for a session of a pair.", transform: Selectors.read)
    var alice: UnitSelector?

    @Option(help: "Bob, for a session of a pair.", transform: Selectors.read)
    var bob: UnitSelector?

    @Option(
        help: ArgumentHelp("calibration or test; fixed for the session.", valueName: "purpose"),
        completion: .list(["calibration", "test"]), transform: Self.readPurpose)
    var purpose: RecordablePurpose = .test

    @Option(help: ArgumentHelp("End after so many training symbols.", valueName: "n"))
    var symbols: Int64?

    @Option(help: ArgumentHelp("End after so many seconds of streaming.", valueName: "s"))
    var duration: Double?

    @Option(
        help: ArgumentHelp("Symbols per second. Default: the highest that units and lines can do.", valueName: "hz"))
    var symbolRate: Double?

    @Option(help: "Fraction of slots that Bob makes vacuum, 0 to 1.")
    var vacuumFraction = 0.3

    @Option(help: "Fraction of slots that Alice makes training, 0 to 1.")
    var trainingFraction = 0.5

    @Option(
        help: ArgumentHelp(
            "Modulation variance per quadrature. Default: 5, or Alice's maximum if lower.", valueName: "snu"))
    var modulationVariance: Double?

    @Option(help: ArgumentHelp("Longest warm-up. Default: twice what the units state, plus 10 s.", valueName: "s"))
    var warmUpLimit: Double?

    func validate() throws {
        if let alice, alice == bob { throw ValidationError("--alice and --bob name the same unit, \(alice).") }
        if let symbols, symbols < 1 { throw ValidationError("--symbols is at least 1.") }
        try Selectors.require(duration, positive: "duration")
        try Selectors.require(symbolRate, positive: "symbol-rate")
        try Selectors.require(vacuumFraction, fraction: "vacuum-fraction")
        try Selectors.require(trainingFraction, fraction: "training-fraction")
        try Selectors.require(modulationVariance, positive: "modulation-variance")
        try Selectors.require(warmUpLimit, positive: "warm-up-limit")
        // A session without either would record nothing until somebody ends it.
        guard vacuumFraction > 0, trainingFraction > 0 else {
            throw ValidationError("An estimate needs vacuum and training: neither fraction is 0.")
        }
    }

    /// What the recording is asked for, with so many samples of electronic noise.
    func request(darkSamples: UInt64) -> PairRecording.Request {
        var request = PairRecording.Request()
        request.purpose = purpose
        request.symbols = symbols
        request.duration = duration.map { .seconds($0) }
        request.darkSamples = darkSamples
        request.symbolRate = symbolRate
        request.vacuumFraction = vacuumFraction
        request.trainingFraction = trainingFraction
        request.modulationVariance = modulationVariance
        request.warmUpLimit = warmUpLimit.map { .seconds($0) }
        return request
    }

    @Sendable private static func readPurpose(_ text: String) throws -> RecordablePurpose {
        guard let purpose = RecordablePurpose(rawValue: text) else {
            throw ValidationError("Sessions of purpose calibration or test are recorded, of purpose key never.")
        }
        return purpose
    }
}
