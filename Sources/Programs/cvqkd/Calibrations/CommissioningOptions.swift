import Calibration
import LinkControl
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// What was asked on the command line, as a value that other tasks may hold.
struct CommissioningOptions: Sendable {
    var alice: UnitSelector
    var bob: UnitSelector
    private var fibre: CommissioningPlan.KnownFibre
    private var receiver: BobPlan
    private var light: KnownLight?
    var modulationVariance: Double?
    var symbolRate: Double?
    var hold: Double
    var soak: Double
    var interval: Double
    var skip: [CommissioningStep]
    var skipReason: String
    var again: [CommissioningStep]
    var resume: Bool
    var new: Bool
    var status: Bool
    var planOnly: Bool
    var acceptFailures: Bool
    var yes: Bool
    var warmUpLimit: Double?
    var output: String?
    var force: Bool
    var json: Bool

    init(_ command: CalibrateCommissionCommand) {
        alice = command.alice
        bob = command.bob
        fibre = CommissioningPlan.KnownFibre()
        fibre.wasDisconnected = command.fibre.disconnected
        fibre.lossSigma = command.fibre.fibreLossSigma
        fibre.returnLoss = command.fibre.orl
        fibre.answer = command.fibre.otdr.map { .otdr(file: $0) } ?? command.fibre.fibreLoss.map { .loss($0) }
        fibre.accepted = Set(command.fibre.acceptFibre)
        fibre.wasInspected = command.fibre.inspected
        fibre.receivedPower = command.fibre.receivedPower
        receiver = command.samples.plan
        light = command.light.light
        receiver.stabilityWindows = command.stabilityWindows
        receiver.stabilityWindowSamples = command.stabilitySamples
        modulationVariance = command.modulationVariance
        symbolRate = command.symbolRate
        hold = command.hold
        soak = command.soak
        interval = command.interval
        skip = command.skip
        skipReason = command.skipReason
        again = command.again
        resume = command.resume
        new = command.new
        status = command.status
        planOnly = command.options.planOnly
        acceptFailures = command.acceptFailures
        yes = command.options.yes
        warmUpLimit = command.options.warmUpLimit
        output = command.options.output
        force = command.options.force
        json = command.options.format.json
    }

    /// What is to be done on these units.
    func plan(_ alice: Unit, _ bob: Unit, _ live: LiveLine) -> CommissioningPlan {
        let (wanted, light) = (symbolRate, light)
        var plan = CommissioningPlan { transmitter, receiver, disclosed in
            wanted
                ?? StreamBudget.symbolRate(
                    [(alice.identity.endpoint, transmitter), (bob.identity.endpoint, receiver)],
                    disclosedFraction: disclosed)
        }
        plan.fibre = fibre
        plan.receiver = receiver
        if let light { plan.powerReading = { try await light.read(live) } }
        plan.modulationVariance = modulationVariance
        plan.hold = hold
        plan.soak = soak
        plan.interval = interval
        plan.warmUpLimit = warmUpLimit
        plan.acceptsFailures = acceptFailures
        return plan
    }
}
