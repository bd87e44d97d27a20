/// What a converter does to a voltage.
///
/// Adding 1.5·2^52 rounds to the nearest integer, ties to even, in one instruction of baseline x86-64, where `rounded()`
/// calls libm. Exact for |value| < 2^51.
enum Rounding {
    private static var constant: Double { 0x1.8p52 }

    /// The nearest whole number.
    @inline(__always)
    static func whole(_ value: Double) -> Double { (value + constant) - constant }

    /// A word whose low 32 bits are the nearest integer in two's complement: the end of the sum's significand.
    @inline(__always)
    static func integer(_ value: Double) -> Int64 { Int64(bitPattern: (value + constant).bitPattern) }

    /// The value, limited to ±`limit`.
    @inline(__always)
    static func clip(_ value: Double, _ limit: Double) -> Double {
        let below = value > limit ? limit : value
        return below < -limit ? -limit : below
    }
}
