import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct StationListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists this station and the keys that are trusted here.",
        discussion: """
            EXAMPLE:
              cvqkd station list --json
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let keys = try TrustedKeys.load(store.folder)
        let document = StationListDocument(keys, store.folder)
        var table = Table([
            .init("NAME", wraps: true), .init("TRUSTED AS"), .init("FINGERPRINT", wraps: true),
            .init("REMARK", wraps: true),
        ])
        if let own = document.station { table.rows.append([own.name, "this station", own.fingerprint, ""]) }
        for key in document.trusted {
            table.rows.append([
                key.name, key.role, key.fingerprint, key.revoked.map { "REVOKED \($0.formatted(.iso8601))" } ?? "",
            ])
        }
        let text =
            table.rows.isEmpty
            ? "no station in \(store.folder.path). \(SuggestedCommand.stationInit) makes one" : table.text
        try Output.show(text, json: document, if: output.json)
    }
}
