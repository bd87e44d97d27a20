import Foundation
import NodeReports
import Testing

@testable import NodeAgent

/// Keys of what an agent answers, by their literal names: scripts read them.
struct AgentDocumentTests {
    private func object(_ document: some Encodable) throws -> [String: Any] {
        let text = try ReportJSON.text(document)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func keys(_ words: String) -> Set<String> { Set(words.split(separator: " ").map(String.init)) }

    @Test func `a link`() throws {
        let configuration = try AgentConfiguration.read(Array(ConfigurationText.small.utf8), file: "a")
        let document = AgentLinkDocument(
            configuration.links[0], of: configuration, state: "idle", reason: "x",
            since: Date(timeIntervalSince1970: 0),
            ageSeconds: 1)
        let found = try object(document)
        #expect(
            Set(found.keys)
                == keys(
                    "ageSeconds attempts consumers dayWindows end id isTest peer purpose reason session since "
                        + "spool startWindows state unit windowPlan"))
        #expect(found["session"] is NSNull && found["windowPlan"] is NSNull)
        let spool = try #require(found["spool"] as? [String: Any])
        #expect(Set(spool.keys) == keys("blocks bytes isFull newest policy quotaBytes"))
        #expect(spool["quotaBytes"] as? String == "1073741824")
        let windows = try #require(found["dayWindows"] as? [String: Any])
        #expect(Set(windows.keys) == keys("attempted insufficient interrupted passed revoked"))
        let text = try ReportJSON.text(document)
        #expect(try ReportJSON.decoder().decode(AgentLinkDocument.self, from: Data(text.utf8)) == document)
    }

    @Test func `windows, and what is not a number`() throws {
        let judged = AgentWindowsDocument.Judged(
            name: "vacuumVarianceX", value: .nan, sigma: 1, lower: -.infinity, upper: 2, passes: false)
        let document = AgentWindowsDocument(
            link: "ring-1",
            windows: [
                .init(
                    session: "00000000000000ff", ordinal: 0, firstCell: 1, cells: 2, held: 2, outcome: "revoked",
                    reason: "x", judged: [judged], record: nil)
            ])
        let window = try #require((try object(document)["windows"] as? [[String: Any]])?.first)
        #expect(
            Set(window.keys) == keys("cells firstCell held judged ordinal outcome reason record session"))
        let text = try ReportJSON.text(document)
        #expect(try ReportJSON.decoder().decode(AgentWindowsDocument.self, from: Data(text.utf8)) == document)
    }

    @Test(arguments: ["\"-1\"", "\"+1\"", "1.5", "\"1e3\"", "\"18446744073709551616\"", "null", "\"\""])
    func `a wide number is digits and nothing else`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(WideNumber.self, from: Data(text.utf8)) }
    }
}
