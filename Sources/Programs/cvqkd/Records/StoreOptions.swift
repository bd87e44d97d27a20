import ArgumentParser
import CalibrationRecords
import Foundation

/// Where the station and its records are.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the station and its records. Default: CVQKD_STATE_DIRECTORY, /var/lib/cvqkd if it may be "
                + "written, else ~/.local/share/cvqkd.", valueName: "folder"), completion: .directory)
    var store: String?

    var folder: StateFolder { StateFolder(store) }
    var calibrations: CalibrationStore { CalibrationStore(folder) }

    /// The same, with the stations that the installation has pinned.
    func calibrations(_ trust: PinOptions) throws -> CalibrationStore {
        CalibrationStore(folder, pins: try trust.pins())
    }

    /// A file that the command line names.
    static func read(_ file: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure(
                access(file, F_OK) == 0 ? .noPermission : .notFound, "\(file): \(String(cString: strerror(errno)))")
        }
        return data
    }

    /// The name of whoever works here.
    static func operatorName(_ stated: String?, _ station: Station) -> String {
        stated ?? station.operatorName ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
    }
}
