public import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibratedEnd {
    /// Telemetry in which every value of the light was taken after this call began: what a unit measured under another
    /// setting, and answers now, says nothing of the present one. Waits for a unit that measures seldom as long as it lets
    /// its values grow old; what is older even then comes as unavailable.
    public func settledTelemetry() async throws(UnitError) -> [TelemetryReading] {
        let began = clock.now
        while true {
            let asked = clock.now - began
            let readings = try await telemetry()
            let late = readings.filter { reading in
                reading.quantity?.belongsToLight == true && reading.usable != nil && asked < reading.age
            }
            let longest = late.map(\.maximumAge).max() ?? .zero
            if late.isEmpty || asked > longest + Self.readingTime {
                let ids = Set(late.map(\.id))
                return readings.map { ids.contains($0.id) ? $0.withoutValue : $0 }
            }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { throw .cancelled }
        }
    }

    /// What a unit takes to measure and to answer.
    private static var readingTime: Duration { .milliseconds(500) }
}
