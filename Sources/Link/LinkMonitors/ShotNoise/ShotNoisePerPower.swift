internal import QuadratureAnalysis

/// N0/P_LO: the shot noise follows the local oscillator's power, so that a change of their ratio is neither.
enum ShotNoisePerPower {
    /// (V_on − V_off)/P_LO of now in units of that of then, less 1.
    ///
    /// - Parameters:
    ///   - off: V_off, the same for both: its error is in both alike.
    ///   - powerSigma: relative standard deviation of one reading of the power.
    static func change(
        _ now: Estimate<RawVariance>, at power: Double, since then: Estimate<RawVariance>, at powerThen: Double,
        off: RawVariance, powerSigma: Double
    ) -> Estimate<Ratio> {
        let (shot, shotThen) = (now.value.value - off.value, then.value.value - off.value)
        let ratio = shot / power / (shotThen / powerThen)
        let (ofNow, ofThen) = (now.sigma.value / shot, then.sigma.value / shotThen)
        let relative = (ofNow * ofNow + ofThen * ofThen + 2 * powerSigma * powerSigma).squareRoot()
        return Estimate(Ratio(ratio - 1), sigma: Ratio(abs(ratio) * relative), samples: now.samples)
    }
}
