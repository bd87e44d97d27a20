internal import Calibration
internal import LinkControl
internal import LinkMonitors
internal import LinkOperation
internal import LocalUnits
internal import QuadratureAnalysis
internal import RawKey
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What is fixed before there is light: the streams, and the windows that evidence is gathered over.
extension BobSession {
    func sessionPlan(_ capabilities: Capabilities) -> LinkPlan {
        let rate =
            link.symbolRate
            ?? StreamBudget.symbolRate(
                [(unit.identity.endpoint, capabilities)], disclosedFraction: link.trainingFraction)
        return LinkPlan(
            purpose: link.purpose, symbolRate: rate, vacuumFraction: link.vacuumFraction,
            trainingFraction: link.trainingFraction,
            modulationVariance: link.modulationVariance ?? LightSetting.defaultModulationVariance,
            frameBytes: StreamPlan.usualFrameBytes(unit.identity))
    }

    /// Windows that are long enough for the wanted bound at the loss of the fibre: as commissioned, or as the session before
    /// found it where that was more.
    func windowPlan(_ plan: LinkPlan, _ found: SessionBaseline) throws -> WindowPlan {
        let known = found.baseline.sensitivity
        guard known.transmittance.value.isFinite else {
            throw NoReference(description: "T of the pair is not known")
        }
        let transmittance = lastTransmittance.map { min(known.transmittance.value, $0.value) }
        return try WindowPlan(
            link: link.evidence.planned(
                receiver: ReceiverModel(
                    detection: known.detection, efficiency: known.efficiency, electronicNoise: known.electronicNoise,
                    trust: .trusted), transmittance: transmittance.map { Transmittance($0) } ?? known.transmittance,
                modulationVariance: known.modulationVariance, reconciliation: link.expected?.reconciliation ?? 0.95,
                signalFraction: 1 - plan.vacuumFraction - plan.trainingFraction),
            stream: WindowPlan.Stream(
                symbolRate: plan.symbolRate,
                symbolsPerCell: BlockGrid.largestCell(symbolsPerSlot: plan.symbolsPerFrame),
                symbolsPerSlot: plan.symbolsPerFrame, vacuumFraction: plan.vacuumFraction), wish: link.evidence.wish)
    }

    /// The terms of a session with such windows, or with windows of as many cells as the configuration says.
    func releaseTerms(_ plan: LinkPlan, _ windows: WindowPlan) -> ReleaseTerms {
        var policy = windows.policy
        if let cells = link.evidence.cellsPerWindow { policy.cellsPerWindow = max(2, cells) }
        return ReleaseTerms(symbolsPerCell: windows.stream.symbolsPerCell, policy: policy)
    }
}
