public import QuadratureAnalysis

/// V_on as a calibration lets a session expect it at the power that the local oscillator has today:
/// V_off + (V_on − V_off)·P/P_cal.
///
/// A laser does not come back to a thousandth of its power, and the calibration holds for a window of powers: without
/// this, a session of many samples would call a change of the power that it may have an error of V_on. What the power
/// itself does, and whether V_on still follows it, is for rules of their own.
public struct ExpectedVacuum: Sendable, Hashable {
    /// V_on, with what the samples, the calibration's age and the readings of the power leave open.
    public let variance: Estimate<RawVariance>
    /// Degrees of freedom that a variance of this uncertainty counts with.
    public let freedom: Double

    /// Relative standard deviation of one reading of the local oscillator's power if nobody knows a unit's own. An
    /// engineering figure: no unit states one, and a photodiode with its converter should do better (an emulated one has
    /// 2e-4 peak to peak). Too large a figure hides a change of V_on as large.
    public static let usualPowerSigma = 1e-3

    /// At the power of the calibration.
    public init(vacuum: ReceiverMoments, ageing: Double) {
        variance = vacuum.variance(ageing)
        freedom = vacuum.freedom(ageing)
    }

    /// At another power.
    ///
    /// - Parameters:
    ///   - powerRatio: P/P_cal. What is not a number makes V_on none, and whoever compares with it alarms.
    ///   - powerSigma: relative standard deviation of one reading of the power.
    public init(
        vacuum: ReceiverMoments, dark: ReceiverMoments, ageing: Double, powerRatio: Double, powerSigma: Double
    ) {
        let (on, off) = (vacuum.variance(ageing), dark.variance(ageing))
        let shot = on.value.value - off.value.value
        let value = off.value.value + shot * powerRatio
        let (ofOn, ofOff) = (powerRatio * on.sigma.value, (1 - powerRatio) * off.sigma.value)
        let ofPower = shot * powerRatio * powerSigma
        let spread = ofOn * ofOn + ofOff * ofOff + 2 * ofPower * ofPower
        variance = Estimate(
            RawVariance(value), sigma: RawVariance(spread.squareRoot()), samples: vacuum.samples)
        freedom = 2 * value * value / spread
    }
}
