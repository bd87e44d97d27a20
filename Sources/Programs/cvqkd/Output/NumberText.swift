import LinkOperation
import QuadratureAnalysis
import ReadableText
import UnitTransport

extension NumberText {
    /// An estimate with its standard deviation.
    static func estimate<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String = "") -> String {
        self.estimate(estimate.value.value, sigma: estimate.sigma.value, unit: unit)
    }

    /// A duration in seconds.
    static func seconds(_ duration: Duration) -> Double {
        duration.inSeconds
    }

    /// Session numbers are 64 random bits: sixteen hexadecimal digits, in JSON too, where numbers have only 53.
    static func session(_ number: UInt64) -> String { RunningSession.name(of: number) }
}
