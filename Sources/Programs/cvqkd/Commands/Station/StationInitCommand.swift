import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct StationInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes the station: an Ed25519 key pair and a name. Never overwrites one.",
        discussion: """
            EXAMPLE:
              cvqkd station init --name rack-4 --operator kim
            """)

    @Option(help: "Name of the station, as records shall have it.")
    var name: String

    @Option(help: ArgumentHelp("Who works there unless a command says otherwise.", valueName: "name"))
    var `operator`: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !name.isEmpty else { throw ValidationError("--name is a name, not nothing.") }
    }

    func run() async throws {
        let station = try Station.make(name: name, operatorName: `operator`, in: store.folder, now: Date())
        try StationDocument(station, store.folder).show(output)
    }
}

extension StationDocument {
    /// Prints it.
    func show(_ output: OutputOptions) throws {
        var sheet = Sheet()
        sheet.add("station", name)
        sheet.add("operator", operatorName)
        sheet.add("fingerprint", fingerprint)
        sheet.add("public key", publicKey)
        sheet.add("made", created.formatted(.iso8601))
        sheet.add("folder", folder)
        try Output.show(sheet.text, json: self, if: output.json)
    }
}
