internal import QuadratureAnalysis
internal import UnitProtocol

/// What the phases of a receiver's calibration have found so far and later ones need.
public struct BobNotes: Sendable {
    let capabilities: Capabilities
    var dark: MomentSeries?
    var vacuum: MomentSeries?

    var detection: QuadratureAnalysis.Detection { capabilities.detection == .homodyne ? .homodyne : .heterodyne }
}
