internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What the phases of a transmitter's calibration need of each other.
public struct AliceNotes: Sendable {
    let capabilities: Capabilities
    /// Monitor photodiode with the laser off, W.
    var monitorDark = SeriesMean(value: 0, sigma: 0)
}

/// The calibration of a transmitter.
public enum AliceCalibration {
    /// Makes the procedure for a unit. Light leaves the unit meanwhile; it needs no partner.
    public static func procedure(
        _ alice: any CalibratedEnd, plan: AlicePlan = AlicePlan(), limits: AliceLimits = AliceLimits()
    ) async throws(CalibrationFailure) -> Procedure<AliceNotes> {
        guard alice.identity.role == .alice else {
            throw .unit(.alice, .wrongRole(needed: .alice, found: alice.identity.role, serial: alice.identity.serial))
        }
        let needs: [(CapabilitySet, String)] = [
            (.signalLaser, "signal laser"), (.modulation, "modulation that can be set"),
            (.variableAttenuator, "variable attenuator"), (.capture, "capture of samples"),
        ]
        for (capability, name) in needs where !alice.identity.capabilities.contains(capability) {
            throw .unsuitable(serial: alice.identity.serial, lacks: name)
        }
        let capabilities = try await alice.asked { (unit) throws(UnitError) in try await unit.capabilities() }
        try plan.check(capabilities)
        return try Procedure(
            kind: .alice, ends: [alice],
            phases: [
                .darkMonitor(alice, plan),
                .warmUp(alice, capabilities, limit: plan.warmUpLimit),
                .laser(alice, plan, limits),
                .modulator(alice, plan, capabilities, limits),
                .modulationVariance(alice, plan, capabilities, limits),
                .randomNumbers(alice, plan, capabilities, limits),
            ], notes: AliceNotes(capabilities: capabilities), shotNoiseMethod: nil
        ) { _, phases in
            ValidityPolicy(phases: phases).conclusion(
                life: StabilityEvaluation.longestLife, reason: StabilityEvaluation.Reason.policy.rawValue,
                quantities: [.laserTemperature, .modulatorTemperature],
                remarks: [
                    "V_A rests on the unit's own statement of it at one setting: the monitor photodiode verifies ratios only"
                ])
        }.withinItsLife()
    }
}

extension CalibratedEnd {
    /// Attenuator and modulation, with a tenth of a second for the attenuator to move.
    func modulate(
        _ format: ModulationFormat, variance: Double, attenuation: Double
    ) async throws(CalibrationFailure) {
        try await asked { (unit) throws(UnitError) in
            try await unit.set(SetModulation(format: format, variance: variance))
            try await unit.set(SetAttenuation(attenuation: attenuation))
        }
        do { try await clock.sleep(for: .milliseconds(200)) } catch { throw .cancelled }
    }
}
