internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibrationPhase {
    /// Light on, at nominal power, until the unit says that it is stable.
    static func warmUp(_ end: any CalibratedEnd, _ capabilities: Capabilities, limit: Double?) -> Self {
        let stated = capabilities.statedWarmUp.inSeconds
        let limit = limit ?? capabilities.warmUpLimit.inSeconds
        let name = end.identity.role == .alice ? "signal laser" : "local oscillator"
        return CalibrationPhase(
            PhasePlan(name: "warmUp", title: "warm-up: \(name) on until stable", seconds: stated)
        ) { _, progress throws(CalibrationFailure) in
            let seconds = try await end.lightUp(within: limit, stated: stated, progress)
            return PhaseFindings([
                RecordedMeasurement(
                    "warmUpTime", value: seconds, sigma: nil, unit: "s", limits: AcceptanceLimits(maximum: limit))
            ])
        }
    }
}

extension CalibratedEnd {
    /// Switches the light on and waits until the unit is ready; returns the seconds that it took.
    func lightUp(within limit: Double, stated: Double, _ progress: PhaseProgress) async throws(CalibrationFailure)
        -> Double
    {
        try await asked { (unit) throws(UnitError) in
            try await unit.lightUp(.sourceOnly, within: .seconds(limit)) { taken in
                progress(stated > 0 ? taken.inSeconds / stated : 0)
            }
        }.inSeconds
    }
}
