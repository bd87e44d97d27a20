import CalibrationRecords
import Foundation
import LinkOperation
import LocalUnits
import NodeReports
import Repository
import Testing
import UnitControl
import UnitTransport

/// The example of docs/library.md, compiled and run on a pair behind terminals.
struct LibraryExampleTests {
    private func session(alice: UnitSelector, bob: UnitSelector, folder: String) async throws -> String {
        let sessions = RunningSessions(only: folder + "/run")
        let finder = LocalUnitFinder(hostName: "agent", sessions: sessions)
        let units = try await finder.connect([alice, bob], access: .control)
        var request = LinkRequest(.test, records: StateFolder(folder + "/state"))
        request.duration = .seconds(1)
        let end = EndRequest()
        let run = LinkRun(
            request, on: LinkUnits(alice: units[0], bob: units[1]), named: LinkSelectors(alice: alice, bob: bob),
            until: end,
            LinkRun.Surroundings(finder: finder, hostName: "agent", sessions: sessions, command: "agent"))
        let listening = Task { for await event in run.events { print(event) } }
        let outcome = try await run.perform()
        await listening.value
        if let failure = outcome.failure { print("not as wished: \(failure)") }
        return try ReportJSON.text(LinkDocument(outcome) { gap in "\(gap)" })
    }

    @Test func `the example runs a session`() async throws {
        let rig = try await Rig()
        let document = try await session(
            alice: try UnitSelector(rig.alice), bob: try UnitSelector(rig.bob), folder: rig.folder.path)
        #expect(document.contains("\"endedBy\" : \"duration\""))
    }

    @Test func `the page shows what is run here`() throws {
        func code(_ text: String) throws -> [String] {
            let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            let start = try #require(lines.firstIndex { $0.contains("func session(alice:") })
            let end = try #require(lines[start...].firstIndex { $0.hasPrefix("return try ReportJSON") })
            return lines[(start + 1)...end].map { $0 }
        }
        let page = try String(contentsOf: Repository.root.appending(path: "docs/library.md"), encoding: .utf8)
        let here = try String(
            contentsOf: Repository.root.appending(path: "Tests/Programs/CommandTests/LibraryExampleTests.swift"),
            encoding: .utf8)
        // The formatter may break lines where the page does not.
        #expect(try code(page).joined(separator: " ") == code(here).joined(separator: " "))
    }
}
