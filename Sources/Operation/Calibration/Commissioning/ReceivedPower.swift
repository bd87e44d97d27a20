// The standard library has no logarithm.
internal import Glibc

/// A power at Bob's end of the fibre as somebody read it, beside the loss that is known: what it means, for whoever may have
/// typed another unit.
public struct ReceivedPower: Sendable, Hashable {
    /// W.
    public var power: Double
    /// Of the fibre, dB.
    public var loss: Double

    /// A reading.
    public init(power: Double, loss: Double) { (self.power, self.loss) = (power, loss) }

    /// The same in dBm.
    public var decibelMilliwatts: Double { 10 * log10(power / 1e-3) }
    /// What has to enter the fibre at Alice's end for it, W.
    public var launched: Double { power * pow(10, loss / 10) }
    /// Whether so much light is launched by nothing that belongs to such a link: more than 10 mW.
    public var isDoubtful: Bool { launched > Self.mostLaunched }

    private static let mostLaunched = 10e-3
    /// What can be at Bob's end, W: from what meters see to 1 mW, which destroys the detector.
    public static let range = 1e-12...1e-3
}
