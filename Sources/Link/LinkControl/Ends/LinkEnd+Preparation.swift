internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What an end does before the session: V_off in the dark, light.
extension LinkEnd {
    /// Two days and 10 s: what a unit is given that states a day, the longest that is believed.
    private static let longestWarmUp = 172_810.0

    private var clipLimits: ClipLimits { ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh) }

    private var detection: QuadratureAnalysis.Detection {
        capabilities.detection == .heterodyne ? .heterodyne : .homodyne
    }

    /// A step before the session.
    public func prepare(_ order: PrepareOrder) async throws(LinkError) -> PrepareResult {
        switch order {
        case .electronicNoise(let samples):
            return .electronicNoise(try await measureElectronicNoise(samples: samples).moments)
        case .adopt(let moments):
            if let contradiction = moments.contradiction(of: detection) {
                throw .badPlan("these are not sums of electronic noise: \(contradiction)")
            }
            guard moments.x.limits == clipLimits else {
                throw .badPlan("these are not sums of electronic noise of this receiver")
            }
            electronicNoise = ElectronicNoiseMeasurement(moments: moments)
            await startTracker()
        case .lightUp(let limit):
            // Whoever coordinates may be a stranger: a time that is none must not stop this program.
            guard (0...Self.longestWarmUp).contains(limit) else {
                throw .badPlan("a warm-up takes 0 … \(Self.longestWarmUp) s, not \(limit)")
            }
            let setting = LightSetting.signal(
                modulationVariance: plan?.modulationVariance ?? LightSetting.defaultModulationVariance)
            do throws(UnitError) { try await unit.lightUp(setting, within: .seconds(limit)) } catch {
                throw .unit(role, error)
            }
        }
        return .done
    }

    private func measureElectronicNoise(samples: UInt64) async throws(LinkError) -> ElectronicNoiseMeasurement {
        let sums: Moments
        do throws(UnitError) { sums = try await unit.measureMoments(.dark, samples: samples) } catch {
            throw .unit(role, error)
        }
        let moments = ReceiverMoments(sums, limits: clipLimits)
        // `Unit` has looked already; whoever else is an end's unit may not have.
        if let contradiction = moments.contradiction(of: detection) {
            throw .unit(role, .badReply(request: "MeasureMoments", reason: contradiction.description))
        }
        let measurement = ElectronicNoiseMeasurement(moments: moments)
        electronicNoise = measurement
        await startTracker()
        return measurement
    }
}
