internal import LinkControl
internal import QuadratureAnalysis
internal import UnitProtocol

/// What the phases of a pair's calibration need of each other.
public struct PairNotes: Sendable {
    let bob: Capabilities
    var dark: ReceiverMoments?
    var health: LinkHealth?

    var detection: QuadratureAnalysis.Detection { bob.detection == .homodyne ? .homodyne : .heterodyne }
}
