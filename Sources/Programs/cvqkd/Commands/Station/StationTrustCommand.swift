import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct StationTrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Believes what another station, or a maker, signs.",
        discussion: """
            Compare the fingerprint with the owner over another channel first.

            EXAMPLES:
              cvqkd station trust rack-5.pem --name rack-5
              cvqkd station trust MCowBQYDK2VwAyEA… --name maker --as factory
            """)

    @Argument(help: "File with the public key (PEM), or the key itself (base64).")
    var key: String

    @Option(help: "Name of its owner.")
    var name: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "What it may sign: station (calibrations) or factory (a maker's values). Default: station.",
            valueName: "role"),
        completion: .list(["station", "factory"]),
        transform: { text in
            guard let role = TrustedKeys.Role(rawValue: text) else {
                throw ValidationError("A key is trusted as station or factory.")
            }
            return role
        })
    var role: TrustedKeys.Role = .station

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !name.isEmpty else { throw ValidationError("--name is a name, not nothing.") }
    }

    func run() async throws {
        let entry = try TrustedKeys.add(
            StoreOptions.publicKey(key), name: name, role: role, in: store.folder, now: Date())
        try TrustedKeyDocument(entry).show(output)
    }
}

extension TrustedKeyDocument {
    /// Prints it.
    func show(_ output: OutputOptions) throws {
        var sheet = Sheet()
        sheet.add("name", name)
        sheet.add("trusted as", role)
        sheet.add("fingerprint", fingerprint)
        sheet.add("added", added.formatted(.iso8601))
        sheet.add("REVOKED", revoked?.formatted(.iso8601))
        try Output.show(sheet.text, json: self, if: output.json)
    }
}
