public import UnitProtocol
public import UnitTransport

/// What a connection carries without loss, to choose a symbol rate when nobody did.
public enum StreamBudget {
    /// Bytes per second: 80 % of the line rate of a UART, and measured sustained rates with a margin elsewhere.
    public static func bytesPerSecond(_ endpoint: TransportEndpoint) -> Double {
        switch endpoint.kind {
        case .usbSuper: return 300e6
        case .usbHigh: return 32e6
        case .usbFull: return 0.8e6
        case .serial:
            guard case .serial(_, let baud?) = endpoint.selector else { return 4e6 }
            return Double(baud) / 10 * 0.8
        case .inProcess: return 1e9
        }
    }

    /// The highest rate in Hz that all units can do and their connections carry; 4 bytes for each symbol, and again for
    /// those that are disclosed. A unit's slowest rate is kept even if its connection does not carry it.
    public static func symbolRate(
        _ units: [(endpoint: TransportEndpoint, capabilities: Capabilities)], disclosedFraction: Double
    ) -> Double {
        let lowest = units.map(\.capabilities.minimumSymbolRate).max() ?? 0
        let highest = units.map(\.capabilities.maximumSymbolRate).min() ?? 0
        let carried = units.map { bytesPerSecond($0.endpoint) }.min() ?? 0
        return max(lowest, min(highest, carried / (4 * (1 + disclosedFraction))))
    }
}
