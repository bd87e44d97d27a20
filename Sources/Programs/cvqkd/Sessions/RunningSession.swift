import Foundation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// What a program that holds units tells others on this machine, so that "busy" can say by whom and for what.
struct RunningSession: Codable, Sendable {
    /// One unit of the session.
    struct Member: Codable, Sendable {
        var role: String
        var serial: String
        var selector: String
        var path: String
        var emulated: Bool

        init(_ identity: UnitIdentity) {
            role = identity.role.description
            serial = identity.serial
            selector = identity.endpoint.selector.description
            path = DevicePath.canonical(identity.endpoint.path)
            emulated = identity.isEmulated
        }
    }

    /// What the session shows while it runs.
    struct Figures: Codable, Sendable {
        /// Shot noise, with drift and what could hide.
        var liveShotNoise: LiveShotNoiseDocument
        /// The severest action that a monitor asked for.
        var monitorAction: String
        /// Rules beyond a limit in the latest window.
        var raised: [String]
    }

    /// Where the session stands.
    enum Stage: String, Codable, Sendable { case preparing, warmingUp, streaming, ending }

    /// Who holds it.
    var process: ProcessIdentity
    /// Command that runs.
    var command: String
    /// Units.
    var units: [Member]
    /// Session number, sixteen hexadecimal digits.
    var session: String
    /// Purpose.
    var purpose: String
    /// Where it stands.
    var state: Stage
    /// When it began.
    var began: Date
    /// When this was written last.
    var updated: Date
    /// What it shows, once there is something.
    var figures: Figures?

    /// Whether a selector names one of the units.
    func member(_ selector: UnitSelector) -> Member? {
        switch selector {
        case .usb(let serial), .anywhere(let serial): units.first { $0.serial == serial }
        case .serial(let path, _): units.first { $0.path == DevicePath.canonical(path) }
        }
    }
}

/// The record of this process's session: written when the session begins and changes, removed at its end.
final class SessionJournal: Sendable {
    private let record: Guarded<RunningSession>
    private let file: String

    /// Writes the record. Throws if the folder cannot be used: a session that nobody can find or stop is refused.
    init(command: String, units: [UnitIdentity], session: UInt64, purpose: String) throws {
        let name = NumberText.session(session)
        let folder = try RunningSessions.ownFolder()
        file = "\(folder)/\(name).json"
        record = Guarded(
            RunningSession(
                process: .current, command: command, units: units.map(RunningSession.Member.init), session: name,
                purpose: purpose, state: .preparing, began: Date(), updated: Date()))
        try write()
    }

    /// Says where the session stands.
    func enter(_ state: RunningSession.Stage) {
        record.withLock { $0.state = state }
        refresh()
    }

    /// Says what the session shows; written with the next time stamp.
    func show(_ figures: RunningSession.Figures?) { record.withLock { $0.figures = figures } }

    /// Renews the time stamp.
    func refresh() {
        record.withLock { $0.updated = Date() }
        // A full disk must not end a session; the record is then old, which its time stamp shows.
        try? write()
    }

    /// Removes the record.
    func remove() { unlink(file) }

    private func write() throws {
        let text = try Output.json(record.withLock { $0 })
        try AtomicFile.write(Data((text + "\n").utf8), to: file, replacing: true, mode: 0o600)
    }
}
