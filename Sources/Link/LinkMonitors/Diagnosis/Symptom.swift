/// Something that can be seen, or can be seen to be absent. What was not looked at is neither.
public enum Symptom: String, Sendable, Hashable, CaseIterable {
    /// T̂ is below the commissioned T.
    case lossRose
    /// T̂ is above the commissioned T.
    case lossFell
    /// The synchronisation channel lost about as much as the quantum channel.
    case syncLostAlike
    /// The synchronisation channel lost clearly less, and something.
    case syncLostLess
    /// The synchronisation channel lost nothing.
    case syncKept
    /// V_on left the calibration's.
    case vacuumMoved
    /// V_on rose.
    case vacuumRose
    /// P_LO moved.
    case powerMoved
    /// (V_on − V_off)/P_LO left the calibration's.
    case perPowerMoved
    /// Vacuum samples follow Alice's words.
    case vacuumFollowsWords
    /// ξ̂ is beyond what the link may have.
    case excessRose
    /// ξ̂ is far below 0.
    case excessNegative
    /// Training no longer correlates at the known delay.
    case correlationLost
    /// Samples at the converter's limits.
    case clipped
    /// Light displaces the means.
    case meanMoved
    /// The photocurrent, or Bob's watchdog, shows light that is not the local oscillator's.
    case foreignLightAtBob
    /// Alice's watchdog shows light.
    case foreignLightAtAlice
    /// Alice's bias error or monitor power is off.
    case modulatorOff
    /// The classical launch power explains the excess noise.
    case launchPowerExplains
    /// The shutter did not read back closed.
    case shutterOpen
    /// V_off or the shape of samples left what it should be; no hypothesis rests on it.
    case receiverMoved
    /// An entropy source is unwell, or words or bases are implausible.
    case randomnessUnwell
}

/// What was seen, what was seen to be absent; the rest is unknown.
public struct Symptoms: Sendable, Hashable {
    /// Seen.
    public private(set) var present: Set<Symptom> = []
    /// Looked for and not there.
    public private(set) var absent: Set<Symptom> = []

    /// Nothing looked at.
    public init() {}

    /// Notes what a look showed; nil leaves it unknown.
    public mutating func note(_ symptom: Symptom, _ isThere: Bool?) {
        guard let isThere else { return }
        if isThere { present.insert(symptom) } else { absent.insert(symptom) }
    }
}
