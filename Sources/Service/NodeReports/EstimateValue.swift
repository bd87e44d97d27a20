internal import QuadratureAnalysis

/// A measured quantity.
public struct EstimateValue: Codable, Sendable, Hashable {
    /// The point estimate; absent if it is not a number.
    public var value: Double?
    /// One standard deviation.
    public var sigma: Double?
    /// Samples that it rests on.
    public var samples: Int64
    /// As calibration records spell it.
    public var unit: String

    init<Quantity: QuantityWithUnit>(_ estimate: Estimate<Quantity>) {
        value = estimate.value.value.finite
        sigma = estimate.sigma.value.finite
        samples = estimate.samples
        unit = Quantity.unit
    }
}

/// A quantity whose unit has a name in documents: the spelling of calibration records.
protocol QuantityWithUnit: PhysicalQuantity {
    static var unit: String { get }
}

extension RawVariance: QuantityWithUnit { static var unit: String { "LSB^2" } }
extension ShotNoiseUnits: QuantityWithUnit { static var unit: String { "SNU" } }
extension ExcessNoise: QuantityWithUnit { static var unit: String { "SNU" } }
extension Decibels: QuantityWithUnit { static var unit: String { "dB" } }
extension Transmittance: QuantityWithUnit { static var unit: String { "1" } }
extension Ratio: QuantityWithUnit { static var unit: String { "1" } }
