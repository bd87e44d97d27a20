internal import QuadratureAnalysis
internal import RawKey

/// The same windows for who plans them from a configuration alone, and for who plans them with units.
extension EvidenceConfiguration {
    /// What a window has to show.
    var wish: WindowPlan.Wish {
        var wish = WindowPlan.Wish()
        (wish.nullKeyShare, wish.boundSigmas) = (shareOfNullKey, boundSigmas)
        return wish
    }

    /// The link, with ξ_null of a key of finite size where the configuration says from how many symbols it is made: half of the
    /// signal is for estimation, and ε of each term is 1e-10.
    func planned(
        receiver: ReceiverModel, transmittance: Transmittance, modulationVariance: ShotNoiseUnits,
        reconciliation: Double, signalFraction: Double
    ) throws -> WindowPlan.Link {
        var block: KeyBlock?
        if let keyBlockSymbols {
            block = try KeyBlock(
                symbols: Int64(keyBlockSymbols),
                keySymbols: Int64(max(1, 0.5 * signalFraction * Double(keyBlockSymbols))),
                failureProbability: FailureProbability(1e-10))
        }
        return WindowPlan.Link(
            receiver: receiver, transmittance: transmittance, modulationVariance: modulationVariance,
            reconciliation: try ReconciliationEfficiency(reconciliation), block: block)
    }
}
