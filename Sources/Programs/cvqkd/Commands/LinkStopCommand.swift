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
        var records: [RunningSession] = []
        var free: [UnitSelector] = []
        for unit in units {
            if let record = RunningSessions.ofThisMachine.session(on: unit) {
                if !records.contains(where: { $0.session == record.session }) { records.append(record) }
            } else {
                free.append(unit)
            }
        }
        var stopped: [LinkStopDocument.Stopped] = []
        for record in records { stopped.append(try await end(record)) }
        // A unit whose session has just been ended by its program is not named twice.
        let ended = records.flatMap(\.units)
        for unit in free where !ended.contains(where: { $0.serial == unit.serialNumber }) {
            stopped.append(LinkStopDocument.Stopped(dark: try await Self.putOut(unit)))
        }
        return stopped
    }

    private func chosen() throws -> RunningSession {
        let living = RunningSessions.ofThisMachine.all().filter(\.isAlive).map(\.record)
        let matching = living.filter { record in session.map { record.session.hasPrefix($0.lowercased()) } ?? true }
        if let only = matching.first, matching.count == 1 { return only }
        let names = matching.map(\.session).joined(separator: ", ")
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

    /// Asks the holder to end its session, and waits until it is gone.
    private func end(_ record: RunningSession) async throws -> LinkStopDocument.Stopped {
        let process = record.process
        // Between reading the record and here the number may have passed to another process.
        guard process.isAlive else {
            throw CommandFailure(
                .gone,
                "the program (pid \(process.pid)) has just ended. \(SuggestedCommand.linkStatus) shows what runs now")
        }
        guard kill(process.pid, SIGINT) == 0 else {
            throw CommandFailure(
                .noPermission,
                "pid \(process.pid) belongs to another user: \(String(cString: strerror(errno))). Try with sudo")
        }
        let limit = ContinuousClock.now + .seconds(timeout)
        while process.isAlive {
            guard ContinuousClock.now < limit else {
                throw CommandFailure(
                    .timedOut,
                    "pid \(process.pid) has not ended within \(NumberText.significant(timeout)) s. 'kill -9 \(process.pid)' ends it; "
                        + "the units then go dark by themselves within 2 s")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return LinkStopDocument.Stopped(record)
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
    /// For people.
    fileprivate var text: String {
        let units = dark.joined(separator: ", ")
        guard let session else { return "Dark: \(units)." }
        return
            "Session \(session) has ended; its program \(pid.map { "(pid \($0)) " } ?? "")put the light of \(units) out."
    }
}
