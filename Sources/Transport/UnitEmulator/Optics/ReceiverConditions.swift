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
    /// ξ at the channel's input, other channels and eavesdroppers included, SNU.
    var excessNoise: Double
    /// Noise of closed-shutter slots that is not the local oscillator's, LSB².
    var forged: Double
    /// Displacement of both channels at open shutter, LSB.
    var displacement: Double
    /// Continuous light at open shutter, relative to the nominal local oscillator.
    var blinding: Double
}

extension ReceiverConditions {
    /// What a receiver that other light drives keeps of its power gain.
    func compression(shutter: Double) -> Double {
        blinding > 0 ? 1 / ((1 + blinding * shutter) * (1 + blinding * shutter)) : 1
    }
}

extension OpticalLink {
    /// The conditions at `time` (s).
    func conditions(at time: Double, state: PhysicsState) -> ReceiverConditions {
        let relative = localOscillatorPower(at: time, state: state) / model.nominalPower
        let quadratic = model.quadraticNoise * relative * relative
        let attack = state.impairments
        let gain = model.shotNoiseVariance * max(0, relative + min(0, quadratic)) / attack.calibrationRatio
        let transmission =
            model.receiver.share * model.efficiency
            * powerRatio(attenuation: model.loss + lossDrift.value(at: time) + attack.extraLoss)
        // Noise of other channels enters at the output: at the input it is larger by 1/T.
        let excess =
            attack == .none
            ? model.excessNoise
            : model.excessNoise + attack.inputNoise
                + attack.outputNoise * model.receiver.share * model.efficiency / transmission
        // An eavesdropper who raises her gain raises the signal; the noise at the output stays.
        let raised = attack.raisesGain ? attack.calibrationRatio : 1
        return ReceiverConditions(
            gain: gain, classical: model.shotNoiseVariance * max(0, quadratic),
            electronic: model.electronicNoise * model.shotNoiseVariance, transmission: transmission * raised,
            modulation: state.transmitter.relativePower, excessNoise: excess / raised,
            forged: relative > 0 ? attack.forgedVacuum * model.shotNoiseVariance : 0,
            displacement: attack.displacement * gain.squareRoot(), blinding: attack.blindingPower / model.nominalPower)
    }

    /// Power of the local oscillator as it really is at `time` (s), W: set value, warm-up and drift.
    public func localOscillatorPower(at time: Double, state: PhysicsState) -> Double {
        guard case .on(let power, let since) = state.localOscillator, time >= since else { return 0 }
        let deficit = model.warmUp.depth > 0 ? model.warmUp.depth * exp(-(time - since) / model.warmUp.timeConstant) : 0
        let drifted = power * (1 - deficit) * (1 + powerDrift.value(at: time))
        return max(0, drifted * (1 + state.impairments.powerChange))
    }

    /// Adds what the model expects of `count` symbols at a shutter transmission.
    ///
    /// With L = 1 + ρ_L/4 and S = 1 + ρ_S/4 the mean squares of the amplitude factors 1 + δ/2 that the intensity noises
    /// ρ give, M = ½(G_x² + G_p²) that of an imbalance and C what x and p have in common: |g|² = μ′ηTG·C·e^(−V_err),
    /// P = μ′ηTG·M·L·S, noise = L·M[G(1 + μ′ηTξ) + bP²] + V_off + 1/12.
    ///
    /// Of a transmitter that is out of order, the words' gain enters g and P, and light of constant amplitude |l|² (carrier,
    /// mean of the words) adds μ′ηTG·M·|l|²(L·S − e^(−V_err))/2, because phase and intensity noise move it.
    func expect(
        _ count: Int, transmission shutter: Double, _ now: ReceiverConditions, _ transmitter: PhysicsState.Transmitter,
        into sums: inout Truth.Sums
    ) {
        let oscillator = 1 + model.powerIntensityNoise / 4
        let signal = 1 + model.signalIntensityNoise / 4
        let compression = now.compression(shutter: shutter)
        let optical = now.transmission * shutter * now.gain * compression
        let shot = (now.gain + now.transmission * shutter * now.gain * now.excessNoise + now.classical) * compression
        let faults = transmitter.impairments
        let words = 1 + faults.amplitudeError
        let coherent = exp(-model.phaseVariance)
        let steady = steadyLight(faults) * now.modulation * (oscillator * signal - coherent) / 2
        let forged = now.forged * (1 - shutter)
        // Per unit of a channel's squared gain.
        let noise = oscillator * shot + forged + optical * steady
        let slope = optical * coherent * words * words
        let modulation = model.modulationVariance * now.modulation
        let power = optical * oscillator * signal * words * words
        guard now.displacement == 0 else {
            let mean = now.displacement * (shutter * compression).squareRoot()
            return expectCensored(
                count, mean: mean, slope: slope, noise: noise + modulation * power, electronic: now.electronic,
                modulation: modulation, into: &sums)
        }
        let squares = imbalance.channels.meanSquare
        sums.add(
            count: count, gain: (slope * imbalance.channels.commonSquare).squareRoot(), modulation: modulation,
            powerGain: power * squares, noise: squares * noise + now.electronic + 1.0 / 12)
    }

    /// The same where the converter clips: gain and variance of each channel as a clipped Gaussian has them.
    private func expectCensored(
        _ count: Int, mean: Double, slope: Double, noise: Double, electronic: Double, modulation: Double,
        into sums: inout Truth.Sums
    ) {
        func censored(_ factor: Double, _ offset: Double) -> Censoring {
            Censoring(mean: mean + offset, variance: factor * factor * noise + electronic, limit: model.converterLimit)
        }
        // A homodyne receiver has one converter.
        let offsetP = model.receiver == .homodyne ? model.offsetX : model.offsetP
        let (x, p) = (censored(imbalance.gainX, model.offsetX), censored(imbalance.gainP, offsetP))
        var seen = imbalance.channels
        (seen.x, seen.p) = (seen.x * x.slope, seen.p * p.slope)
        let (variance, power) = ((x.variance + p.variance) / 2, slope * seen.meanSquare)
        // The whole variance is given: what modulation has of it, and the rest.
        sums.add(
            count: count, gain: (slope * seen.commonSquare).squareRoot(), modulation: modulation, powerGain: power,
            noise: variance - modulation * power + 1.0 / 12)
    }

    /// |l|²: power of the light that does not follow the words, SNU at 0 dB attenuation.
    private func steadyLight(_ faults: TransmitterImpairments) -> Double {
        guard !faults.isNone else { return 0 }
        let mean = (1 + faults.amplitudeError) * faults.skew * model.modulationVariance.squareRoot()
        return (mean + faults.carrier) * (mean + faults.carrier) + mean * mean
    }
}
