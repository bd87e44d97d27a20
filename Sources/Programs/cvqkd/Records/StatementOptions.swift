import ArgumentParser
import Foundation

/// What a person says of a record or of damage, to be signed by the station: why, and who says so.
struct StatementOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What was found out or changed, and how that is known.", valueName: "text"))
    var reason: String

    @Option(help: ArgumentHelp("Who says so. Default: the station's operator, or the user.", valueName: "name"))
    var `operator`: String?

    func validate() throws {
        guard !reason.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, reason.count <= 2000 else {
            throw ValidationError("--reason says what was found out or changed, in 1 to 2000 characters.")
        }
    }
}
