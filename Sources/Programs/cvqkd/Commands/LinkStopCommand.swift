import ArgumentParser
import Foundation
import LinkOperation
import LocalUnits
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

struct LinkStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ends a session in order and puts the light out.",
        discussion: """
            The program that holds the session is asked to end it, as by Ctrl-C. If no program holds the units that are \
            named, the session is stopped on the units themselves. Without arguments: the only session of this machine.

            EXAMPLES:
              cvqkd link stop
              cvqkd link stop 8f03c2d1a9b4e571
              cvqkd link stop --alice A-0001 --bob B-0001
            """)

    @Argument(help: "Session number, or as much of its beginning as is unique; 'cvqkd link status' shows it.")
    var session: String?

    @Option(help: "End what runs on this Alice.", transform: Selectors.read)
    var alice: UnitSelector?

    @Option(help: "End what runs on this Bob.", transform: Selectors.read)
    var bob: UnitSelector?

    @Option(help: ArgumentHelp("How long the program that holds the session may take.", valueName: "s"))
    var timeout = 15.0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try Selectors.require(timeout, positive: "timeout")
        guard session == nil || (alice == nil && bob == nil) else {
            throw ValidationError("Name the session or its units, not both.")
        }
    }

    func run() async throws {
        let stopped = try await stop()
        try Output.show(stopped.map(\.text).lines, json: LinkStopDocument(stopped), if: output.json)
    }

    private func stop() async throws -> [LinkStopDocument.Stopped] {
        let units = [alice, bob].compactMap { $0 }
        guard !units.isEmpty else { return [try await end(try chosen())] }
        var entries: [RunningSessions.Entry] = []
        var free: [UnitSelector] = []
        for unit in units {
            if let entry = RunningSessions.ofThisMachine.entry(on: unit) {
                if !entries.contains(where: { $0.file == entry.file }) { entries.append(entry) }
            } else {
                free.append(unit)
            }
        }
        var stopped: [LinkStopDocument.Stopped] = []
        for entry in entries { stopped.append(try await end(entry)) }
        // A unit whose session has just been ended by its program is not named twice.
        let ended = entries.flatMap(\.record.units)
        for unit in free where !ended.contains(where: { $0.serial == unit.serialNumber }) {
            stopped.append(LinkStopDocument.Stopped(dark: try await Self.putOut(unit)))
        }
        return stopped
    }

    private func chosen() throws -> RunningSessions.Entry {
        let living = RunningSessions.ofThisMachine.all().filter(\.isAlive)
        let matching = living.filter { entry in
            session.map { entry.record.session.hasPrefix($0.lowercased()) } ?? true
        }
        if let only = matching.first, matching.count == 1 { return only }
        let names = matching.map(\.record.session).joined(separator: ", ")
        guard matching.isEmpty else {
            throw CommandFailure(
                session == nil ? .failure : .usage, "\(matching.count) sessions match: \(names). Name one of them")
        }
        throw CommandFailure(
            .notFound,
            session.map {
                "no program on this machine runs session \($0). \(SuggestedCommand.linkStatus) shows what runs"
            }
                ?? "no program on this machine runs a session. If a unit is lit all the same, name it with --alice or --bob"
        )
    }

    /// Asks the holder to end its session, waits until it is gone, and asks the units whether they are dark.
    private func end(_ entry: RunningSessions.Entry) async throws -> LinkStopDocument.Stopped {
        let pid = entry.record.process.pid
        do throws(SessionHolder.Refusal) {
            let holder = try SessionHolder(of: entry, among: RunningSessions.ofThisMachine.all())
            try holder.askToEnd()
            let limit = ContinuousClock.now + .seconds(timeout)
            while !holder.hasEnded, ContinuousClock.now < limit { try? await Task.sleep(for: .milliseconds(50)) }
            guard holder.hasEnded else { throw .system(pid: pid, code: ETIMEDOUT) }
        } catch {
            throw CommandFailure(error, timeout: timeout)
        }
        // What another user wrote down about his units is not opened by this one.
        return LinkStopDocument.Stopped(entry.record, dark: entry.isOurs ? await Self.dark(entry.record.units) : [])
    }

    /// Those of a session's units that say that they are dark, each asked for a few seconds at most.
    private static func dark(_ units: [RunningSession.Member]) async -> [String] {
        var dark: [String] = []
        for member in units {
            guard let selector = try? UnitSelector(member.selector) else { continue }
            let serial = try? await LocalUnitFinder(task: "link stop").withUnit(selector, access: .observe) { unit in
                var lit = StillLit()
                await lit.look(at: [unit])
                return lit.failure == nil ? unit.identity.serial : nil
            }
            if let serial, serial == member.serial { dark.append(member.serial) }
        }
        return dark
    }

    /// Nobody here holds the unit: its session ends on the unit itself.
    private static func putOut(_ selector: UnitSelector) async throws -> String {
        try await LocalUnitFinder(task: "link stop").withUnit(selector, access: .control) { unit in
            try await unit.lightDown()
            return unit.identity.serial
        }
    }
}

extension LinkStopDocument.Stopped {
    /// For people: what is known, and nothing else.
    fileprivate var text: String {
        let units = dark.joined(separator: ", ")
        guard let session else { return "Dark: \(units)." }
        let ended = "Session \(session) has ended with its program\(pid.map { " (pid \($0))" } ?? "")."
        let rest = unproven.map {
            " Whether \($0.joined(separator: ", ")) went dark is not known here: \(SuggestedCommand.status(.any)) shows it."
        }
        return ended + (dark.isEmpty ? "" : " Dark: \(units).") + (rest ?? "")
    }
}

extension CommandFailure {
    /// Why a session was not ended.
    fileprivate init(_ refusal: SessionHolder.Refusal, timeout: Double) {
        switch refusal {
        case .ended(let pid):
            self.init(
                .gone, "the program (pid \(pid)) has just ended. \(SuggestedCommand.linkStatus) shows what runs now")
        case .holdsMore(let pid, let program, let sessions):
            self.init(
                .refused,
                "\(program) (pid \(pid)) does not end one session alone: a signal would end the program, and all that it "
                    + "runs (\(sessions.joined(separator: ", "))). Nothing was sent. End the session by that program's own means"
            )
        case .system(let pid, ETIMEDOUT):
            self.init(
                .timedOut,
                "pid \(pid) has not ended within \(NumberText.significant(timeout)) s"
                    + (ProcessIdentity.find(pid)?.isSuspended == true
                        ? ": it is suspended, by Ctrl-Z or a debugger. 'fg' in its terminal lets it go on to its end, or "
                        : ". ")
                    + "'kill -9 \(pid)' ends it; "
                    + "the units then go dark by themselves within 2 s")
        case .system(let pid, let code):
            self.init(
                .noPermission,
                "pid \(pid) belongs to another user: \(String(cString: strerror(code))). Try with sudo")
        }
    }
}
