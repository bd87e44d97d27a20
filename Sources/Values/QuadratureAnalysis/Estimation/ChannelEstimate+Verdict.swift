extension ChannelEstimate {
    /// What ξ̂ and its bounds say together (physics.md §3). A negative ξ̂ is never clamped: it is told.
    public enum Verdict: Sendable, Hashable {
        /// ξ̂ ≥ 0.
        case plausible
        /// ξ̂ < 0 within its scatter: statistics. Its key rate is null, because no channel has negative noise.
        case negativeByStatistics(deviations: Double)
        /// ξ̂ < −zσ: V_on is over-estimated (attack, drift, shutter leak). An alarm; its absence proves nothing.
        case vacuumOverestimated(deviations: Double)
        /// T_min or ξ_max does not exist: the data are too few to bound the channel, whatever ξ̂ looks like. Record longer.
        case unbounded
        /// ξ_max < 0: the data contradict the calibration, even with every uncertainty on Eve's side. Or ξ̂, its σ or a
        /// bound is not a number. Refused.
        case refused(worstCase: ExcessNoise<Plane.Input>)

        /// Whether the data may be used at all.
        public var isUsable: Bool {
            switch self {
            case .plausible, .negativeByStatistics: true
            case .vacuumOverestimated, .unbounded, .refused: false
            }
        }
    }

    /// Judges ξ̂ and its bounds. `threshold` is z, from a yearly budget of false alarms over blocks and tests.
    public func verdict(threshold: Double) -> Verdict {
        guard let worst = worstCase else { return .unbounded }
        let deviations = excessNoise.estimate.deviation(from: ExcessNoise(0))
        // Written so that what is not a number is refused.
        guard deviations.isFinite, worst.transmittance.value > 0, worst.transmittance.value.isFinite,
            worst.excessNoise.value >= 0, worst.excessNoise.value.isFinite
        else { return .refused(worstCase: worst.excessNoise) }
        if deviations < -threshold { return .vacuumOverestimated(deviations: deviations) }
        return deviations < 0 ? .negativeByStatistics(deviations: deviations) : .plausible
    }
}
