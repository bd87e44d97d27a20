import UnitControl
import UnitProtocol
import UnitTransport

/// Shows what units say unasked while a command runs: faults, limits that are crossed, warnings.
struct UnitNotes: Sendable {
    private let tasks: [Task<Void, Never>]

    /// Listens to the units until `end`.
    static func begin(_ units: [Unit], live: LiveLine) async -> UnitNotes {
        var tasks: [Task<Void, Never>] = []
        for unit in units {
            let events = await unit.events()
            let name = "\(unit.identity.role) \(unit.identity.serial)"
            // Events carry numbers; the catalogue has the names.
            let readings = (try? await unit.telemetry()) ?? []
            let quantities = Dictionary(readings.map { ($0.id, $0) }) { first, _ in first }
            tasks.append(
                Task {
                    for await event in events {
                        if let text = text(event, quantities) { live.note("\(name): \(text)") }
                    }
                })
        }
        return UnitNotes(tasks: tasks)
    }

    /// Stops listening.
    func end() {
        for task in tasks { task.cancel() }
    }

    private static func text(_ event: UnitEvent, _ quantities: [UInt16: TelemetryReading]) -> String? {
        switch event {
        case .stateChanged(let change):
            let expected: [StateCause] = [.command, .warmUpDone, .peerStopped, .symbolLimit]
            guard !expected.contains(change.cause) else { return nil }
            let fault = change.faultCode == 0 ? "" : ", fault \(change.faultCode)"
            return "\(change.before) to \(change.after) by itself (\(change.cause)\(fault))"
        case .rangeCrossed(let range):
            // What becomes available when the light comes up is not worth a line.
            if range.before == .unavailable && range.after == .normal { return nil }
            let quantity = quantities[range.id]
            let name = quantity?.name ?? "quantity \(range.id)"
            let value = range.value.isFinite ? " at \(NumberText.significant(range.value)) \(quantity?.unit ?? "")" : ""
            return "\(name) is now \(range.after)\(value), was \(range.before)"
        case .log(let level, let text): return level.rawValue >= LogLevel.warning.rawValue ? "\(level): \(text)" : nil
        case .disconnected(let error): return error == .closed ? nil : error.description
        case .unknown: return nil
        }
    }
}
