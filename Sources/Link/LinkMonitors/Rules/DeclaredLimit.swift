/// What no rule here finds. Printed with every list of monitors: a monitor that is silent about what it cannot see is
/// read as seeing everything.
public struct DeclaredLimit: Sendable, Hashable {
    /// The attack.
    public var attack: String
    /// Why it passes, and what would help.
    public var reason: String

    /// All that is known to pass.
    public static let all = [
        DeclaredLimit(
            attack: "wavelength attack",
            reason:
                "light at another wavelength forges V_on even in real time; needs an optical filter at Bob's input. "
                + "Linearity of V_on at two or more LO powers is a partial check"),
        DeclaredLimit(
            attack: "an eavesdropper who keeps the estimate normal",
            reason:
                "LO calibration with raised gain leaves T̂ and ξ̂ as they were; only V_on itself shows it. A normal ξ̂ "
                + "is no evidence of security"),
        DeclaredLimit(
            attack: "training told apart from signal",
            reason: "training estimates are link health: an attack on signal symbols alone does not show in them"),
        DeclaredLimit(
            attack: "a tap that only takes light",
            reason: "looks like a loss of the fibre and is one; the key rate accounts for it"),
        DeclaredLimit(
            attack: "predictable random numbers",
            reason:
                "words that somebody else can compute pass every test of words; the unit's entropy health is what there is"
        ),
    ]
}
