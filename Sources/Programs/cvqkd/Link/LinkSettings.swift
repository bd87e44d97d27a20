import CalibrationRecords
import LinkControl
import LinkOperation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// What was asked on the command line, as a value that other tasks may hold.
struct LinkOptions: Sendable {
    var alice: UnitSelector
    var bob: UnitSelector
    var purpose: SessionPurpose
    var symbolRate: Double?
    var vacuumFraction: Double
    var darkFraction = 0.0
    var trainingFraction: Double
    var modulationVariance: Double?
    var frameBytes: Int?
    var electronicNoiseSamples: UInt64?
    var warmUpLimit: Double?
    var duration: Double?
    var stopAtSigma: Double?
    var stopAtTransmittanceSigma: Double?
    var recovers: Bool
    /// Longest absence of a unit, s.
    var absence: Double
    /// What an alarm does; nil for what the purpose asks for.
    var onAlarm: MonitorPolicy?
    /// Where the records are that a session of purpose `key` needs.
    var state = StateFolder()
}

extension LinkOptions {
    init(_ command: LinkStartCommand) {
        alice = command.alice
        bob = command.bob
        purpose = command.purpose
        symbolRate = command.symbolRate
        vacuumFraction = command.vacuumFraction
        darkFraction = command.darkFraction
        trainingFraction = command.trainingFraction
        modulationVariance = command.modulationVariance
        frameBytes = command.frameBytes
        electronicNoiseSamples = command.electronicNoiseSamples
        warmUpLimit = command.warmUpLimit
        duration = command.duration
        stopAtSigma = command.stopAtSigma
        stopAtTransmittanceSigma = command.stopAtTransmittanceSigma
        recovers = command.recovery
        absence = command.absence
        onAlarm = command.onAlarm
        state = command.store.folder
    }
}

/// What is done: where nothing was asked, what the two units can do.
struct LinkSettings: Sendable {
    var plan: LinkPlan
    var electronicNoiseSamples: UInt64
    var warmUpLimit: Double
    var detection: Detection
    var efficiency: Double
    var efficiencySigma: Double
    /// All that Bob states of himself.
    var receiver: Capabilities

    init(_ options: LinkOptions, alice: Unit, bob: Unit) async throws(UnitError) {
        // Their roles decide which capabilities mean anything: a swapped pair is refused before they are read.
        for (unit, role) in [(alice, UnitRole.alice), (bob, UnitRole.bob)] where unit.identity.role != role {
            throw .wrongRole(needed: role, found: unit.identity.role, serial: unit.identity.serial)
        }
        let (transmitter, receiver) = (try await alice.capabilities(), try await bob.capabilities())
        let rate = StreamBudget.symbolRate(
            [
                (alice.identity.endpoint, transmitter),
                (bob.identity.endpoint, receiver),
            ], disclosedFraction: options.trainingFraction)
        plan = LinkPlan(
            purpose: options.purpose, symbolRate: options.symbolRate ?? rate, vacuumFraction: options.vacuumFraction,
            trainingFraction: options.trainingFraction,
            modulationVariance: options.modulationVariance
                ?? min(LightSetting.defaultModulationVariance, transmitter.maximumModulationVariance),
            frameBytes: options.frameBytes
                ?? StreamPlan.usualFrameBytes(alice.identity, bob.identity),
            darkFraction: options.darkFraction)
        electronicNoiseSamples = options.electronicNoiseSamples ?? LinkPlan.darkSamples(receiver)
        warmUpLimit =
            options.warmUpLimit ?? NumberText.seconds(max(transmitter.warmUpLimit, receiver.warmUpLimit))
        detection = receiver.detection
        efficiency = receiver.detectorEfficiency
        efficiencySigma = receiver.detectorEfficiencySigma
        self.receiver = receiver
    }
}
