internal import Foundation
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// A precision that a session cannot reach in its time, which is known before its light comes on: by the statistics of its
/// slots on a link without any loss. A real one takes longer.
public struct UnreachablePrecision: Sendable, Hashable {
    /// What is to be known.
    public enum Quantity: Sendable, Hashable {
        /// ξ_in, to this σ in SNU.
        case excessNoise(sigma: Double)
        /// T, to this σ as a part of it.
        case transmittance(relativeSigma: Double)
    }

    /// What is to be known.
    public var quantity: Quantity
    /// The least time of streaming.
    public var least: Duration
    /// The time that there is.
    public var duration: Duration
}

extension UnreachablePrecision: CustomStringConvertible {
    /// What is wrong, in a sentence.
    public var description: String {
        let what =
            switch quantity {
            case .excessNoise(let sigma): "σ(ξ) of \(sigma) SNU"
            case .transmittance(let sigma): "a relative σ(T) of \(sigma)"
            }
        let seconds = { (time: Duration) in String(format: "%.3g s", time.inSeconds) }
        return "\(what) takes \(seconds(least)) of streaming at least, on a link without loss"
            + ", and the session ends after \(seconds(duration))"
    }
}

extension LinkRequest {
    /// The precision that is asked for and cannot be reached with these settings; nil if all can.
    func unreachable(with settings: LinkSettings) -> UnreachablePrecision? {
        // Slots that there are none of are `PrecisionObstacle`s.
        guard let precision, let duration else { return nil }
        let reach = PrecisionReach(settings)
        if let sigma = precision.excessNoise, let least = reach.time(excessNoise: sigma), least > duration {
            return UnreachablePrecision(quantity: .excessNoise(sigma: sigma), least: least, duration: duration)
        }
        if let sigma = precision.transmittance, let least = reach.time(transmittance: sigma), least > duration {
            return UnreachablePrecision(
                quantity: .transmittance(relativeSigma: sigma), least: least, duration: duration)
        }
        return nil
    }
}

/// How long a session on a link without loss takes to know something (physics.md §2, §3).
private struct PrecisionReach {
    let rate: Double
    let vacuumShare: Double
    let trainingShare: Double
    let variance: Double
    let detection: QuadratureAnalysis.Detection
    /// v_el of the quietest receiver: none.
    let power: Double

    init(_ settings: LinkSettings) {
        let plan = settings.plan
        rate = plan.symbolRate
        vacuumShare = plan.vacuumFraction
        // Training falls into the slots that Bob has made neither vacuum nor dark.
        trainingShare = plan.trainingFraction * (1 - plan.vacuumFraction - plan.darkFraction)
        variance = plan.modulationVariance
        detection = settings.receiver.detection == .homodyne ? .homodyne : .heterodyne
        power = detection.quadratureShare * settings.receiver.detectorEfficiency
    }

    func time(excessNoise sigma: Double) -> Duration? {
        time { vacuum, pairs in (2 / vacuum + 2 / pairs) / (power * power * sigma * sigma) }
    }

    func time(transmittance sigma: Double) -> Duration? {
        time { vacuum, pairs in (4 / (pairs * variance * power) + 2 / vacuum) / (sigma * sigma) }
    }

    /// `excess` is by what factor the variance is too large with one symbol's shares of samples: so many symbols it takes.
    private func time(_ excess: (_ vacuum: Double, _ pairs: Double) -> Double) -> Duration? {
        let samples = Double(detection.samplesPerSymbol)
        guard vacuumShare > 0, trainingShare > 0, variance > 0, power > 0 else { return nil }
        let seconds = excess(vacuumShare * samples, trainingShare * samples) / rate
        return seconds.isFinite ? .seconds(min(seconds, 1e15)) : nil
    }
}
