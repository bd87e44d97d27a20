import Calibration
import CalibrationRecords
import Foundation

/// The file of an unfinished installation, in the station's state directory: `commissioning/ALICE-BOB.json`, readable for
/// people, replaced whole or not at all.
struct CommissioningFile: Sendable {
    let path: String

    private let folder: String

    /// The file of a pair. Nothing is made yet.
    init(_ state: StateFolder, alice: String, bob: String) {
        folder = "\(state.path)/commissioning"
        path = "\(folder)/\(alice)-\(bob).json"
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
    }

    /// Nil if there is none. A damaged one is not overwritten: it may hold a day's work.
    func read() throws -> CommissioningChecklist? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
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

    /// Two programs on one installation would undo each other's steps. The lock is the process's: it ends with it.
    func lock() throws -> FileHandle {
        try makeFolder()
        let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno, 0) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandFailure(.busy, "another 'calibrate commission' works on this installation")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
