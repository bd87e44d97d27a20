internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol

/// The calibration of a receiver.
public enum BobCalibration {
    /// Makes the procedure for a unit. Throws `.unit(.bob, .wrongRole)`, `.unsuitable` if the unit cannot sum samples or has
    /// no shutter, `.badPlan`.
    public static func procedure(
        _ bob: any CalibratedEnd, plan: BobPlan = BobPlan(), limits: BobLimits = BobLimits()
    ) async throws(CalibrationFailure) -> Procedure<BobNotes> {
        let capabilities = try await suitable(bob)
        let plan = try plan.resolved(capabilities)
        try plan.check(capabilities)
        guard bob.identity.capabilities.contains(.capture) else {
            throw .unsuitable(serial: bob.identity.serial, lacks: "capture of samples")
        }
        let notes = BobNotes(capabilities: capabilities)
        let phases: [CalibrationPhase<BobNotes>] = [
            .electronicNoise(bob, plan, capabilities, limits),
            .darkSamples(bob, plan, capabilities, limits),
            .warmUp(bob, capabilities, limit: plan.warmUpLimit),
            .shotNoise(bob, plan, capabilities, limits),
            .quadratures(capabilities, limits),
            .vacuumSamples(bob, plan, capabilities, limits),
            .clearanceSpectrum(capabilities, limits),
            .linearity(bob, plan, capabilities, limits),
            .efficiency(bob, plan, capabilities, limits),
            .stability(bob, plan, capabilities, limits),
        ]
        return try Procedure(
            kind: .bob, ends: [bob], phases: phases, notes: notes, shotNoiseMethod: "two-time"
        ) { notes, phases in
            guard let life = notes.stability?.life else { return Conclusion() }
            return ValidityPolicy(phases: phases).conclusion(
                life: life.seconds, reason: life.reason.rawValue, quantities: [.detectorTemperature],
                powers: [bob.identity.serial: notes.vacuum?.localOscillatorPower ?? 0])
        }.withinItsLife()
    }

    /// The first phases only: what `shot-noise measure` does.
    public static func shotNoise(
        _ bob: any CalibratedEnd, plan: BobPlan = BobPlan(), limits: BobLimits = BobLimits()
    ) async throws(CalibrationFailure) -> Procedure<BobNotes> {
        let capabilities = try await suitable(bob)
        let plan = try plan.resolved(capabilities)
        try plan.check(capabilities)
        return try Procedure(
            kind: .bob, ends: [bob],
            phases: [
                .electronicNoise(bob, plan, capabilities, limits),
                .warmUp(bob, capabilities, limit: plan.warmUpLimit),
                .shotNoise(bob, plan, capabilities, limits),
            ], notes: BobNotes(capabilities: capabilities), shotNoiseMethod: "two-time"
        ) { _, _ in Conclusion(remarks: ["shot noise only: not a calibration of the receiver"]) }
        .withinItsLife()
    }

    private static func suitable(_ bob: any CalibratedEnd) async throws(CalibrationFailure) -> Capabilities {
        guard bob.identity.role == .bob else {
            throw .unit(.bob, .wrongRole(needed: .bob, found: bob.identity.role, serial: bob.identity.serial))
        }
        let needs: [(CapabilitySet, String)] = [
            (.localOscillator, "local oscillator that can be switched"), (.shutter, "shutter"),
            (.moments, "sums of samples on the unit (capability Moments)"),
        ]
        for (capability, name) in needs where !bob.identity.capabilities.contains(capability) {
            throw .unsuitable(serial: bob.identity.serial, lacks: name)
        }
        return try await bob.asked { (unit) throws(UnitError) in try await unit.capabilities() }
    }
}
