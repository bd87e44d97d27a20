import ArgumentParser
import CalibrationRecords
import Foundation

/// Which stations an installation believes, whatever was trusted in the store.
struct PinOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File of the stations that are believed: lines of a name and a public key, or PEM. Then a station that was "
                + "made or trusted in the store alone is not enough.", valueName: "file"),
        completion: .file())
    var pinnedStations: String?

    func pins() throws -> StationPins? {
        guard let pinnedStations else { return nil }
        return try StationPins.read(StoreOptions.read(pinnedStations), file: pinnedStations)
    }
}
