import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes over values that the maker has measured and signed: η, CMRR, photodiode conversion.",
        discussion: """
            The maker's key must be trusted first ('cvqkd station trust KEY --as factory'). The file is kept as it is; \
            the values go into the unit's chain with the source "factory".

            EXAMPLE:
              cvqkd calibration import b-0001-factory.cal
            """)

    @Argument(help: "The signed file.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("Who imports it. Default: the station's operator, or the user.", valueName: "name"))
    var `operator`: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let station = try store.calibrations.station()
        let stored = try store.calibrations.importFactory(
            StoreOptions.read(file), file: file, operatorName: StoreOptions.operatorName(`operator`, station),
            program: CVQKD.nameAndVersion, now: Date())
        let summary = try RecordSummary(stored, in: store.calibrations.contents(), now: Date())
        try Output.show(
            "\(stored.shortName)  number \(stored.record.sequence) of the chain of \(stored.chain)\n"
                + CalibrationTable.text(stored.record), json: summary, if: output.json)
    }
}
