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
    /// Whether one of the units listened to had its light out when it came: what can be measured only in the other's
    /// light is unavailable then, at each lights-out.
    public var isInTheDark = false

    /// Whether it belongs to light that comes up or goes out, and says nothing of its own.
    public var isOfLightGoingOnOrOff: Bool {
        guard case .rangeCrossed(let range) = event else { return false }
        return (range.before == .unavailable && range.after == .normal)
            || (range.after == .unavailable && isInTheDark)
    }
}

/// Listens to what units say unasked while something runs: faults, limits that are crossed, warnings.
public struct UnitNotices: Sendable {
    private let tasks: [Task<Void, Never>]

    /// Tells `receive` what the units say, until `end`.
    public static func begin(
        _ units: [Unit], clock: HostClock = .monotonic, _ receive: @escaping @Sendable (UnitNotice) -> Void
    ) async -> UnitNotices {
        var tasks: [Task<Void, Never>] = []
        let dark = Guarded<Set<Int>>([])
        for (place, unit) in units.enumerated() {
            let events = await unit.events()
            let readings = (try? await unit.telemetry()) ?? []
            let isDark = (try? await unit.status())?.state.isDark ?? false
            if isDark { dark.withLock { _ = $0.insert(place) } }
            let quantities = Dictionary(readings.map { ($0.id, $0) }) { first, _ in first }
            tasks.append(
                Task(executorPreference: clock.executor) {
                    for await event in events {
                        let quantity: TelemetryReading? =
                            if case .rangeCrossed(let range) = event { quantities[range.id] } else { nil }
                        if case .stateChanged(let change) = event {
                            dark.withLock { dark in
                                if change.after.isDark {
                                    dark.insert(place)
                                } else {
                                    dark.remove(place)
                                }
                            }
                        }
                        let isInTheDark = dark.withLock { !$0.isEmpty }
                        receive(
                            UnitNotice(unit: unit.identity, event: event, quantity: quantity, isInTheDark: isInTheDark))
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

extension UnitState {
    /// Whether no light is on, or not yet for good.
    fileprivate var isDark: Bool { self == .dark || self == .warmingUp || self == .fault }
}
