import Foundation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

extension LocalUnitFinder {
    /// This program's finder. `task` says what for: others who find a unit busy are told. What is known of this machine's
    /// sessions is in their records.
    init(task: String) {
        // Program, task, process and machine in the 40 characters that a unit keeps.
        let hostName = String("cvqkd \(task), pid \(getpid()), \(ProcessInfo.processInfo.hostName)".prefix(40))
        self.init(hostName: hostName, sessions: RecordedSessions())
    }
}

extension Interruption {
    /// Connects, which may be cancelled, and closes the unit on every path. What of `body` may be cancelled it says itself.
    func withUnit<Value>(
        _ selector: UnitSelector, task: String, _ body: (Unit) async throws -> Value
    ) async throws -> Value {
        let unit = try await cancellable {
            try await LocalUnitFinder(task: task).connect(selector, access: .control)
        }
        return try await unit.closeAfter(body)
    }

    /// The same with several units: all or none.
    func withUnits<Value>(
        _ selectors: [UnitSelector], access: Access = .control, task: String, _ body: ([Unit]) async throws -> Value
    ) async throws -> Value {
        let units = try await cancellable { try await LocalUnitFinder(task: task).connect(selectors, access: access) }
        return try await units.closeAfter(body)
    }
}

/// The session records of this machine, as far as finding units needs them.
private struct RecordedSessions: SessionRegistry {
    func unit(at path: String) -> HeldUnit? {
        RunningSessions.holder(of: path).map {
            HeldUnit(serial: $0.serial, role: UnitRole(word: $0.role), isEmulated: $0.emulated)
        }
    }

    func isHeldElsewhere(_ selector: UnitSelector) -> Bool { RunningSessions.session(on: selector) != nil }
}

extension UnitRole {
    /// Reads what `description` writes.
    fileprivate init?(word: String) {
        guard let role = [UnitRole.alice, .bob].first(where: { $0.description == word }) else { return nil }
        self = role
    }
}
