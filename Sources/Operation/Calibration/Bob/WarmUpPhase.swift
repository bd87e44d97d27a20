internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibrationPhase {
    /// Light on, at nominal power, until the unit says that it is stable.
    static func warmUp(_ end: any CalibratedEnd, _ capabilities: Capabilities, limit: Double?) -> Self {
        let stated = capabilities.warmUpTime.isFinite ? max(0, capabilities.warmUpTime) : 0
        let limit = limit ?? 2 * stated + 10
        let name = end.identity.role == .alice ? "signal laser" : "local oscillator"
        return CalibrationPhase(
            PhasePlan(name: "warmUp", title: "warm-up: \(name) on until stable", seconds: stated)
        ) { _, progress throws(CalibrationFailure) in
            let seconds = try await end.lightUp(within: limit, stated: stated, progress)
            return PhaseFindings([
                Measurement("warmUpTime", value: seconds, sigma: nil, unit: "s", limits: Limits(maximum: limit))
            ])
        }
    }
}

extension CalibratedEnd {
    /// Switches the light on and waits until the unit is ready; returns the seconds that it took. Looks every 50 ms, so
    /// that a cancellation is quick and a unit that went dark meanwhile is noticed.
    func lightUp(within limit: Double, stated: Double, _ progress: PhaseProgress) async throws(CalibrationFailure)
        -> Double
    {
        let began = clock.now
        try await asked { (unit) throws(UnitError) in
            if unit.identity.role == .alice {
                try await unit.set(SetSignalLaser(on: true))
            } else {
                try await unit.set(SetLocalOscillator(on: true, power: 0))
            }
        }
        while true {
            let state = try await asked { (unit) throws(UnitError) in try await unit.status().state }
            let elapsed = (clock.now - began).inSeconds
            switch state {
            case .ready: return elapsed
            case .warmingUp:
                guard elapsed < limit else {
                    throw .unit(identity.role, .notReached(state: .ready, milliseconds: Int(limit * 1000)))
                }
            default:
                throw .unit(
                    identity.role,
                    .refused(
                        request: "light", code: .wrongState, state: state, fieldID: 0, field: nil,
                        text: "the light went out during warm-up"))
            }
            progress(stated > 0 ? elapsed / stated : 0)
            do { try await clock.sleep(for: .milliseconds(50)) } catch { throw .cancelled }
        }
    }
}
