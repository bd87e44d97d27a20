internal import CalibrationRecords
internal import QuadratureAnalysis
internal import UnitProtocol

extension RecordedMeasurement {
    /// An estimate with its name; without one, limits fail.
    init<Quantity: PhysicalQuantity>(
        _ name: String, _ estimate: Estimate<Quantity>?, unit: String, plane: String? = nil, source: Source = .measured,
        limits: AcceptanceLimits? = nil, judging: Judging = .interval
    ) {
        self.init(
            name, value: estimate?.value.value, sigma: estimate?.sigma.value, unit: unit, plane: plane,
            samples: estimate?.samples, source: source, limits: limits, judging: judging)
    }
}

extension WindowPlan {
    /// Samples of all quadratures.
    func quadratureSamples(_ capabilities: Capabilities) -> Int64 {
        let quadratures: UInt64 = capabilities.detection == .homodyne ? 1 : 2
        return Int64(clamping: windows.reduce(0, +).multipliedReportingOverflow(by: quadratures).partialValue)
    }

    /// Time that the unit takes, s: what the rate wants, and 20 ms for each exchange.
    func seconds(_ capabilities: Capabilities) -> Double {
        Double(windows.reduce(0, +)) / max(capabilities.maximumSymbolRate, 1) + 0.02 * Double(windows.count)
    }
}
