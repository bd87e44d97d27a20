public import LinkControl
internal import LocalUnits
public import UnitControl
public import UnitProtocol
internal import UnitTransport

/// What is done: where nothing was asked, what the two units can do.
public struct LinkSettings: Sendable {
    /// What both ends are to agree on.
    public var plan: LinkPlan
    /// Dark samples of V_off.
    public var electronicNoiseSamples: UInt64
    /// Longest warm-up.
    public var warmUpLimit: Duration
    /// All that Bob states of himself.
    public var receiver: Capabilities

    /// Completes a request. Throws `.wrongRole` if the units are not Alice and Bob in this order.
    public init(_ request: LinkRequest, _ units: LinkUnits) async throws(UnitError) {
        // Their roles decide which capabilities mean anything: a swapped pair is refused before they are read.
        for (unit, role) in [(units.alice, UnitRole.alice), (units.bob, .bob)] where unit.identity.role != role {
            throw .wrongRole(needed: role, found: unit.identity.role, serial: unit.identity.serial)
        }
        let (alice, bob) = (units.alice, units.bob)
        let (transmitter, receiver) = (try await alice.capabilities(), try await bob.capabilities())
        let rate = StreamBudget.symbolRate(
            [(alice.identity.endpoint, transmitter), (bob.identity.endpoint, receiver)],
            disclosedFraction: request.trainingFraction)
        plan = LinkPlan(
            purpose: request.purpose, symbolRate: request.symbolRate ?? rate, vacuumFraction: request.vacuumFraction,
            trainingFraction: request.trainingFraction,
            modulationVariance: request.modulationVariance
                ?? min(LightSetting.defaultModulationVariance, transmitter.maximumModulationVariance),
            frameBytes: request.frameBytes
                ?? StreamPlan.usualFrameBytes(alice.identity, bob.identity),
            darkFraction: request.darkFraction)
        electronicNoiseSamples =
            request.electronicNoiseSamples ?? LinkPlan.darkSamples(receiver)
        warmUpLimit = request.warmUpLimit ?? max(transmitter.warmUpLimit, receiver.warmUpLimit)
        self.receiver = receiver
    }
}
