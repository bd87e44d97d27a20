// The standard library has no exponential.
import Glibc

/// What reaches Bob and what his receiver adds during one cell, drifts evaluated, in raw units.
struct ReceiverConditions {
    /// G: squared gain of one vacuum quadrature, LSB²; N0 unless the receiver saturates.
    var gain: Double
    /// Classical noise of the local oscillator (bP²), LSB².
    var classical: Double
    /// V_off without quantisation, LSB².
    var electronic: Double
    /// μ′ηT of the open link.
    var transmission: Double
    /// Modulated power relative to nominal.
    var modulation: Double
}

extension OpticalLink {
    /// The conditions at `time` (s).
    func conditions(at time: Double, state: PhysicsState) -> ReceiverConditions {
        let relative = localOscillatorPower(at: time, state: state) / model.nominalPower
        let quadratic = model.quadraticNoise * relative * relative
        return ReceiverConditions(
            gain: model.shotNoiseVariance * max(0, relative + min(0, quadratic)),
            classical: model.shotNoiseVariance * max(0, quadratic),
            electronic: model.electronicNoise * model.shotNoiseVariance,
            transmission: model.receiver.share * model.efficiency
                * powerRatio(attenuation: model.loss + lossDrift.value(at: time)),
            modulation: state.transmitter.relativePower)
    }

    /// Power of the local oscillator as it really is at `time` (s), W: set value, warm-up and drift.
    public func localOscillatorPower(at time: Double, state: PhysicsState) -> Double {
        guard case .on(let power, let since) = state.localOscillator, time >= since else { return 0 }
        let deficit = model.warmUp.depth > 0 ? model.warmUp.depth * exp(-(time - since) / model.warmUp.timeConstant) : 0
        return max(0, power * (1 - deficit) * (1 + powerDrift.value(at: time)))
    }

    /// Adds what the model expects of `count` symbols at a shutter transmission.
    ///
    /// With L = 1 + ρ_L/4 and S = 1 + ρ_S/4 the mean squares of the amplitude factors 1 + δ/2 that the intensity noises
    /// ρ give, and M = ½(G_x² + G_p²) that of an imbalance: γ² = μ′ηTG·M·e^(−V_err), P = μ′ηTG·M·L·S,
    /// noise = L·M[G(1 + μ′ηTξ) + bP²] + V_off + 1/12.
    func expect(
        _ count: Int, transmission shutter: Double, _ now: ReceiverConditions, into sums: inout Truth.Sums
    ) {
        let oscillator = 1 + model.powerIntensityNoise / 4
        let signal = 1 + model.signalIntensityNoise / 4
        let mean = imbalance.meanSquare
        let optical = now.transmission * shutter * now.gain
        let shot = now.gain + optical * model.excessNoise + now.classical
        sums.add(
            count: count, gain: (optical * mean * exp(-model.phaseVariance)).squareRoot(),
            modulation: model.modulationVariance * now.modulation, powerGain: optical * mean * oscillator * signal,
            noise: oscillator * mean * shot + now.electronic + 1.0 / 12)
    }
}
