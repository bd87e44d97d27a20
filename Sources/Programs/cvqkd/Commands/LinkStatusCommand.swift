import ArgumentParser
import Foundation
import LinkOperation
import LocalUnits
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

struct LinkStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows the sessions that programs on this machine run, and what units say of themselves.",
        discussion: """
            A session whose program has died is shown once as dead and then forgotten; its units went dark by themselves. \
            Units that are named and free are asked for their own status. Sessions are noted in XDG_RUNTIME_DIR, /run/cvqkd \
            or /tmp; CVQKD_RUNTIME_DIRECTORY names the one folder that counts instead.

            EXAMPLES:
              cvqkd link status
              cvqkd link status --alice A-0001 --bob B-0001 --json
            """)

    @Option(help: "Ask this Alice too.", transform: Selectors.read)
    var alice: UnitSelector?

    @Option(help: "Ask this Bob too.", transform: Selectors.read)
    var bob: UnitSelector?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let entries = RunningSessions.ofThisMachine.all()
        var report = LinkStatusReport(entries)
        for entry in entries where !entry.isAlive { RunningSessions.ofThisMachine.forget(entry) }
        for selector in [alice, bob].compactMap({ $0 }) { report.units.append(await Self.ask(selector)) }
        try Output.show(report.text, json: report, if: output.json)
    }

    private static func ask(_ selector: UnitSelector) async -> LinkStatusReport.Asked {
        do {
            let status = try await LocalUnitFinder(task: "link status").withUnit(selector, access: .observe) { unit in
                UnitStatus(unit.identity, try await unit.status(), nil)
            }
            return LinkStatusReport.Asked(selector: selector.description, status: status)
        } catch {
            let message = CommandFailure(any: error).message
            return LinkStatusReport.Asked(selector: selector.description, problem: message)
        }
    }
}

extension LinkStatusReport {
    /// For people.
    var text: Page {
        var table = Table(
            [
                .init("SESSION"), .init("PURPOSE", .left, .useful), .init("STATE"), .init("UNITS", wraps: true),
                .init("HELD BY", wraps: true), .init("SINCE", .left, .useful), .init("MONITORS", wraps: true),
            ])
        table.rows = sessions.map { session in
            [
                session.session, session.purpose, session.state, session.units.map(Self.name).joined(separator: ", "),
                "cvqkd \(session.command) (pid \(session.pid)\(session.alive ? "" : ", gone"))",
                NumberText.clock(Date().timeIntervalSince(session.began)), Self.monitors(session),
            ]
        }
        let suspended = sessions.filter { $0.state == Session.suspended }.map { session -> Page in
            "pid \(session.pid) is suspended (Ctrl-Z): it sends no heartbeats, and its units go dark by themselves. 'fg' in its terminal, or 'kill -CONT \(session.pid)', lets it go on to its end; nothing is lit again."
        }
        let parts: [Page] =
            [sessions.isEmpty ? "No session runs on this machine." : table.text] + suspended + units.map(Self.text)
        return parts.joined(separator: "\n\n")
    }

    private static func monitors(_ session: Session) -> String {
        // What they said before says nothing of now.
        guard session.state != Session.suspended else { return "do not run" }
        guard let action = session.monitorAction, let raised = session.raised else { return "–" }
        return raised.isEmpty ? (action == "none" ? "quiet" : "quiet, was \(action)") : raised.joined(separator: ", ")
    }

    private static func name(_ unit: RunningSession.Member) -> String {
        "\(unit.role) \(unit.serial)\(unit.emulated ? " (emulated)" : "")"
    }

    private static func text(_ asked: Asked) -> Page {
        asked.status?.text ?? "\(asked.selector): \(asked.problem ?? "no answer")"
    }
}
