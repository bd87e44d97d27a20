internal import Glibc

/// Ratios of powers.
enum Decibel {
    /// The factor that so many dB are.
    static func factor(_ decibels: Double) -> Double { pow(10, decibels / 10) }
}
