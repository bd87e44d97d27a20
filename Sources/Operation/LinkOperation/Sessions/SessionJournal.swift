internal import DurableFiles
public import Foundation
public import UnitControl
public import UnitTransport

/// The file of this process's session: written when the session begins and changes, removed at its end.
public final class SessionJournal: Sendable {
    private let record: Guarded<RunningSession>
    private let file: String
    private let date: @Sendable () -> Date
    private let renewed = Guarded<HostClock.Instant?>(nil)

    /// How often the file of a running session is renewed while nothing else changes it: each time is a write to the disk.
    private static let interval: Duration = .seconds(2)

    /// Writes the file. Throws if the folder cannot be used: a session that nobody can find or stop is refused. `command` is
    /// what the program does, in its own words. `date` is the wall clock, for the time stamps.
    public init(
        in sessions: RunningSessions, command: String, units: [UnitIdentity], session: UInt64, purpose: String,
        date: @escaping @Sendable () -> Date = { Date() }
    ) throws(SessionFolderFault) {
        let name = RunningSession.name(of: session)
        file = "\(try sessions.ownFolder())/\(name).json"
        self.date = date
        let began = date()
        record = Guarded(
            RunningSession(
                process: .current, command: command, units: units.map(RunningSession.Member.init), session: name,
                purpose: purpose, state: .preparing, began: began, updated: began))
        try write()
    }

    /// Says where the session stands.
    public func enter(_ state: RunningSession.Stage) {
        record.withLock { $0.state = state }
        refresh()
    }

    /// Says what the session shows; written with the next time stamp.
    public func show(_ figures: RunningSession.Figures?) { record.withLock { $0.figures = figures } }

    /// Renews the time stamp if it is older than two seconds at this moment. To be called as often as is convenient.
    public func renew(at moment: HostClock.Instant) {
        let isOld = renewed.withLock { renewed in
            if let last = renewed, moment - last <= Self.interval { return false }
            renewed = moment
            return true
        }
        if isOld { refresh() }
    }

    private func refresh() {
        record.withLock { $0.updated = date() }
        // A full disk must not end a session; the file is then old, which its time stamp shows.
        try? write()
    }

    /// Removes the file.
    public func remove() { unlink(file) }

    private func write() throws(SessionFolderFault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        // Strings, dates and finite numbers: there is nothing in it that JSON cannot hold.
        guard let text = try? encoder.encode(record.withLock { $0 }) else { return }
        do throws(FileFault) {
            try DurableFile.write((text + Data("\n".utf8)).bytes, to: file, .replacing, mode: 0o600)
        } catch {
            throw .notWritten(path: file, code: error.code)
        }
    }
}
