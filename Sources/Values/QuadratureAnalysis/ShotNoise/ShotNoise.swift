/// How shot noise is evaluated (physics.md §2).
public enum ShotNoiseMethod: String, Sendable, Hashable, CaseIterable {
    /// N0 = V_on − V_off; electronic noise is v_el = V_off/N0.
    case twoTime = "two-time"
    /// V_on itself is the unit [7]; electronic noise becomes an extra efficiency η_e = 1/(1 + v_el).
    case oneTime = "one-time"
}

/// The shot-noise unit of a receiver, from samples with the signal blocked. V_on and V_off always stand beside it:
/// V_off only scales, V_on is the security-critical number.
public struct ShotNoise: Sendable, Hashable {
    /// How it was evaluated.
    public let method: ShotNoiseMethod
    /// V_off; nil only for a one-time evaluation without dark samples, like all that follows from it.
    public let electronicVariance: Estimate<RawVariance>?
    /// V_on.
    public let vacuumVariance: Estimate<RawVariance>
    /// The unit: V_on − V_off (two-time), V_on (one-time).
    public let shotNoiseVariance: Estimate<RawVariance>
    /// v_el = V_off/(V_on − V_off), for either method: of a one-time evaluation it is what η_e follows from.
    public let electronicNoise: Estimate<ShotNoiseUnits>?
    /// 10 log10(V_on/V_off).
    public let clearance: Estimate<Decibels>?

    /// By how many σ the shot-noise variance stands out.
    public var significance: Double { shotNoiseVariance.deviation(from: RawVariance(0)) }

    /// η_e = 1/(1 + v_el) = 1 − V_off/V_on: the efficiency that electronic noise amounts to in a one-time evaluation.
    public var electronicEfficiency: Estimate<Ratio>? {
        guard let dark = electronicVariance else { return nil }
        let (on, off) = (vacuumVariance, dark)
        let ratio = off.value.value / on.value.value
        let relative = hypotenuse(on.relativeSigma, off.relativeSigma)
        return Estimate(Ratio(1 - ratio), sigma: Ratio(ratio * relative), samples: min(on.samples, off.samples))
    }

    /// From variances that stand out and are finite; who calls has checked.
    init(method: ShotNoiseMethod, vacuum on: Estimate<RawVariance>, dark: Estimate<RawVariance>?) {
        self.method = method
        vacuumVariance = on
        electronicVariance = dark
        guard let off = dark else {
            shotNoiseVariance = on
            electronicNoise = nil
            clearance = nil
            return
        }
        let samples = min(on.samples, off.samples)
        let shot = on.value.value - off.value.value
        let shotSigma = hypotenuse(on.sigma.value, off.sigma.value)
        switch method {
        case .twoTime:
            shotNoiseVariance = Estimate(RawVariance(shot), sigma: RawVariance(shotSigma), samples: samples)
        case .oneTime: shotNoiseVariance = on
        }
        // v_el depends on V_off twice: ∂v/∂V_off = V_on/N0², ∂v/∂V_on = −V_off/N0².
        let electronicSigma =
            hypotenuse(on.value.value * off.sigma.value, off.value.value * on.sigma.value) / (shot * shot)
        electronicNoise = Estimate(
            ShotNoiseUnits(off.value.value / shot), sigma: ShotNoiseUnits(electronicSigma), samples: samples)
        clearance = Estimate(
            Decibels(ratio: on.value.value / off.value.value),
            sigma: Decibels(relativeSigma: hypotenuse(on.relativeSigma, off.relativeSigma)), samples: samples)
    }
}

extension ShotNoise {
    /// Samples of each kind below which no evaluation is tried: σ of a variance is 10 % at 200.
    public static let leastSamples: Int64 = 200
    /// V_on − V_off must stand out by this many σ: below it the first-order uncertainties of v_el mean nothing.
    public static let leastSignificance = 5.0

    /// Evaluates the moments of one receiver.
    ///
    /// Standard deviations hold for Gaussian samples, V√(2/n_eff) with n_eff = n/(1 + 2Σρ_k²), and are propagated to
    /// first order with the correlation of what shares V_on or V_off.
    ///
    /// - Parameters:
    ///   - vacuum: local oscillator on, signal blocked, through the same processing as the signal.
    ///   - dark: local oscillator off, signal blocked, through the same processing; a one-time evaluation may go without.
    ///   - vacuumCorrelation: correlation of neighbouring vacuum samples.
    ///   - darkCorrelation: correlation of neighbouring dark samples.
    public init(
        vacuum: ReceiverMoments, dark: ReceiverMoments?, method: ShotNoiseMethod = .twoTime,
        vacuumCorrelation: Autocorrelation = .none, darkCorrelation: Autocorrelation = .none
    ) throws(ShotNoiseFailure) {
        let on = try Self.variance(vacuum, .vacuum, vacuumCorrelation)
        guard let dark else {
            guard method == .oneTime else { throw .darkMissing }
            self.init(method: method, vacuum: on, dark: nil)
            return
        }
        let off = try Self.variance(dark, .dark, darkCorrelation)
        guard (vacuum.x.samples > 0) == (dark.x.samples > 0), (vacuum.p.samples > 0) == (dark.p.samples > 0) else {
            throw .differentChannels
        }
        let difference = on.value.value - off.value.value
        let significance = difference / hypotenuse(on.sigma.value, off.sigma.value)
        guard significance >= Self.leastSignificance else {
            throw .vacuumNotAboveDark(vacuum: on.value, dark: off.value, significance: significance)
        }
        self.init(method: method, vacuum: on, dark: off)
    }

    /// The variance of one kind of samples, refused if it cannot be trusted.
    private static func variance(
        _ moments: ReceiverMoments, _ kind: ShotNoiseFailure.Kind, _ correlation: Autocorrelation
    ) throws(ShotNoiseFailure) -> Estimate<RawVariance> {
        guard moments.samples >= leastSamples else {
            throw .tooFewSamples(kind, have: moments.samples, need: leastSamples)
        }
        guard moments.clipped == 0 else { throw .clipped(kind, samples: moments.clipped, of: moments.samples) }
        for channel in [moments.x, moments.p] where channel.samples > 0 {
            guard channel.samples > 1, channel.sumOfSquares >= 0, channel.sumOfSquaresAboutMean >= 0 else {
                throw .impossible(kind)
            }
            guard channel.sumOfSquaresAboutMean > 0 else { throw .constant(kind) }
        }
        var variance = moments.variance
        variance.sigma = RawVariance(variance.sigma.value * correlation.inflation.squareRoot())
        guard variance.value.value.isFinite, variance.sigma.value.isFinite else { throw .impossible(kind) }
        return variance
    }
}

func hypotenuse(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }

extension Estimate {
    /// σ relative to the value.
    var relativeSigma: Double { sigma.value / value.value }
}
