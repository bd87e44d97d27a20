import LinkControl
import UnitControl
import UnitProtocol
import UnitTransport

/// A unit that differs in one thing from the one behind it.
final class ChangedUnit: EndUnit {
    let unit: UnitControl.Unit
    private let moments: Moments?
    private let stopDelay: Duration
    private let maximumDelay: UInt32?

    /// - Parameters:
    ///   - moments: what it says of any samples; nil for what the unit says.
    ///   - stopDelay: how long StopStream takes on its way.
    ///   - maximumDelay: what it states in its capabilities; nil for what the unit states.
    init(
        _ unit: UnitControl.Unit, moments: Moments? = nil, stopDelay: Duration = .zero, maximumDelay: UInt32? = nil
    ) {
        (self.unit, self.moments, self.stopDelay, self.maximumDelay) = (unit, moments, stopDelay, maximumDelay)
    }

    var identity: UnitIdentity { unit.identity }
    var clock: HostClock { unit.clock }
    func status() async throws(UnitError) -> Status { try await unit.status() }
    func opticalState() async throws(UnitError) -> OpticalState { try await unit.opticalState() }
    func telemetry() async throws(UnitError) -> [TelemetryReading] { try await unit.telemetry() }
    func set<Request: UnitMessage>(_ request: Request) async throws(UnitError) { try await unit.set(request) }
    func stopSession(_ session: UInt64) async throws(UnitError) { try await unit.stopSession(session) }
    func capabilities() async throws(UnitError) -> Capabilities {
        var capabilities = try await unit.capabilities()
        capabilities.maximumDelay = maximumDelay ?? capabilities.maximumDelay
        return capabilities
    }
    func startStream(_ plan: StreamPlan) async throws(UnitError) -> UnitStream { try await unit.startStream(plan) }
    func finishStream(_ stopped: StreamStopped?) async { await unit.finishStream(stopped) }

    func measureMoments(_ kind: SymbolKind, samples: UInt64) async throws(UnitError) -> Moments {
        if let moments { return moments }
        return try await unit.measureMoments(kind, samples: samples)
    }

    func stopStream() async throws(UnitError) -> StreamStopped {
        try? await clock.sleep(for: stopDelay)
        return try await unit.stopStream()
    }
}
