// The standard library has no exponential.
import Glibc

/// What the units have been told to do, as far as the light cares. Held constant over a slot; what moves within a slot
/// (shutter, drifts, warm-up) follows from the times in it. All times are seconds on the emulator's own time axis.
public struct PhysicsState: Sendable, Hashable {
    /// Alice's end.
    public var transmitter: Transmitter
    /// Bob's local oscillator.
    public var localOscillator: LocalOscillator
    /// Bob's shutter.
    public var shutter: Shutter
    /// When symbol 0 of the session was (or will be) sent, s.
    public var sessionStart: Double
    /// What attacks and faults do on the way and at Bob.
    public var impairments = Impairments.none

    /// A state of both ends.
    public init(
        transmitter: Transmitter, localOscillator: LocalOscillator, shutter: Shutter, sessionStart: Double = 0
    ) {
        self.transmitter = transmitter
        self.localOscillator = localOscillator
        self.shutter = shutter
        self.sessionStart = sessionStart
    }

    /// Alice's laser, modulator and attenuator.
    public struct Transmitter: Sendable, Hashable {
        /// Whether light leaves Alice at all.
        public var isLaserOn: Bool
        /// Whether the modulator is driven. If not, her sample words are 0.
        public var isModulating: Bool
        /// Of the attenuator beyond the setting at which `PairModel.modulationVariance` holds, dB.
        public var attenuation: Double
        /// What is wrong with modulator and random numbers.
        public var impairments = TransmitterImpairments.none

        /// A state of Alice's end.
        public init(isLaserOn: Bool, isModulating: Bool, attenuation: Double) {
            self.isLaserOn = isLaserOn
            self.isModulating = isModulating
            self.attenuation = attenuation
        }

        /// Laser on, modulating, nothing beyond the nominal attenuation.
        public static let modulating = Transmitter(isLaserOn: true, isModulating: true, attenuation: 0)
        /// Dark.
        public static let off = Transmitter(isLaserOn: false, isModulating: false, attenuation: 0)

        /// Modulated power relative to nominal.
        var relativePower: Double { isLaserOn && isModulating ? powerRatio(attenuation: attenuation) : 0 }
    }

    /// The laser that Bob's detector is balanced on.
    public enum LocalOscillator: Sendable, Hashable {
        /// Dark: the receiver shows its electronic noise only, whatever else arrives.
        case off
        /// Set to `power` W, on since `since` (s; −∞ for warmed up).
        case on(power: Double, since: Double)
    }

    /// The shutter in front of Bob's receiver.
    public struct Shutter: Sendable, Hashable {
        /// Where it was last sent.
        public var isOpen: Bool
        /// When it was sent there, s (−∞ for settled). Before that it was at rest in the other position.
        public var movedAt: Double

        /// Sent to a position at a time.
        public init(isOpen: Bool, movedAt: Double) {
            self.isOpen = isOpen
            self.movedAt = movedAt
        }

        /// Open, settled.
        public static let open = Shutter(isOpen: true, movedAt: -.infinity)
        /// Closed, settled.
        public static let closed = Shutter(isOpen: false, movedAt: -.infinity)
    }
}

/// 10^(−dB/10).
func powerRatio(attenuation decibels: Double) -> Double { exp(-0.230_258_509_299_404_57 * decibels) }

extension PhysicsState.Shutter {
    /// Whether the transmission differs from its end value by less than 1e-17 of the full range from `time` on.
    func isSettled(at time: Double, timeConstant: Double) -> Bool { time - movedAt >= 40 * timeConstant }

    /// Transmitted power relative to open at `time`; `leak` is that of the closed shutter.
    func transmission(at time: Double, leak: Double, timeConstant: Double) -> Double {
        guard time >= movedAt else { return isOpen ? leak : 1 }
        let rest = timeConstant > 0 ? exp(-(time - movedAt) / timeConstant) : 0
        return isOpen ? 1 - (1 - leak) * rest : leak + (1 - leak) * rest
    }
}
