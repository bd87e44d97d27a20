public import UnitControl
internal import UnitProtocol
public import UnitTransport

/// Something that a unit said unasked.
public struct UnitNotice: Sendable {
    /// Which unit.
    public var unit: UnitIdentity
    /// What.
    public var event: UnitEvent
    /// The quantity that the event is about, as the unit's catalogue has it; events carry numbers only.
    public var quantity: TelemetryReading?
}

/// Listens to what units say unasked while something runs: faults, limits that are crossed, warnings.
public struct UnitNotices: Sendable {
    private let tasks: [Task<Void, Never>]

    /// Tells `receive` what the units say, until `end`.
    public static func begin(
        _ units: [Unit], clock: HostClock = .monotonic, _ receive: @escaping @Sendable (UnitNotice) -> Void
    ) async -> UnitNotices {
        var tasks: [Task<Void, Never>] = []
        for unit in units {
            let events = await unit.events()
            let readings = (try? await unit.telemetry()) ?? []
            let quantities = Dictionary(readings.map { ($0.id, $0) }) { first, _ in first }
            tasks.append(
                Task(executorPreference: clock.executor) {
                    for await event in events {
                        let quantity: TelemetryReading? =
                            if case .rangeCrossed(let range) = event { quantities[range.id] } else { nil }
                        receive(UnitNotice(unit: unit.identity, event: event, quantity: quantity))
                    }
                })
        }
        return UnitNotices(tasks: tasks)
    }

    /// Stops listening.
    public func end() {
        for task in tasks { task.cancel() }
    }
}
