import Calibration
import CalibrationRecords
import DurableFiles
import ForeignFiles
import Foundation

/// The file of an unfinished installation, in the station's state directory: `commissioning/ALICE-BOB.json`, readable
/// for people, replaced whole or not at all.
struct CommissioningFile: Sendable {
    let path: String
    private let folder: String

    /// The file of a pair. Nothing is made yet.
    init(_ state: StateFolder, alice: String, bob: String) {
        folder = "\(state.path)/commissioning"
        // What a unit says of itself is never a path.
        path = "\(folder)/\(FileName.part(alice))-\(FileName.part(bob)).json"
    }

    private func makeFolder() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch {
            throw CommandFailure(
                .noPermission,
                "\(folder) cannot be made: \(error.localizedDescription). --store or CVQKD_STATE_DIRECTORY names another"
            )
        }
        do throws(ForeignFileRefusal) {
            try ForeignFolder(folder, links: .refused).requireWriters(.owner)
        } catch {
            throw CommandFailure(error.kind, error.description)
        }
    }

    /// A checklist has some 10 KB.
    private static let kind = ForeignFileKind("a checklist", mostBytes: 16 << 20)

    /// Nil if there is none. A damaged one is not overwritten: it may hold a day's work.
    func read() throws -> CommissioningChecklist? {
        let data: Data
        do throws(ForeignFileRefusal) {
            data = Data(try ForeignFile.bytes(of: path, Self.kind, links: .refused))
        } catch {
            guard case .notFound = error else { throw CommandFailure(error.kind, error.description) }
            return nil
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let checklist = try? decoder.decode(CommissioningChecklist.self, from: data), checklist.version == 1
        else {
            throw CommandFailure(
                .failure, "\(path) is damaged, or of another version. Put it aside, or begin anew with --new")
        }
        return checklist
    }

    func write(_ checklist: CommissioningChecklist) throws {
        try AtomicFile.write(Data((Output.json(checklist) + "\n").utf8), to: path, replacing: true, mode: 0o640)
    }

    /// Gives what is there a name of its own: `.SECONDS.old`, and a number behind it if that is taken.
    func putAside(at date: Date) throws {
        guard ForeignFileFacts(named: path) != nil else { return }
        let name = "\(path).\(Int(date.timeIntervalSince1970))"
        for number in 0..<1_000 {
            let old = number == 0 ? "\(name).old" : "\(name)-\(number).old"
            // link() never replaces; where there is none (FAT), nobody else works here: the lock is held.
            if link(path, old) == 0 {
                unlink(path)
                return
            }
            guard errno != EEXIST else { continue }
            if ForeignFileFacts(named: old) != nil { continue }
            guard rename(path, old) == 0 else { throw AtomicFile.failure(path, errno, 0) }
            return
        }
        throw AtomicFile.failure(name, EEXIST, 0)
    }

    /// Two programs on one installation would undo each other's steps. The lock is the process's: it ends with it.
    func lock() throws -> LockFile {
        try makeFolder()
        let file = try LockFile("\(path).lock", .exclusive)
        guard try file.take() else {
            let holder = file.holder().map { " (\($0))" } ?? ""
            throw CommandFailure(.busy, "another 'calibrate commission'\(holder) works on this installation")
        }
        return file
    }
}
