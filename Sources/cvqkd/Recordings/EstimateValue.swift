import QuadratureAnalysis

/// A measured quantity in JSON.
struct EstimateValue: Encodable, Sendable {
    var value: Double?
    var sigma: Double?
    var samples: Int64

    init(_ estimate: Estimate<some PhysicalQuantity>) {
        value = estimate.value.value.finite
        sigma = estimate.sigma.value.finite
        samples = estimate.samples
    }
}
