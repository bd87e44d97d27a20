import ArgumentParser
import CalibrationRecords
import NodeReports

struct StationShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows the station and its public key.",
        discussion: """
            EXAMPLE:
              cvqkd station show --pem > rack-4.pem
            """)

    @Flag(help: "Print the public key as PEM, for 'station trust' elsewhere and for openssl.")
    var pem = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let station = try Station.load(store.folder)
        guard !pem else { return try Output.document(station.publicKey.pem) }
        try StationDocument(station, store.folder).show(output)
    }
}
