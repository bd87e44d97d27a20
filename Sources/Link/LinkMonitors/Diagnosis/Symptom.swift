/// Something that can be seen, or can be seen to be absent. What was not looked at is neither. Where the side matters it
/// is a part of the name: a V_on that rose has other causes than one that fell.
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
    /// V_on is above the calibration's.
    case vacuumRose
    /// V_on is below the calibration's.
    case vacuumFell
    /// V_on is the calibration's although ξ̂ is far below 0.
    case vacuumKept
    /// P_LO moved.
    case powerMoved
    /// (V_on − V_off)/P_LO is above the calibration's.
    case perPowerRose
    /// (V_on − V_off)/P_LO is below the calibration's.
    case perPowerFell
    /// V_on is not proportional to the power of the local oscillator.
    case vacuumNotLinear
    /// Vacuum samples follow Alice's words.
    case vacuumFollowsWords
    /// They do so as strongly as samples with the shutter open.
    case leakIsWhole
    /// ξ̂ is beyond what the link may have.
    case excessRose
    /// ξ̂ is far below 0: V_on is above the noise of the open receiver.
    case excessNegative
    /// Training no longer correlates at the known delay.
    case correlationLost
    /// The search found training at another delay.
    case delayMoved
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
    /// V_off left the calibration's.
    case darkMoved
    /// The shape of samples, their balance or their offset left what it should be.
    case receiverMoved
    /// An entropy source is unwell, or words or bases are implausible.
    case randomnessUnwell
    /// A statistic is not a number.
    case notANumber
}

/// How large a symptom is: the statistic that shows it, beside the limit from which on it warns.
public struct SymptomSize: Sendable, Hashable {
    /// The statistic, positive if its quantity is too large: in σ, or in the unit of its rule.
    public var statistic: Double
    /// It warns from here on.
    public var limit: Double
    /// Whether both are σ.
    public var isDeviations: Bool

    /// A statistic beside its limit.
    public init(_ statistic: Double, limit: Double, isDeviations: Bool) {
        (self.statistic, self.limit, self.isDeviations) = (statistic, limit, isDeviations)
    }

    /// How many times its limit it is: what makes symptoms of different kinds comparable. What is not a number is beyond
    /// its limit, and nobody knows how far.
    public var times: Double {
        let times = abs(statistic / limit)
        return times.isNaN ? 1 : times
    }
}

/// What was seen, with its size; what was seen to be absent; the rest is unknown.
public struct Symptoms: Sendable, Hashable {
    /// Seen.
    public private(set) var present: Set<Symptom> = []
    /// Looked for and not there; what was compared with nothing that could have shown it is neither.
    public private(set) var absent: Set<Symptom> = []
    /// Of what is seen, how large it is. A symptom that only tells causes apart has no size, and asks for no cause itself.
    public private(set) var sizes: [Symptom: SymptomSize] = [:]

    /// Nothing looked at.
    public init() {}

    /// Notes what a look showed; nil leaves it unknown.
    public mutating func note(_ symptom: Symptom, _ isThere: Bool?) {
        guard let isThere else { return }
        if isThere { present.insert(symptom) } else { absent.insert(symptom) }
    }

    /// Notes a symptom that is there, with its size. Of several sizes the largest counts.
    public mutating func note(_ symptom: Symptom, _ size: SymptomSize) {
        present.insert(symptom)
        absent.remove(symptom)
        if let known = sizes[symptom], known.times >= size.times { return }
        sizes[symptom] = size
    }

    /// What is seen and asks for a cause, strongest first.
    public var strongestFirst: [Symptom] {
        // A symptom without a size was noted by hand, or tells causes apart.
        let sized = sizes.isEmpty ? present : Set(sizes.keys)
        return sized.sorted { one, other in
            let (a, b) = (sizes[one]?.times ?? 1, sizes[other]?.times ?? 1)
            return a == b ? one.rawValue < other.rawValue : a > b
        }
    }
}
