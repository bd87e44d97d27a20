internal import Glibc
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// How a unit's optics were before a calibration, and the way back.
struct SavedOptics: Sendable {
    let end: any CalibratedEnd
    let state: OpticalState
    private let capabilities: Capabilities

    /// Reads the present settings.
    static func of(_ end: any CalibratedEnd) async throws(UnitError) -> SavedOptics {
        SavedOptics(end: end, state: try await end.opticalState(), capabilities: try await end.capabilities())
    }

    /// V_A as `SetModulation` wants it: with the attenuator at its lowest setting, while `OpticalState` has it in force.
    private var nominalVariance: Double {
        state.modulationVariance * pow(10, (state.attenuationSet - capabilities.minimumAttenuation) / 10)
    }

    /// Light off, shutter closed, then every setting as it was. Light that was on before comes back if `relight`: after a
    /// cancellation or a failure it does not, because nobody knows then why.
    ///
    /// Each request is tried by itself: one that fails does not keep the next from being sent. Returns what failed; a unit
    /// that is gone or mute goes dark by its own heartbeat time-out.
    func restore(relight: Bool) async -> [UnitError] {
        var failures: [UnitError] = []
        func attempt(_ body: () async throws(UnitError) -> Void) async {
            do throws(UnitError) { try await patiently(body) } catch { failures.append(error) }
        }
        if (try? await end.status())?.state == .streaming {
            await attempt { () throws(UnitError) in await end.finishStream(try await end.stopStream()) }
        }
        let can = end.identity.capabilities
        if end.identity.role == .alice {
            await attempt { () throws(UnitError) in try await end.set(SetSignalLaser(on: false)) }
            if can.contains(.variableAttenuator) {
                await attempt { () throws(UnitError) in
                    try await end.set(SetAttenuation(attenuation: state.attenuationSet))
                }
            }
            if can.contains(.modulatorBiasLock) {
                await attempt { () throws(UnitError) in
                    try await end.set(SetModulatorBiasLock(enabled: state.biasLocked))
                }
            }
            if can.contains(.modulation) {
                await attempt { () throws(UnitError) in
                    try await end.set(SetModulation(format: state.modulation, variance: nominalVariance))
                }
            }
            if relight, state.light.contains(.signalLaser) {
                await attempt { () throws(UnitError) in try await end.set(SetSignalLaser(on: true)) }
            }
        } else {
            if can.contains(.shutter) {
                await attempt { () throws(UnitError) in try await end.set(SetShutter(position: .closed)) }
            }
            await attempt { () throws(UnitError) in
                try await end.set(SetLocalOscillator(on: false, power: 0))
            }
            if relight, state.light.contains(.localOscillator) {
                await attempt { () throws(UnitError) in
                    try await end.set(SetLocalOscillator(on: true, power: formerPower))
                }
                if state.light.contains(.shutterOpen) {
                    await attempt { () throws(UnitError) in try await end.set(SetShutter(position: .open)) }
                }
            }
        }
        return failures
    }

    /// The set power cannot be read, only the measured one: within two per cent of nominal it is nominal (0).
    private var formerPower: Double {
        let nominal = capabilities.nominalLocalOscillatorPower
        return abs(state.localOscillatorPower - nominal) < 0.02 * nominal ? 0 : state.localOscillatorPower
    }

    /// A measurement that nobody waits for any more runs to its end on the unit, which refuses changes meanwhile: ask
    /// again, for at most what one window of samples takes.
    private func patiently(_ body: () async throws(UnitError) -> Void) async throws(UnitError) {
        let limit = end.clock.now + MomentWindow.longest + .seconds(2)
        while true {
            do throws(UnitError) { return try await body() } catch {
                guard case .refused(_, .inProgress, _, _, _, _) = error, end.clock.now < limit else { throw error }
            }
            do { try await end.clock.sleep(for: .milliseconds(100)) } catch { throw .cancelled }
        }
    }
}
