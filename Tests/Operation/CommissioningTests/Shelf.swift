import CalibrationRecords
import Foundation

/// A station and its records, in a folder that goes with its owner.
final class Shelf {
    let path: String
    let folder: StateFolder
    var store: CalibrationStore { CalibrationStore(folder) }
    var contents: StoreContents { get throws { try store.contents() } }

    /// Stores records one after the other; `stored` is told of each with its file.
    init(_ records: [CalibrationRecord] = [], stored: (StoredRecord, String) throws -> Void = { _, _ in }) throws {
        path = "/tmp/cvqkd-shelf-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        folder = StateFolder(path)
        _ = try Station.make(name: "bench", operatorName: "kim", in: folder, now: Example.start)
        for record in records {
            let found = try store.add(record)
            try stored(found, file(found))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ stored: StoredRecord) -> String { "\(path)/records/\(stored.name).json" }

    /// The records stay, and a station with another key takes the place of the one that signed them.
    func changeHands() throws -> PublicKey {
        let key = try Station.load(folder).publicKey
        for name in ["station.json", "station.key"] { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
        _ = try Station.make(name: "other", operatorName: "lee", in: folder, now: Example.start)
        return key
    }
}
