extension Hypothesis {
    /// Evidence for and against, and what to measure next.
    public var card: HypothesisCard {
        switch self {
        case .fibreBend, .dirtyConnector, .tap: lossCard
        case .syncSlip, .localOscillatorDrift, .shutterLeak, .modulatorBiasDrift, .randomnessFailure: faultCard
        case .ramanNoise, .interceptResend: noiseCard
        case .calibrationAttack, .receiverLightAttack, .trojanHorse, .strongerTransmitter: attackCard
        }
    }

    private static func card(
        _ belongs: [Symptom: HypothesisCard.Weights], against: [Symptom: Int], next: String
    ) -> HypothesisCard {
        HypothesisCard(belongs: belongs, contradicts: against, next: next)
    }

    private var lossCard: HypothesisCard {
        let foreign: [Symptom: Int] = [
            .correlationLost: 6, .vacuumMoved: 3, .perPowerMoved: 3, .excessRose: 2, .clipped: 6, .foreignLightAtBob: 6,
            .modulatorOff: 3, .meanMoved: 3,
        ]
        return switch self {
        case .fibreBend:
            Self.card(
                [.lossRose: .init(4, 6), .syncLostLess: .init(4, 1)],
                against: foreign.merging([.syncLostAlike: 3, .syncKept: 2]) { a, _ in a },
                next: "OTDR at two wavelengths, units disconnected: a bend costs 1625 nm more than 1310 nm")
        case .dirtyConnector:
            Self.card(
                [.lossRose: .init(4, 6), .syncLostAlike: .init(4, 1)],
                against: foreign.merging([.syncLostLess: 3, .syncKept: 4]) { a, _ in a },
                next: "inspect and clean the connectors; return loss by OTDR or ORL meter (no unit measures it)")
        default:
            // A tap that follows the wavelengths costs the quantum channel alone; a broad one looks like dirt.
            Self.card(
                [.lossRose: .init(4, 6), .syncKept: .init(4, 0), .syncLostAlike: .init(2, 0)],
                against: foreign.merging([.syncLostLess: 2, .excessRose: 0]) { _, b in b },
                next: "OTDR, units disconnected, against the commissioning trace: where is the loss? If nowhere: "
                    + "polarisation lock and LO mode overlap at Bob")
        }
    }

    private var faultCard: HypothesisCard {
        switch self {
        case .syncSlip:
            Self.card(
                // A receiver at its limits does not correlate either.
                [.correlationLost: .init(8, 8)], against: [.vacuumMoved: 2, .clipped: 6, .foreignLightAtBob: 6],
                next: "restart the session: the delay is searched anew; look at clock holdover and the sync channel")
        case .localOscillatorDrift:
            Self.card(
                [.powerMoved: .init(6, 6), .vacuumMoved: .init(3, 3)],
                against: [.perPowerMoved: 6, .vacuumFollowsWords: 3],
                next: "laser temperature and bias current; the shot noise at the present power")
        case .shutterLeak:
            Self.card(
                [
                    .vacuumFollowsWords: .init(8, 6), .excessNegative: .init(2, 0), .vacuumRose: .init(2, 0),
                    .perPowerMoved: .init(2, 0), .shutterOpen: .init(3, 0),
                ], against: [.powerMoved: 2],
                next: "extinction check: V_on with Alice's laser on and off, shutter closed")
        case .modulatorBiasDrift:
            Self.card(
                [.modulatorOff: .init(7, 4), .meanMoved: .init(2, 1)],
                against: [.clipped: 4, .foreignLightAtBob: 5, .correlationLost: 2],
                next: "bias, extinction and V_A against the monitor photodiode")
        default:
            Self.card(
                [.randomnessUnwell: .init(8, 8)], against: [:],
                next: "the unit's entropy self-test; do not use anything that was made with it")
        }
    }

    private var noiseCard: HypothesisCard {
        let foreign: [Symptom: Int] = [
            .correlationLost: 6, .clipped: 3, .foreignLightAtBob: 3, .modulatorOff: 3, .perPowerMoved: 3,
            .vacuumMoved: 2,
        ]
        return switch self {
        case .ramanNoise:
            Self.card(
                [.excessRose: .init(4, 6), .launchPowerExplains: .init(4, 5)],
                against: foreign.merging([.lossRose: 2]) { a, _ in a },
                next: "switch the classical channels off, or lower their power, and watch ξ̂")
        default:
            Self.card(
                [.excessRose: .init(4, 6)], against: foreign.merging([.launchPowerExplains: 4]) { a, _ in a },
                next: "classical launch power and its history; switch the classical channels off and watch ξ̂")
        }
    }

    private var attackCard: HypothesisCard {
        switch self {
        case .calibrationAttack:
            Self.card(
                [.perPowerMoved: .init(7, 6), .vacuumMoved: .init(3, 3)],
                // It works by making the true N0 smaller than the assumed one: a V_on that rises is something else.
                against: [.vacuumRose: 5, .powerMoved: 1, .vacuumFollowsWords: 6, .correlationLost: 1],
                next: "V_on at several LO powers and trigger delays; inspect the LO path; is the LO transmitted?")
        case .receiverLightAttack:
            Self.card(
                [
                    .foreignLightAtBob: .init(6, 3), .clipped: .init(5, 1), .meanMoved: .init(2, 1),
                ], against: [.modulatorOff: 4],
                next: "power at Bob's connector with Alice dark, on an external meter")
        case .strongerTransmitter:
            Self.card(
                [.lossFell: .init(8, 8), .modulatorOff: .init(1, 0), .foreignLightAtAlice: .init(1, 0)],
                // N0 assumed too small makes T̂ too large as well.
                against: [.correlationLost: 4, .perPowerMoved: 4, .vacuumMoved: 3],
                next: "power at Alice's output on an external meter, against her calibration; was a connector cleaned?")
        default:
            Self.card(
                [.foreignLightAtAlice: .init(8, 8)], against: [:],
                next: "power and spectrum of what enters Alice, on an external meter; inventory of her isolators")
        }
    }
}
