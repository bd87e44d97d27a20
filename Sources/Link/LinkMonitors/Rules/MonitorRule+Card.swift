extension MonitorRule {
    /// What the rule is.
    public var card: RuleCard {
        switch self {
        case .vacuumVariance, .vacuumPerPower, .electronicVariance, .localOscillatorPower, .oscillatorLinearity:
            oscillatorCard
        case .transmittance, .transmitterStrongerThanCharacterised, .negativeExcessNoise, .excessNoise, .coexistence,
            .synchronisation:
            channelCard
        case .clippedSamples, .signalMean, .vacuumMean, .signalKurtosis, .vacuumKurtosis, .varianceBalance,
            .autocorrelation:
            sampleCard
        case .receiverInput, .photocurrent, .shutterReadBack, .shutterLeak: receiverCard
        case .transmitterInput, .modulatorBias, .transmitterPower: transmitterCard
        case .transmitterEntropy, .receiverEntropy, .wordMean, .wordRepeats, .basisBalance: randomnessCard
        }
    }

    private static func statistical(
        _ threat: String, _ statistic: String, _ evidence: [EvidenceKind], _ action: MonitorAction,
        sides: FalseAlarmBudget.Sides = .two, tests: Int = 1, _ detectability: Detectability = .reliable,
        benchOnly: String? = nil
    ) -> RuleCard {
        RuleCard(
            watchesFor: threat, statistic: statistic, evidence: evidence, action: action, isStatistical: true,
            sides: sides, tests: tests, detectability: detectability, benchOnly: benchOnly)
    }

    private static func limited(
        _ threat: String, _ statistic: String, _ evidence: [EvidenceKind], _ action: MonitorAction,
        sides: FalseAlarmBudget.Sides = .one, _ detectability: Detectability = .reliable
    ) -> RuleCard {
        RuleCard(
            watchesFor: threat, statistic: statistic, evidence: evidence, action: action, isStatistical: false,
            sides: sides, tests: 0, detectability: detectability)
    }

    private var oscillatorCard: RuleCard {
        switch self {
        case .vacuumVariance:
            Self.statistical(
                "LO calibration attack, LO drift, shutter leak, any change of the shot-noise unit",
                "V_on against the calibration's, σ", [.vacuumSamples, .vacuumReference], .pausePublishing)
        case .vacuumPerPower:
            Self.statistical(
                "LO calibration attack: N0 falls and P_LO does not", "(V_on − V_off)/P_LO against the calibration's, σ",
                [.vacuumSamples, .vacuumReference, .darkSamples, .localOscillatorPower, .localOscillatorReference],
                .stop)
        case .electronicVariance:
            Self.statistical(
                "amplifier, supply or temperature of Bob's receiver; light where it should be dark",
                "V_off against the calibration's, σ", [.darkBlock, .darkSamples], .warn, sides: .two,
                .partial("V_off scales T̂ and leaves ξ̂ alone; between two measurements of it nothing is seen"))
        case .localOscillatorPower:
            Self.limited(
                "LO intensity drift", "P_LO against the calibration's, relative",
                [.localOscillatorPower, .localOscillatorReference], .pausePublishing, sides: .two,
                .partial("an LO calibration attack changes N0 and leaves P_LO alone"))
        default:
            Self.statistical(
                "wavelength attack: V_on forged in real time",
                "V_on at two LO powers against a straight line through V_off, σ",
                [.secondPower, .vacuumSamples, .darkSamples, .localOscillatorPower], .stop,
                .notReliable(
                    "forged light that follows the LO's power passes; an optical filter at Bob's input is needed"),
                benchOnly: "a second power of the local oscillator would interrupt the session")
        }
    }

    private var channelCard: RuleCard {
        switch self {
        case .transmittance:
            Self.limited(
                "tap, bend, dirty connector; LO calibration attack without gain (T̂ = T/r)",
                "loss above the commissioned one beyond its error, dB",
                [.transmittanceEstimate, .commissionedTransmittance],
                .pausePublishing, sides: .one,
                .partial("an eavesdropper who raises her gain keeps T̂; training is link health, not security"))
        case .transmitterStrongerThanCharacterised:
            Self.statistical(
                "Alice sends more than V_A says: attenuator damaged or drifting, laser seeded; the key would be overstated",
                "√T̂ above that of the commissioned T, σ", [.transmittanceEstimate, .commissionedTransmittance], .stop,
                sides: .one,
                .partial("less fibre loss looks the same: only the power at Alice's output tells; a loss hides it"))
        case .synchronisation:
            Self.limited(
                "sync slip: the two ends count different symbols, which is no attack",
                "1 if training does not correlate at the known delay", [.alignedTraining], .pausePublishing,
                .partial("a slip is seen when the delay is looked at again, or when a window no longer correlates"))
        case .negativeExcessNoise:
            Self.statistical(
                "over-estimated V_on: attack, drift, shutter leak", "−ξ̂/σ(ξ̂), σ", [.channelEstimate], .pausePublishing,
                sides: .one,
                .partial("a competent eavesdropper keeps ξ̂ normal: that it is normal proves nothing"))
        case .excessNoise:
            Self.statistical(
                "intercept-resend, Raman noise, phase noise: ξ̂ beyond the limit of the link",
                "(ξ̂ − limit)/σ(ξ̂), σ", [.channelEstimate], .stop, sides: .one,
                .partial("training is link health: whoever can tell training from signal attacks only the signal"))
        default:
            Self.statistical(
                "coexisting classical channels (Raman)", "ξ̂ less 2λ³p/(hc²)/T of the launch power in use, σ",
                [.channelEstimate, .classicalPower], .warn, sides: .one,
                .partial("without the launch power Raman noise and an attack look alike"),
                benchOnly: "no unit measures the launch power of classical channels")
        }
    }

    private var sampleCard: RuleCard {
        switch self {
        case .clippedSamples:
            Self.limited(
                "saturation attack", "samples at the converter's limits", [.signalSamples], .pausePublishing)
        case .signalMean:
            Self.statistical(
                "saturation attack (displaced light), carrier leakage of Alice's modulator",
                "mean with the shutter open less mean with it closed, larger of both channels, σ",
                [.signalSamples, .vacuumSamples], .pausePublishing, tests: 2,
                .partial("blind on an AC-coupled receiver: the photocurrent then has to show it"))
        case .vacuumMean:
            Self.statistical(
                "offset drift of Bob's converter", "mean of vacuum samples against the calibration's, σ",
                [.vacuumSamples, .vacuumReference], .warn, tests: 2)
        case .signalKurtosis:
            Self.statistical(
                "saturation (light tails), partial intercept-resend (heavy tails)", "kurtosis against 3, score, σ",
                [.signalShape], .pausePublishing)
        case .vacuumKurtosis:
            Self.statistical(
                "converter fault, pulsed light during vacuum", "kurtosis against 3, score, σ", [.vacuumShape],
                .pausePublishing)
        case .varianceBalance:
            Self.statistical(
                "attack on or fault of one quadrature",
                "V_x/V_p of the signal against that of the calibrated vacuum, σ",
                [.signalSamples, .bothQuadratures, .vacuumReference], .pausePublishing)
        default:
            Self.statistical(
                "filter or clock fault, correlated noise: fewer independent samples than counted",
                "correlation of neighbouring vacuum samples, σ", [.vacuumShape], .pausePublishing)
        }
    }

    private var receiverCard: RuleCard {
        switch self {
        case .receiverInput:
            Self.limited("detector blinding, strong injected light", "watchdog power, W", [.receiverWatchdog], .stop)
        case .photocurrent:
            Self.limited(
                "detector blinding: DC light beside the LO",
                "photocurrent per P_LO against the calibration's, relative",
                [.photocurrent, .photocurrentReference, .localOscillatorPower, .localOscillatorReference], .stop)
        case .shutterReadBack:
            Self.statistical(
                "stuck switch",
                "how seldom the shutter reads back closed, against the part of vacuum and dark slots, binomial, as normal σ",
                [.shutterReadBack], .stop, sides: .one,
                .partial("a leak that the mechanics do not show needs the extinction check"))
        default:
            Self.statistical(
                "shutter leak: V_on contains signal",
                "|gain| of vacuum samples on the words that Alice disclosed for them, as normal σ",
                [.vacuumAgainstWords], .pausePublishing, sides: .one,
                .partial(
                    "ok only once the symbols can show a leak of the limit; only training symbols are looked at"))
        }
    }

    private var transmitterCard: RuleCard {
        switch self {
        case .transmitterInput:
            Self.limited(
                "Trojan horse", "watchdog power, W", [.transmitterWatchdog], .stop,
                .partial("sees what its photodiode's wavelength range and dynamic range allow; isolators do the rest"))
        case .modulatorBias:
            Self.limited(
                "bias drift: carrier leakage, V_A wrong", "bias error, 1", [.biasError], .pausePublishing, sides: .two)
        default:
            Self.limited(
                "bias drift, laser drift, attenuator: V_A wrong", "monitor power against its calibration, relative",
                [.monitorPower, .monitorReference], .pausePublishing, sides: .two)
        }
    }

    private var randomnessCard: RuleCard {
        switch self {
        case .transmitterEntropy:
            Self.limited("QRNG failure at Alice", "1 − entropy health", [.transmitterEntropy], .stop)
        case .receiverEntropy:
            Self.limited("QRNG failure at Bob", "1 − entropy health", [.receiverEntropy], .stop)
        case .wordMean:
            Self.statistical(
                "skewed words", "mean of Alice's words, σ", [.words], .stop, tests: 2,
                .partial("a plausibility check: predictable words pass it"))
        case .wordRepeats:
            Self.statistical(
                "repeated words", "coincidences at distance 128 against chance, σ", [.words], .stop, sides: .one,
                .partial("a plausibility check: repetition at other distances passes it"))
        default:
            Self.statistical(
                "biased basis choice", "p against x, σ", [.basisChoice, .basis], .stop,
                .partial("a plausibility check: predictable bits pass it"))
        }
    }
}
