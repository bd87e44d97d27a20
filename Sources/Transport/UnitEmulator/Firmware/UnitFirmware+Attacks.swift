internal import UnitProtocol

/// What a unit's sensors show of attacks and faults. The optics follow in `PairOptics`.
extension UnitFirmware {
    /// Light that enters the unit beside its own, W.
    var inputPower: Double {
        let effect = optics.impairments
        guard configuration.role == .bob else { return effect.trojanPower }
        // A displacement of d √SNU on one channel is d²/4 photons per symbol and channel, over μ′η.
        let photons = effect.displacement * effect.displacement / 2
        let photonEnergy = 6.626e-34 * 193.4e12
        return effect.blindingPower + photons * photonEnergy * configuration.maximumSymbolRate
    }

    /// DC photocurrent of Bob's detector, A: the local oscillator and blinding light at 1 A/W, light at the signal connector
    /// at η. The shutter stands before it.
    var photocurrent: Double {
        guard settings.shutterIsOpen else { return localOscillatorPower }
        let reference = optics.model.referenceLight * optics.model.efficiency * 1.602e-19 / Self.photonEnergy
        return localOscillatorPower + optics.impairments.blindingPower + reference
    }

    /// Bias error beyond that of an open lock.
    var biasDrift: Double { optics.attacks[.biasDrift] ?? 0 }

    /// What the monitor photodiode sees relative to a sound modulator.
    var relativeMonitorPower: Double {
        optics.attacks.transmitter(modulation: optics.model.modulationVariance)
            .relativePower(modulation: optics.model.modulationVariance)
    }

    /// Whether the shutter does not move any more.
    var isShutterStuck: Bool { (optics.attacks[.shutterStuck] ?? 0) >= 0.5 }

    /// Part of the synchronisation channel's power that arrives.
    var syncTransmission: Double { powerRatio(attenuation: optics.impairments.syncLoss) }

    /// 1 if the unit's own test of its random numbers passes.
    var entropyHealth: Double {
        let failures: [Attack] = configuration.role == .alice ? [.wordRepeats, .wordSkew] : [.basisBias]
        return failures.contains { (optics.attacks[$0] ?? 0) != 0 } ? 0 : 1
    }
}
