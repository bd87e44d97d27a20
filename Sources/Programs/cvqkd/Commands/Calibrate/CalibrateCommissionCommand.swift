import ArgumentParser
import Calibration
import Foundation
import UnitTransport

struct CalibrateCommissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commission",
        abstract: "Takes an installation step by step from the bare fibre to a dossier.",
        discussion: """
            The steps: \(CommissioningStep.allCases.map(\.rawValue).joined(separator: ", ")). Each is kept in a file as soon \
            as it is done: after Ctrl-C or a power cut, the same command goes on with the next one. The light of both units \
            is read back and shown before anybody is told to touch a fibre.

            At a terminal it asks; in a script every answer is an option, and what is missing is an error. \
            The fibre is measured with both units disconnected: --disconnected confirms that it was, and is coupled again.

            EXAMPLES:
              cvqkd calibrate commission --alice A-0001 --bob B-0001
              cvqkd calibrate commission --alice A-0001 --bob B-0001 --disconnected --otdr ring.sor --soak 3600
              cvqkd calibrate commission --alice A-0001 --bob B-0001 --plan-only
              cvqkd calibrate commission --alice A-0001 --bob B-0001 --status
              cvqkd calibrate commission --alice A-0001 --bob B-0001 --repeat soak --soak 86400
            """)

    @Option(help: "Alice: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var alice: UnitSelector

    @Option(help: "Bob: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var bob: UnitSelector

    @OptionGroup var fibre: FibreOptions

    @OptionGroup var samples: ShotNoiseOptions

    @OptionGroup var light: KnownLightOptions

    @Option(help: ArgumentHelp("Modulation variance per quadrature. Default: 5, or Alice's maximum.", valueName: "snu"))
    var modulationVariance: Double?

    @Option(help: ArgumentHelp("Symbols per second. Default: the highest that both can do.", valueName: "hz"))
    var symbolRate: Double?

    @Option(help: ArgumentHelp("Windows of V_on for the receiver's stability, at least 8.", valueName: "n"))
    var stabilityWindows: Int = BobPlan().stabilityWindows

    @Option(
        help: ArgumentHelp("Samples per quadrature of each of them.", valueName: "n"), transform: Selectors.count)
    var stabilitySamples: UInt64 = BobPlan().stabilityWindowSamples

    @Option(
        help: ArgumentHelp("Time that both stay lit after they say that they are stable.", valueName: "s"),
        transform: Selectors.seconds)
    var hold = 0.0

    @Option(
        help: ArgumentHelp("Streaming time of the soak in all, also as 24h. Default: 1h.", valueName: "s"),
        transform: Selectors.seconds)
    var soak = 3600.0

    @Option(
        help: ArgumentHelp(
            "Streaming time of an interval: of the pair's step at least, and of each point of the soak. Default: 10.",
            valueName: "s"), transform: Selectors.seconds)
    var interval = 10.0

    @Option(
        help: ArgumentHelp("Leave a step out; the dossier is incomplete then. May be repeated.", valueName: "step"),
        transform: Selectors.step)
    var skip: [CommissioningStep] = []

    @Option(help: ArgumentHelp("Why steps are left out, for the dossier.", valueName: "text"))
    var skipReason = "on request"

    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("Do a step again that is done. May be repeated.", valueName: "step"),
        transform: Selectors.step)
    var again: [CommissioningStep] = []

    @Flag(
        help:
            "Go on with what the file holds. This is what happens anyway if there is a file; without one it is an error."
    )
    var resume = false

    @Flag(help: "Forget what was done and begin anew; the old file is kept beside it.")
    var new = false

    @Flag(help: "Show the checklist and do nothing; no unit is opened if both are named by serial number.")
    var status = false

    @Flag(help: "Go on after a step whose results are outside limits.")
    var acceptFailures = false

    @OptionGroup var options: CalibrationOptions

    func validate() throws {
        guard alice != bob else { throw ValidationError("--alice and --bob name the same unit, \(alice).") }
        guard !(new && resume) else { throw ValidationError("--new and --resume exclude each other.") }
        guard !status || !(new || resume || options.planOnly || !skip.isEmpty || !again.isEmpty) else {
            throw ValidationError(
                "--status shows what is kept; --new, --resume, --repeat, --skip and --plan-only do not go with it.")
        }
        try Selectors.require(modulationVariance, positive: "modulation-variance")
        try Selectors.require(symbolRate, positive: "symbol-rate")
        try Selectors.require(interval, positive: "interval")
        let windows = 8...BobPlan.mostStabilityWindows
        guard windows.contains(stabilityWindows) else {
            throw ValidationError("--stability-windows lies between \(windows.lowerBound) and \(windows.upperBound).")
        }
        guard hold >= 0, hold.isFinite, soak >= 0, soak <= 1e8 else {
            throw ValidationError("--hold and --soak are times in s, 0 or more.")
        }
        if let both = Set(skip).intersection(again).first {
            throw ValidationError("\(both.rawValue) cannot be skipped and repeated.")
        }
    }

    func run() async throws { try await CommissioningSession(self).run() }
}

extension Selectors {
    @Sendable static func step(_ text: String) throws -> CommissioningStep {
        if let step = CommissioningStep(rawValue: text) { return step }
        throw ValidationError(
            "'\(text)' is no step; the steps are \(CommissioningStep.allCases.map(\.rawValue).joined(separator: ", "))."
        )
    }
}

extension Selectors {
    @Sendable static func doubt(_ text: String) throws -> FibreDoubt.Name {
        if let doubt = FibreDoubt.Name(rawValue: text) { return doubt }
        throw ValidationError(
            "'\(text)' is not a doubt about a fibre: \(FibreDoubt.Name.allCases.map(\.rawValue).joined(separator: ", "))."
        )
    }
}

/// What is known of the fibre, from the command line.
struct FibreOptions: ParsableArguments {
    @Flag(help: "Confirms that the fibre was measured with both units disconnected, and is coupled again.")
    var disconnected = false

    @Flag(help: "Confirms that the connectors were inspected and clean before they were coupled.")
    var inspected = false

    @Option(
        help: ArgumentHelp("Loss of the fibre, connector to connector.", valueName: "db"),
        transform: Selectors.decibels)
    var fibreLoss: Double?

    @Option(
        help: ArgumentHelp("Standard uncertainty of --fibre-loss. Default: 0.1.", valueName: "db"),
        transform: Selectors.decibels)
    var fibreLossSigma = 0.1

    @Option(
        help: ArgumentHelp("Optical return loss of the fibre.", valueName: "db"), transform: Selectors.decibels)
    var orl: Double?

    @Option(
        help: ArgumentHelp(
            "Power at Bob's end of the fibre, read by a meter after coupling, such as -20.", valueName: "dBm"),
        transform: Selectors.power)
    var receivedPower: Double?

    @Option(
        help: ArgumentHelp(
            "Take the fibre's loss in spite of this doubt: "
                + FibreDoubt.Name.allCases.map(\.rawValue).joined(separator: ", ") + ". May be repeated.",
            valueName: "doubt"), transform: Selectors.doubt)
    var acceptFibre: [FibreDoubt.Name] = []

    @Option(
        help: ArgumentHelp("Both from the file of an OTDR.", valueName: "file"), completion: .file(extensions: ["sor"]))
    var otdr: String?

    func validate() throws {
        guard otdr == nil || (fibreLoss == nil && orl == nil) else {
            throw ValidationError("--otdr brings loss and return loss; --fibre-loss and --orl are for entering them.")
        }
        if let fibreLoss, fibreLoss < 0 {
            throw ValidationError("--fibre-loss: \(AnswerRefusal.negativeLoss(fibreLoss)).")
        }
        if let receivedPower, !ReceivedPower.range.contains(receivedPower) {
            throw ValidationError("--received-power: \(AnswerRefusal.implausiblePower(receivedPower)).")
        }
        if let fibreLoss, !(0...60).contains(fibreLoss) { throw ValidationError("--fibre-loss is in dB, 0 to 60.") }
        if let orl, !(0...90).contains(orl) { throw ValidationError("--orl is in dB, 0 to 90.") }
        try Selectors.require(fibreLossSigma, positive: "fibre-loss-sigma")
    }
}
