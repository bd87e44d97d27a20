import ArgumentParser
import CalibrationRecords
import Foundation

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

/// A station for people and scripts.
struct StationDocument: Encodable {
    let name: String
    let operatorName: String?
    let publicKey: String
    let fingerprint: String
    let created: Date
    let folder: String

    init(_ station: Station, _ folder: StateFolder) {
        name = station.name
        operatorName = station.operatorName
        publicKey = station.publicKey.description
        fingerprint = station.publicKey.fingerprint
        created = station.created
        self.folder = folder.path
    }

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
