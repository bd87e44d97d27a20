import ArgumentParser
import Calibration
import CalibrationRecords
import LocalUnits
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

struct CalibratePairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair",
        abstract: "Calibrates a pair on its fibre.",
        discussion: """
            LIGHT IS IN THE FIBRE meanwhile. A session of purpose calibration: synchronisation, delay, T and ξ from training, \
            worst case, margin, expected key rates; then the shutter's extinction. Figures from training are link health, \
            not a security estimate.

            EXAMPLES:
              cvqkd calibrate pair --alice A-0001 --bob B-0001
              cvqkd calibrate pair --alice A-0001 --bob B-0001 --sigma-excess-noise 0.002 --loss 5 --block-size 1e8
            """)

    @Option(help: "Alice: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var alice: UnitSelector

    @Option(help: "Bob: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var bob: UnitSelector

    @Option(
        help: ArgumentHelp(
            "Symbols per second. Default: the highest that both units and their lines can do.", valueName: "hz"))
    var symbolRate: Double?

    @Option(
        help: ArgumentHelp(
            "Modulation variance per quadrature. Default: 5, or Alice's maximum if lower.", valueName: "snu"))
    var modulationVariance: Double?

    @Option(
        help: ArgumentHelp("Symbols of the session, all kinds. Default: 1e8, or a minute's.", valueName: "n"),
        transform: Selectors.count)
    var symbols: UInt64?

    @Option(
        help: ArgumentHelp("Plan the session so that the excess noise is known to this, at --loss.", valueName: "snu"))
    var sigmaExcessNoise: Double?

    @OptionGroup var link: LinkLossOption

    @Option(
        help: ArgumentHelp(
            "Dark samples per quadrature. Default: \(Selectors.text(PairPlan(symbolRate: 1).darkSamples)).",
            valueName: "n"), transform: Selectors.count)
    var darkSamples: UInt64 = PairPlan(symbolRate: 1).darkSamples

    @Option(
        help: ArgumentHelp(
            "Vacuum samples per quadrature of each half of the shutter's check. Default: "
                + "\(Selectors.text(PairPlan(symbolRate: 1).extinctionSamples)).", valueName: "n"),
        transform: Selectors.count)
    var extinctionSamples: UInt64 = PairPlan(symbolRate: 1).extinctionSamples

    @Option(
        help: ArgumentHelp(
            "Block size of an expected key rate; may be given again. Default: "
                + PairPlan(symbolRate: 1).blockSizes.map { Selectors.text(UInt64($0)) }.joined(separator: ", ") + ".",
            valueName: "n"),
        transform: Selectors.count)
    var blockSize: [UInt64] = []

    @Option(help: ArgumentHelp("Efficiency of reconciliation of the expected key rates.", valueName: "beta"))
    var reconciliation = 0.95

    @Option(help: ArgumentHelp("Failure probability of each term of the expected key rates.", valueName: "epsilon"))
    var epsilon = 1e-10

    @Option(
        help: ArgumentHelp(
            "Stride of stream frames, a power of two from 1024 to 65536. Default: \(StreamPlan.defaultFrameBytes), or "
                + "what the units can do.",
            valueName: "bytes"))
    var frameBytes: Int?

    @OptionGroup var options: CalibrationOptions

    func validate() throws {
        guard alice != bob else { throw ValidationError("--alice and --bob name the same unit, \(alice).") }
        try Selectors.require(symbolRate, positive: "symbol-rate")
        try Selectors.require(modulationVariance, positive: "modulation-variance")
        try Selectors.require(sigmaExcessNoise, positive: "sigma-excess-noise")
        try Selectors.require(frameBytes: frameBytes)
        guard sigmaExcessNoise == nil || link.loss != nil else {
            throw ValidationError("--sigma-excess-noise needs --loss: without it nothing can be planned.")
        }
    }

    func run() async throws {
        let command = self
        let session = CalibrationSession(options)
        let keeper = session.keeper
        try await session.run(task: "calibrate pair", units: [alice, bob]) { units in
            let (alice, bob) = (units[0], units[1])
            let (transmitter, receiver) = (try await alice.capabilities(), try await bob.capabilities())
            var plan = PairPlan(
                symbolRate: command.symbolRate
                    ?? StreamBudget.symbolRate(
                        [
                            (alice.identity.endpoint, transmitter),
                            (bob.identity.endpoint, receiver),
                        ], disclosedFraction: PairPlan.usualTrainingFraction))
            plan.frameBytes =
                command.frameBytes
                ?? StreamPlan.usualFrameBytes(alice.identity, bob.identity)
            command.fill(&plan)
            plan.factoryEfficiency = try keeper.factoryEfficiency(of: bob.identity.serial)
            plan.modulation = try await keeper.modulation(of: alice, beside: bob)
            return try await PairCalibration.procedure(alice: alice, bob: bob, plan: plan)
        }
    }

    private func fill(_ plan: inout PairPlan) {
        let loss = link.loss
        plan.modulationVariance = modulationVariance
        plan.symbols = symbols
        plan.darkSamples = darkSamples
        plan.extinctionSamples = extinctionSamples
        plan.reconciliation = reconciliation
        plan.failureProbability = epsilon
        plan.commissionedLoss = loss
        plan.commissionedLossSource = loss.map { "\(NumberText.stated($0)) dB, as the command line had it" }
        plan.warmUpLimit = options.warmUpLimit
        if !blockSize.isEmpty { plan.blockSizes = blockSize.map { Int64(clamping: $0) } }
        if let sigmaExcessNoise, let loss { plan.target = ExcessNoiseTarget(sigma: sigmaExcessNoise, loss: loss) }
    }
}
