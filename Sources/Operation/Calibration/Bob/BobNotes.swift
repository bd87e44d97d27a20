internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// What the phases of a receiver's calibration have found so far and later ones need.
public struct BobNotes: Sendable {
    let capabilities: Capabilities
    var dark: MomentSeries?
    var vacuum: MomentSeries?
    var darkCapture: CapturedSamples?
    var vacuumCapture: CapturedSamples?
    var stability: StabilityEvaluation?

    init(capabilities: Capabilities) { self.capabilities = capabilities }

    /// V_off and V_on, which later phases cannot do without.
    func both() throws(CalibrationFailure) -> (dark: MomentSeries, vacuum: MomentSeries) {
        guard let dark, let vacuum else { throw .badPlan("V_off and V_on come first") }
        return (dark, vacuum)
    }
}
