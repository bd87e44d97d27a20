import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct StationRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Believes a key no longer. Records that it signed stay, and hold no more.",
        discussion: """
            EXAMPLE:
              cvqkd station revoke rack-5
            """)

    @Argument(help: "Name, fingerprint or key.")
    var name: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try TrustedKeyDocument(TrustedKeys.revoke(name, in: store.folder, now: Date())).show(output)
    }
}
