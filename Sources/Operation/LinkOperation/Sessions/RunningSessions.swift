internal import ForeignFiles
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
        /// The user who noted it.
        public var owner: UInt32
        /// A session as it is noted in a user's file.
        public init(record: RunningSession, file: String, owner: UInt32) {
            self.record = record
            self.file = file
            self.owner = owner
        }

        /// Whether its program still runs, as a program of that user.
        public var isAlive: Bool { record.process.isAlive(of: owner) }
        /// Whether its program is there and does not run: no heartbeats are sent then, and its units are dark.
        public var isSuspended: Bool { isAlive && record.process.isSuspended }
        /// Whether it is of the user who asks.
        public var isOurs: Bool { owner == geteuid() }
    }

    /// A note has about a kilobyte. What is longer is no note of ours, and is not read.
    private static let kind = ForeignFileKind("a note of a session", mostBytes: 64 << 10)
    /// Notes that are read of a folder; each is removed at the end of its session, or when it was shown as dead.
    private static let mostNotes = 256
    /// Users whose folders root looks at.
    private static let mostUsers = 1_024

    /// Where this process may keep its own, best first.
    let bases: [String]
    /// Nothing else is looked at or kept.
    private let isAlone: Bool

    /// Those of one folder and no others: a rig or a test sees its own sessions.
    public init(only folder: String) {
        bases = [folder]
        isAlone = true
    }

    /// Those of this machine: in `cvqkd` of the user's runtime folder (`XDG_RUNTIME_DIR`) if there is one, else
    /// `/run/cvqkd`, else `/tmp/cvqkd-UID`. A runtime folder that is relative, or another user's, is none.
    public init(runtimeFolder: String?) {
        // Under sudo it may be another user's, who could put another folder in the place of ours.
        let own = runtimeFolder.flatMap { EnvironmentFolder.absolute("it", in: ["it": $0]) }
            .flatMap { Self.isSafe($0, owners: [geteuid()]) ? "\($0)/cvqkd" : nil }
        bases = [own, "/run/cvqkd", "/tmp/cvqkd-\(geteuid())"].compactMap { $0 }
        isAlone = false
    }

    /// The first folder that this process can write, made if it is not there.
    func ownFolder() throws(SessionFolderFault) -> String {
        for base in bases {
            // In /tmp anybody can be first: only a folder that is ours alone will do.
            let isShared = !isAlone && base.hasPrefix("/tmp/")
            mkdir(base, isShared ? 0o700 : 0o755)
            guard isShared ? Self.isOurs(base) : Self.isSafe(base, owners: [geteuid(), 0]) else { continue }
            let folder = "\(base)/sessions"
            mkdir(folder, 0o700)
            if Self.isOurs(folder) && access(folder, W_OK) == 0 { return folder }
        }
        throw .noFolder(tried: bases)
    }

    /// A folder in which nobody but these users can put something else in the place of what is there.
    private static func isSafe(_ path: String, owners: [UInt32]) -> Bool {
        do throws(ForeignFileRefusal) {
            let folder = try ForeignFolder(path)
            try folder.requireWriters(.owner)
            return owners.contains(folder.facts.owner)
        } catch {
            return false
        }
    }

    private static func isOurs(_ path: String) -> Bool { folder(path, of: geteuid()) != nil }

    /// A folder of notes, if it is this user's alone: a note makes somebody send a signal.
    private static func folder(_ path: String, of user: UInt32) -> ForeignFolder? {
        do throws(ForeignFileRefusal) {
            let folder = try ForeignFolder(path, links: .refused)
            guard folder.facts.owner == user, folder.facts.permissions & 0o077 == 0 else { return nil }
            return .some(consume folder)
        } catch {
            return nil
        }
    }

    /// All that this user may read, oldest first; root sees those of all users.
    public func all() -> [Entry] {
        var folders: [(path: String, user: UInt32)] = bases.map { ("\($0)/sessions", geteuid()) }
        // Of other users root believes what each has noted of his own programs, in the folder that the system made for
        // him.
        let others = isAlone || geteuid() != 0 ? [] : Self.usersWithFolders()
        for other in others where !folders.contains(where: { $0.path == other.path }) { folders.append(other) }
        return folders.flatMap { Self.entries($0.path, of: $0.user) }.sorted { $0.record.began < $1.record.began }
    }

    private static func usersWithFolders() -> [(path: String, user: UInt32)] {
        do throws(ForeignFileRefusal) {
            return try ForeignFolder("/run/user").names(atMost: mostUsers).names.compactMap { name in
                UInt32(name).map { ("/run/user/\(name)/cvqkd/sessions", $0) }
            }
        } catch {
            return []
        }
    }

    private static func entries(_ path: String, of user: UInt32) -> [Entry] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let folder = folder(path, of: user) else { return [] }
        do throws(ForeignFileRefusal) {
            var entries: [Entry] = []
            for name in try folder.names(atMost: mostNotes).names where name.hasSuffix(".json") {
                guard let data = note(name, in: folder, of: user),
                    let record = try? decoder.decode(RunningSession.self, from: data)
                else { continue }
                entries.append(Entry(record: record, file: "\(path)/\(name)", owner: user))
            }
            return entries
        } catch {
            return []
        }
    }

    private static func note(_ name: String, in folder: borrowing ForeignFolder, of user: UInt32) -> Data? {
        do throws(ForeignFileRefusal) {
            let file = try folder.file(name, kind)
            return file.facts.owner == user ? Data(try file.bytes()) : nil
        } catch {
            return nil
        }
    }

    /// Removes the note of a session whose program has died, if it is of this user.
    public func forget(_ entry: Entry) {
        guard entry.isOurs, !entry.isAlive, let slash = entry.file.utf8.lastIndex(of: UInt8(ascii: "/")),
            let folder = Self.folder(String(entry.file[..<slash]), of: geteuid())
        else { return }
        folder.remove(String(entry.file[entry.file.utf8.index(after: slash)...]))
    }

    private var elsewhere: [Entry] { all().filter { $0.isAlive && $0.record.process.pid != getpid() } }

    /// The session that another living process runs on what a selector names.
    public func session(on selector: UnitSelector) -> RunningSession? { entry(on: selector)?.record }

    /// The same, with where it is noted and by whom.
    public func entry(on selector: UnitSelector) -> Entry? { elsewhere.first { $0.record.member(selector) != nil } }
}

extension RunningSessions: SessionRegistry {
    /// What the sessions know of the unit behind a line or node, a path without links, that another process holds.
    public func unit(at path: String) -> HeldUnit? {
        elsewhere.flatMap(\.record.units).first { $0.path == path }.map {
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
            "no folder for the notes of running sessions: none of \(tried.joined(separator: ", ")) can be written by this "
                + "user and by nobody else"
        case .notWritten(let path, let code): "\(path) cannot be written: \(String(cString: strerror(code)))"
        }
    }
}
