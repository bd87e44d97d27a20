internal import Foundation
public import LocalUnits
internal import UnitProtocol
public import UnitTransport

/// The sessions of this machine, as their programs note them in a folder `sessions` of mode 0700. (A folder of its own
/// because `/run/cvqkd/units` must stay readable for everybody.)
public struct RunningSessions: Sendable {
    /// A session and the file that it is in.
    public struct Entry: Sendable {
        /// What its program noted.
        public var record: RunningSession
        /// Where.
        public var file: String
        /// Whether its program still runs.
        public var isAlive: Bool { record.process.isAlive }
    }

    /// Where this process may keep its own, best first.
    private let bases: [String]
    /// Nothing else is looked at or kept.
    private let isAlone: Bool

    /// Those of one folder and no others: a rig or a test sees its own sessions.
    public init(only folder: String) {
        bases = [folder]
        isAlone = true
    }

    /// Those of this machine: in `cvqkd` of the user's runtime folder (`XDG_RUNTIME_DIR`) if there is one, else
    /// `/run/cvqkd`, else `/tmp/cvqkd-UID`.
    public init(runtimeFolder: String?) {
        bases = [runtimeFolder.map { "\($0)/cvqkd" }, "/run/cvqkd", "/tmp/cvqkd-\(getuid())"].compactMap { $0 }
        isAlone = false
    }

    /// The first folder that this process can write, made if it is not there.
    func ownFolder() throws(SessionFolderFault) -> String {
        for base in bases {
            // In /tmp anybody can be first: only a folder that is ours alone will do.
            let isShared = !isAlone && base.hasPrefix("/tmp/")
            mkdir(base, isShared ? 0o700 : 0o755)
            if isShared && !Self.isOurs(base) { continue }
            let folder = "\(base)/sessions"
            mkdir(folder, 0o700)
            if Self.isOurs(folder) && access(folder, W_OK) == 0 { return folder }
        }
        throw .noFolder(tried: bases)
    }

    private static func isOurs(_ folder: String) -> Bool {
        var status = stat()
        guard lstat(folder, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == getuid() && status.st_mode & 0o077 == 0
    }

    /// All that this user may read, oldest first; root sees those of all users.
    public func all() -> [Entry] {
        let others = isAlone ? [] : (try? FileManager.default.contentsOfDirectory(atPath: "/run/user")) ?? []
        var folders: [String] = []
        for base in bases + others.sorted().map({ "/run/user/\($0)/cvqkd" }) where !folders.contains("\(base)/sessions")
        {
            folders.append("\(base)/sessions")
        }
        return folders.flatMap(Self.entries).sorted { $0.record.began < $1.record.began }
    }

    private static func entries(_ folder: String) -> [Entry] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        // A file makes somebody send a signal: only files of our own are believed, and by root those in folders that
        // nobody else can have made.
        guard isOurs(folder) || (getuid() == 0 && folder.hasPrefix("/run/")) else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
                let record = try? decoder.decode(RunningSession.self, from: data)
            else { return nil }
            return Entry(record: record, file: "\(folder)/\(name)")
        }
    }

    private var elsewhere: [RunningSession] {
        all().filter { $0.isAlive && $0.record.process.pid != getpid() }.map(\.record)
    }

    /// The session that another living process runs on what a selector names.
    public func session(on selector: UnitSelector) -> RunningSession? {
        elsewhere.first { $0.member(selector) != nil }
    }
}

extension RunningSessions: SessionRegistry {
    /// What the sessions know of the unit behind a line or node, a path without links, that another process holds.
    public func unit(at path: String) -> HeldUnit? {
        elsewhere.flatMap(\.units).first { $0.path == path }.map {
            HeldUnit(serial: $0.serial, role: UnitRole(word: $0.role), isEmulated: $0.emulated)
        }
    }

    /// Whether another process runs a session on what the selector names.
    public func isHeldElsewhere(_ selector: UnitSelector) -> Bool { session(on: selector) != nil }
}

extension UnitRole {
    /// Reads what `description` writes.
    fileprivate init?(word: String) {
        guard let role = [UnitRole.alice, .bob].first(where: { $0.description == word }) else { return nil }
        self = role
    }
}

/// Why a session cannot be noted where others find it.
public enum SessionFolderFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// None of these folders can be written.
    case noFolder(tried: [String])
    /// The file cannot be written, with `errno`.
    case notWritten(path: String, code: Int32)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .noFolder(let tried):
            "no folder for the notes of running sessions: none of \(tried.joined(separator: ", ")) can be written"
        case .notWritten(let path, let code): "\(path) cannot be written: \(String(cString: strerror(code)))"
        }
    }
}
