import ArgumentParser
import CalibrationRecords
import ForeignFiles
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

    /// Records that were signed, exported or are to be signed: all of a station's years are some 100 MB.
    private static let records = ForeignFileKind("a file of records", mostBytes: 256 << 20)
    /// A PEM file has 113 bytes.
    private static let key = ForeignFileKind("a file with a public key", mostBytes: 64 << 10)

    /// A file that the command line names.
    static func read(_ file: String) throws -> Data { Data(try ForeignFile.bytes(of: file, records)) }

    /// A public key that the command line has, or names a file of.
    static func publicKey(_ text: String) throws -> PublicKey {
        if let key = PublicKey(text) { return key }
        do throws(ForeignFileRefusal) {
            let bytes = try ForeignFile.bytes(of: text, key)
            if let key = PublicKey(String(decoding: bytes, as: UTF8.self)) { return key }
        } catch {
            switch error {
            // Then it was meant as a key, and is none.
            case .notFound, .notAName, .system: break
            default: throw error
            }
        }
        throw RecordError.noPublicKey(source: text)
    }

    /// The name of whoever works here.
    static func operatorName(_ stated: String?, _ station: Station) -> String {
        stated ?? station.operatorName ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
    }
}
