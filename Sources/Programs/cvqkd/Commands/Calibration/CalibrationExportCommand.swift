import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes records with their signatures and keys as one file, or the heads of all chains.",
        discussion: """
            The file holds each record as it is stored, followed by its signature and public key, and what the records \
            rest on; 'cvqkd calibration verify FILE' checks it without the store. --heads writes a note of the end of \
            every chain: kept elsewhere, it shows whether the store was cut back later.

            EXAMPLES:
              cvqkd calibration export 3f2a --output bob.cal
              cvqkd calibration export --unit B-0001 --output b-0001.cal
              cvqkd calibration export --heads --output heads.json
            """)

    @Argument(help: "Names of records, or their beginnings.")
    var records: [String] = []

    @Option(help: ArgumentHelp("All records that concern this unit.", valueName: "serial"))
    var unit: String?

    @Flag(help: "Write the heads of all chains instead of records.")
    var heads = false

    @Option(name: [.long, .customShort("o")], help: "File to write. Default: standard output.", completion: .file())
    var output: String?

    @Flag(help: "Overwrite the file.")
    var force = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        let wanted = [!records.isEmpty, unit != nil, heads].filter { $0 }.count
        guard wanted == 1 else { throw ValidationError("Name records, or give --unit or --heads: one of the three.") }
        if format.json, output == nil { throw ValidationError("--json describes the file: give --output.") }
    }

    func run() async throws {
        let contents = try store.calibrations.contents()
        var names: [String] = []
        var data = Data()
        if heads {
            let station = try store.calibrations.station()
            data = try RecordCoding.encode(ChainHeads(contents, station: station.name, now: Date())) + Data([0x0a])
            names = contents.chains
        } else {
            let chosen = try unit.map { contents.records(of: $0) } ?? records.map { try contents.record(named: $0) }
            if let unit, chosen.isEmpty { throw CommandFailure(.notFound, "there are no records of \(unit)") }
            names = contents.closure(of: chosen.map(\.name))
            for name in names {
                guard let envelope = contents.envelope(named: name) else { continue }
                data += try envelope.data()
            }
        }
        guard let output else { return try Output.document(String(decoding: data, as: UTF8.self)) }
        try AtomicFile.write(data, to: output, replacing: force)
        try Output.show(
            "\(output): \(names.count) \(heads ? "chains" : "records"), \(data.count) bytes",
            json: RecordExportDocument(output: output, records: names, bytes: data.count), if: format.json)
    }
}
