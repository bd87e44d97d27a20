import Foundation
import LinkOperation
import LocalUnits
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

extension LocalUnitFinder {
    /// This program's finder. `task` says what for: others who find a unit busy are told. What is known of this machine's
    /// sessions is in their records.
    init(task: String) {
        // Program, task, process and machine in the 40 characters that a unit keeps.
        let hostName = String("cvqkd \(task), pid \(getpid()), \(ProcessInfo.processInfo.hostName)".prefix(40))
        self.init(hostName: hostName, sessions: RunningSessions.ofThisMachine)
    }
}

extension Interruption {
    /// Connects, which may be cancelled, and closes the unit on every path. What of `body` may be cancelled it says itself.
    /// Unless `leavesDark` is false it leaves the unit dark; if the unit does not say so, the command fails after its result.
    func withUnit<Value>(
        _ selector: UnitSelector, task: String, leavesDark: Bool = true, _ body: (Unit) async throws -> Value
    ) async throws -> Value {
        let unit = try await cancellable {
            try await LocalUnitFinder(task: task).connect(selector, access: .control)
        }
        return try await unit.closeAfter { unit in
            let value = try await body(unit)
            if leavesDark { await StillLit.note([unit]) }
            return value
        }
    }

    /// The same with several units: all or none.
    func withUnits<Value>(
        _ selectors: [UnitSelector], access: Access = .control, task: String, _ body: ([Unit]) async throws -> Value
    ) async throws -> Value {
        let units = try await cancellable { try await LocalUnitFinder(task: task).connect(selectors, access: access) }
        return try await units.closeAfter { units in
            let value = try await body(units)
            if access == .control { await StillLit.note(units) }
            return value
        }
    }
}

/// Units that were told to go dark and do not say that they are: the result of a command is shown, and the command fails.
struct StillLit: Sendable {
    /// Of this program.
    static let found = Guarded(StillLit())

    private var lit: [UnitIdentity] = []

    /// Asks units, each for two seconds at most.
    mutating func look(at units: [Unit]) async {
        for unit in units where !(await Self.isDark(unit)) { lit.append(unit.identity) }
    }

    /// A shutter that somebody left open in the dark is no light.
    private static func isDark(_ unit: Unit) async -> Bool {
        for _ in 0..<20 {
            guard let status = try? await unit.status() else { return false }
            if status.light.isDisjoint(with: [.signalLaser, .localOscillator]) { return true }
            try? await unit.clock.sleep(for: .milliseconds(100))
        }
        return false
    }

    /// Asks units, for the end of this program.
    static func note(_ units: [Unit]) async {
        var some = StillLit()
        await some.look(at: units)
        let lit = some.lit
        found.withLock { $0.lit += lit }
    }

    /// What the command ends with; nil if all are dark.
    var failure: CommandFailure? {
        guard !lit.isEmpty else { return nil }
        return CommandFailure(
            .timedOut,
            "\(lit.map(\.serial).joined(separator: ", ")) did not confirm that the light is out. It goes out by itself when the unit misses the heartbeat "
                + "(\(NumberText.stated((lit.map(\.heartbeatTimeout).max() ?? .zero).inSeconds)) s); \(SuggestedCommand.status(lit.count == 1 ? .unit(lit[0].serial) : .any)) shows whether it did"
        )
    }
}

extension RunningSessions {
    /// Those of this machine, or of the one folder that `CVQKD_RUNTIME_DIRECTORY` names.
    static let ofThisMachine: RunningSessions = {
        let environment = ProcessInfo.processInfo.environment
        if let only = environment["CVQKD_RUNTIME_DIRECTORY"], !only.isEmpty { return RunningSessions(only: only) }
        return RunningSessions(runtimeFolder: environment["XDG_RUNTIME_DIR"])
    }()

    /// An error for a person; if the unit is busy with a session of ours, how to end it is said too.
    func explain(_ error: UnitError, _ selector: UnitSelector) -> CommandFailure {
        guard error.kind == .busy, let entry = entry(on: selector) else { return CommandFailure(any: error) }
        let record = entry.record
        return CommandFailure(
            .busy,
            "\(selector) is in use by \(record.process.program) (pid \(record.process.pid), 'cvqkd \(record.command)', session "
                + "\(record.session))\(entry.isSuspended ? ", which is suspended (Ctrl-Z)" : ""). \(SuggestedCommand.linkStop(session: record.session)) ends it"
        )
    }
}

extension SessionJournal {
    /// Notes that this program may switch the light of these units on. There is no one session: the number names the note.
    convenience init(lighting units: [Unit], command: String, purpose: String = "calibration") throws {
        try self.init(
            command: command, units: units.map(\.identity), session: UInt64.random(in: 1...UInt64.max),
            purpose: purpose)
        enter(.measuring)
    }

    /// Notes a session of this program.
    convenience init(command: String, units: [UnitIdentity], session: UInt64, purpose: String) throws {
        do throws(SessionFolderFault) {
            try self.init(in: .ofThisMachine, command: command, units: units, session: session, purpose: purpose)
        } catch {
            throw CommandFailure(error)
        }
    }
}
