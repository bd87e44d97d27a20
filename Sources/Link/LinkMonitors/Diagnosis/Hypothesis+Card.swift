extension Hypothesis {
    /// What it explains, what speaks against it, and what to measure next: a row of the table that a diagnosis is made from.
    public var card: HypothesisCard {
        switch self {
        case .fibreBend, .dirtyConnector, .tap: lossCard
        case .shutterLeak, .shutterStuck, .wavelengthAttack: vacuumCard
        case .syncSlip, .localOscillatorDrift, .receiverFault, .modulatorBiasDrift, .randomnessFailure: faultCard
        case .ramanNoise, .interceptResend: noiseCard
        case .calibrationAttack, .receiverLightAttack, .trojanHorse, .strongerTransmitter: attackCard
        }
    }

    private static func card(
        _ explains: [Symptom: HypothesisCard.Weights], andSo consequences: [Symptom] = [], against: [Symptom: Int],
        needs: Set<Symptom> = [], next: String
    ) -> HypothesisCard {
        let mere = Dictionary(uniqueKeysWithValues: consequences.map { ($0, HypothesisCard.Weights(0, 0)) })
        return HypothesisCard(
            explains: explains.merging(mere) { stated, _ in stated }, contradicts: against, needs: needs, next: next)
    }

    /// Less light arrives, and that is all: T̂ falls, and whatever else is raised has another cause.
    private var lossCard: HypothesisCard {
        let foreign: [Symptom: Int] = [
            .correlationLost: 6, .vacuumRose: 3, .vacuumFell: 3, .perPowerRose: 3, .perPowerFell: 3, .excessRose: 2,
            .excessNegative: 6, .clipped: 6, .foreignLightAtBob: 6, .modulatorOff: 3, .meanMoved: 3,
            .vacuumFollowsWords: 6, .shutterOpen: 3,
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
                [.lossRose: .init(4, 6), .syncKept: .init(4, 0), .syncLostAlike: .init(2, 0)], andSo: [.excessRose],
                against: foreign.merging([.syncLostLess: 2, .excessRose: 0]) { _, b in b },
                next: "OTDR, units disconnected, against the commissioning trace: where is the loss? If nowhere: "
                    + "polarisation lock and LO mode overlap at Bob")
        }
    }

    /// What is measured as vacuum is none: V_on is too large, so that ξ̂ is negative, N0 too large and T̂ too small.
    private var vacuumCard: HypothesisCard {
        let tooLarge: [Symptom: HypothesisCard.Weights] = [
            .excessNegative: .init(4, 0), .vacuumRose: .init(2, 0), .perPowerRose: .init(2, 0),
        ]
        return switch self {
        case .shutterLeak:
            Self.card(
                tooLarge.merging([.vacuumFollowsWords: .init(8, 6)]) { a, _ in a }, andSo: [.lossRose, .receiverMoved],
                against: [.powerMoved: 2, .shutterOpen: 6, .leakIsWhole: 5, .vacuumKept: 5],
                next: "extinction check of Bob's shutter: V_on with Alice's laser on and off, shutter closed")
        case .shutterStuck:
            Self.card(
                tooLarge.merging([
                    .vacuumFollowsWords: .init(6, 6), .leakIsWhole: .init(4, 5), .shutterOpen: .init(4, 5),
                ]) { a, _ in a }, andSo: [.lossRose, .receiverMoved],
                against: [.powerMoved: 2, .vacuumKept: 5],
                next: "Bob's shutter: does it move and read back closed (shutter_read_back), and does V_on fall when "
                    + "it closes? Not the fibre"
            )
        default:
            // Light in the vacuum slots that is not Alice's. Nothing in a session shows that it is there and no fault of
            // the receiver: it is what is left, and never likely.
            Self.card(
                tooLarge.merging([.vacuumNotLinear: .init(6, 0), .vacuumKept: .init(2, 0)]) { a, _ in a },
                andSo: [.lossRose, .lossFell, .excessRose, .receiverMoved],
                against: [.vacuumFollowsWords: 8, .shutterOpen: 4, .powerMoved: 3, .darkMoved: 3],
                needs: [.vacuumNotLinear],
                next: "is there an optical filter at Bob's input? V_on at two LO powers with the fibre uncoupled and "
                    + "coupled, and power at Bob's connector with Alice dark, on an external meter")
        }
    }

    private var faultCard: HypothesisCard {
        switch self {
        case .syncSlip:
            Self.card(
                // A receiver at its limits does not correlate either.
                [.correlationLost: .init(8, 8), .delayMoved: .init(2, 3)],
                against: [.vacuumRose: 2, .vacuumFell: 2, .clipped: 6, .foreignLightAtBob: 6],
                next: "restart the session: the delay is searched anew; look at clock holdover and the sync channel")
        case .localOscillatorDrift:
            Self.card(
                [.powerMoved: .init(6, 6), .vacuumFell: .init(2, 0), .vacuumRose: .init(2, 0)],
                andSo: [.receiverMoved], against: [.perPowerRose: 6, .perPowerFell: 6, .vacuumFollowsWords: 3],
                next: "Bob's local oscillator: laser temperature and bias current; the shot noise at the present power")
        case .receiverFault:
            Self.card(
                [
                    .darkMoved: .init(6, 1), .receiverMoved: .init(4, 0), .vacuumRose: .init(1, 0),
                    .vacuumFell: .init(1, 0), .perPowerRose: .init(1, 0), .perPowerFell: .init(1, 0),
                    .meanMoved: .init(1, 0),
                ], andSo: [.excessRose, .excessNegative, .lossRose, .lossFell],
                against: [.foreignLightAtBob: 5, .clipped: 3, .vacuumFollowsWords: 5, .powerMoved: 2],
                needs: [.darkMoved, .receiverMoved],
                next: "Bob's receiver: V_off, spectrum and supply with the local oscillator off and on, fibre uncoupled"
            )
        case .modulatorBiasDrift:
            Self.card(
                [.modulatorOff: .init(7, 4), .meanMoved: .init(2, 1)], andSo: [.lossRose, .lossFell],
                against: [.clipped: 4, .foreignLightAtBob: 5, .correlationLost: 2],
                next: "Alice's modulator: bias, extinction and V_A against the monitor photodiode")
        default:
            Self.card(
                [.randomnessUnwell: .init(8, 8)], against: [:],
                next: "the unit's entropy self-test; do not use anything that was made with it")
        }
    }

    private var noiseCard: HypothesisCard {
        let foreign: [Symptom: Int] = [
            .correlationLost: 6, .clipped: 3, .foreignLightAtBob: 3, .modulatorOff: 3, .perPowerRose: 3,
            .perPowerFell: 3, .vacuumRose: 2, .vacuumFell: 2, .darkMoved: 2,
        ]
        return switch self {
        case .ramanNoise:
            Self.card(
                [.excessRose: .init(4, 6), .launchPowerExplains: .init(4, 5)],
                against: foreign.merging([.lossRose: 2]) { a, _ in a },
                next: "switch the classical channels off, or lower their power, and watch ξ̂")
        default:
            Self.card(
                [.excessRose: .init(4, 6)], andSo: [.receiverMoved],
                against: foreign.merging([.launchPowerExplains: 4]) { a, _ in a },
                next: "classical launch power and its history; switch the classical channels off and watch ξ̂")
        }
    }

    private var attackCard: HypothesisCard {
        switch self {
        case .calibrationAttack:
            Self.card(
                [.perPowerFell: .init(7, 6), .vacuumFell: .init(3, 2), .lossFell: .init(6, 0)],
                andSo: [.lossRose, .excessRose],
                // It works by making the true N0 smaller than the assumed one: a V_on that rises is something else.
                against: [
                    .vacuumRose: 5, .powerMoved: 1, .vacuumFollowsWords: 6, .correlationLost: 1, .darkMoved: 4,
                    .excessNegative: 3,
                ],
                next: "V_on at several LO powers and trigger delays; inspect the LO path; is the LO transmitted?")
        case .receiverLightAttack:
            Self.card(
                [
                    .foreignLightAtBob: .init(6, 4), .clipped: .init(5, 0), .meanMoved: .init(2, 0),
                    // The closed shutter keeps it from the vacuum: the open receiver has less gain than V_on says.
                    .excessNegative: .init(4, 0),
                ],
                // Light that displaces or saturates changes whatever is measured.
                andSo: [
                    .correlationLost, .lossRose, .lossFell, .excessRose, .vacuumRose, .vacuumFell, .perPowerRose,
                    .perPowerFell, .vacuumKept, .receiverMoved,
                ], against: [.modulatorOff: 4],
                next: "power at Bob's connector with Alice dark, on an external meter")
        case .strongerTransmitter:
            Self.card(
                [.lossFell: .init(8, 8), .modulatorOff: .init(1, 0), .foreignLightAtAlice: .init(1, 0)],
                // N0 assumed too small makes T̂ too large as well.
                against: [.correlationLost: 4, .perPowerRose: 4, .perPowerFell: 4, .vacuumRose: 3, .vacuumFell: 3],
                next: "power at Alice's output on an external meter, against her calibration; was a connector cleaned?")
        default:
            Self.card(
                [.foreignLightAtAlice: .init(8, 8)], against: [:],
                next: "power and spectrum of what enters Alice, on an external meter; inventory of her isolators")
        }
    }
}
