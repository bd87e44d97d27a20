import Foundation
import UnitControl
import UnitTransport

/// The session records of this machine: `$XDG_RUNTIME_DIR/cvqkd`, else `/run/cvqkd`, else `/tmp/cvqkd-UID`, in a folder
/// `sessions` of mode 0700. (A folder of its own because `/run/cvqkd/units` must stay readable for everybody.)
/// `CVQKD_RUNTIME_DIRECTORY` replaces all of them: a rig or a test sees its own sessions and no others.
enum RunningSessions {
    /// A record and the file that it is in.
    struct Entry {
        var record: RunningSession
        var file: String
        var isAlive: Bool { record.process.isAlive }
    }

    /// The only folder that counts, if the environment names one.
    private static var only: String? {
        ProcessInfo.processInfo.environment["CVQKD_RUNTIME_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static var bases: [String] {
        if let only { return [only] }
        let environment = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"].map { "\($0)/cvqkd" }
        return [environment, "/run/cvqkd", "/tmp/cvqkd-\(getuid())"].compactMap { $0 }
    }

    /// The first folder that this process can write, made if it is not there.
    static func ownFolder() throws -> String {
        for base in bases {
            // In /tmp anybody can be first: only a folder that is ours alone will do.
            let isShared = only == nil && base.hasPrefix("/tmp/")
            mkdir(base, isShared ? 0o700 : 0o755)
            if isShared && !isOurs(base) { continue }
            let folder = "\(base)/sessions"
            mkdir(folder, 0o700)
            if isOurs(folder) && access(folder, W_OK) == 0 { return folder }
        }
        throw CommandFailure(
            .failure,
            "no folder for session records: none of \(bases.joined(separator: ", ")) can be written. Set XDG_RUNTIME_DIR"
        )
    }

    private static func isOurs(_ folder: String) -> Bool {
        var status = stat()
        guard lstat(folder, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == getuid() && status.st_mode & 0o077 == 0
    }

    /// All records that this user may read; root sees those of all users.
    static func all() -> [Entry] {
        let others = only == nil ? (try? FileManager.default.contentsOfDirectory(atPath: "/run/user")) ?? [] : []
        var folders: [String] = []
        for base in bases + others.sorted().map({ "/run/user/\($0)/cvqkd" }) where !folders.contains("\(base)/sessions")
        {
            folders.append("\(base)/sessions")
        }
        return folders.flatMap(entries).sorted { $0.record.began < $1.record.began }
    }

    private static func entries(_ folder: String) -> [Entry] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        // A record makes `link stop` send a signal: only records of our own are believed, and by root those in folders
        // that nobody else can have made.
        guard isOurs(folder) || (getuid() == 0 && folder.hasPrefix("/run/")) else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
                let record = try? decoder.decode(RunningSession.self, from: data)
            else { return nil }
            return Entry(record: record, file: "\(folder)/\(name)")
        }
    }

    /// What our own records know of the unit behind a line or node, a path without links, that another process holds.
    static func holder(of path: String) -> RunningSession.Member? {
        all().filter { $0.isAlive && $0.record.process.pid != getpid() }.flatMap(\.record.units)
            .first { $0.path == path }
    }

    /// The session that a living process runs on what a selector names.
    static func session(on selector: UnitSelector) -> RunningSession? {
        all().first { $0.isAlive && $0.record.process.pid != getpid() && $0.record.member(selector) != nil }?.record
    }

    /// An error for a person; if the unit is busy with a session of ours, how to end it is said too.
    static func explain(_ error: UnitError, _ selector: UnitSelector) -> CommandFailure {
        guard error.kind == .busy, let record = session(on: selector) else { return CommandFailure(any: error) }
        return CommandFailure(
            .busy,
            "\(selector) is in use by \(record.process.program) (pid \(record.process.pid), 'cvqkd \(record.command)', session "
                + "\(record.session)). 'cvqkd link stop \(record.session)' ends it")
    }
}
