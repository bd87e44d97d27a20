import QuadratureAnalysis

/// A measured quantity in JSON.
struct EstimateValue: Encodable, Sendable {
    var value: Double?
    var sigma: Double?
    var samples: Int64
    var unit: String

    init<Quantity: QuantityWithUnit>(_ estimate: Estimate<Quantity>) {
        value = estimate.value.value.finite
        sigma = estimate.sigma.value.finite
        samples = estimate.samples
        unit = Quantity.unit
    }
}

/// A quantity whose unit has a name in JSON: the spelling of calibration records.
protocol QuantityWithUnit: PhysicalQuantity {
    static var unit: String { get }
}

extension RawVariance: QuantityWithUnit { static var unit: String { "LSB^2" } }
extension ShotNoiseUnits: QuantityWithUnit { static var unit: String { "SNU" } }
extension ExcessNoise: QuantityWithUnit { static var unit: String { "SNU" } }
extension Decibels: QuantityWithUnit { static var unit: String { "dB" } }
extension Transmittance: QuantityWithUnit { static var unit: String { "1" } }
extension Ratio: QuantityWithUnit { static var unit: String { "1" } }
