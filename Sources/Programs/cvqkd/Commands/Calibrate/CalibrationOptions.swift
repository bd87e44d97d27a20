import ArgumentParser
import Foundation

/// What every calibration takes.
struct CalibrationOptions: ParsableArguments {
    @Flag(help: "Show what would be done, and do nothing.")
    var planOnly = false

    @Flag(name: [.long, .customShort("y")], help: "Start without asking. Nobody is asked where there is no terminal.")
    var yes = false

    @Option(help: ArgumentHelp("Who calibrates. Default: the station's operator, or the user.", valueName: "name"))
    var `operator`: String?

    @Option(help: ArgumentHelp("Longest warm-up. Default: twice what the unit states, plus 10 s.", valueName: "s"))
    var warmUpLimit: Double?

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp("Write the record, unsigned, to this file, whole or not at all.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Overwrite the file.")
    var force = false

    @OptionGroup var format: OutputOptions

    func validate() throws {
        try Selectors.require(warmUpLimit, positive: "warm-up-limit")
        if let name = `operator`, name.isEmpty { throw ValidationError("--operator is a name, not nothing.") }
    }
}
