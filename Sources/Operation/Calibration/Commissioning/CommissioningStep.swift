/// The order of a real installation.
public enum CommissioningStep: String, Codable, Sendable, Hashable, CaseIterable, CodingKeyRepresentable {
    /// Loss and return loss of the fibre, with the units disconnected.
    case fibre
    /// Both lights on until stable.
    case warmUp
    /// What the units find about themselves.
    case selfTest
    /// V_off, V_on and whatever else `calibrate bob` does.
    case receiver
    /// Bias lock, V_A and whatever else `calibrate alice` does.
    case transmitter
    /// Polarisation, beat and pilot, with light on the fibre.
    case polarisation
    /// Delay, training, transmittance, excess noise.
    case pair
    /// The same over hours: does it stay so?
    case soak

    /// What it is, for the checklist.
    public var title: String {
        switch self {
        case .fibre: "fibre: loss and return loss, units disconnected"
        case .warmUp: "warm-up of both units"
        case .selfTest: "self-tests"
        case .receiver: "receiver: V_off, V_on"
        case .transmitter: "transmitter: bias lock, V_A"
        case .polarisation: "polarisation, beat and pilot"
        case .pair: "pair: delay, training, T, ξ"
        case .soak: "soak: ξ and loss over time"
        }
    }

    /// Whether it needs the fibre coupled at both ends.
    public var needsFibre: Bool { [.polarisation, .pair, .soak].contains(self) }
}
