internal import DurableFiles
internal import ForeignFiles
public import Foundation
internal import Glibc
internal import Synchronization

/// What became of the windows of a link at one end, on disk: no key and nothing of any block, only names, digests and
/// outcomes. Each line is on the disk before anybody is told what it says.
///
/// One line of JSON per event, in order. A last line that is torn was never told to anybody, and is cut. Where a file has its
/// length another begins with what is not settled, so that years of windows take the disk of some days.
public final class OutcomeJournal: Sendable {
    /// A line.
    public struct Line: Codable, Sendable, Equatable {
        /// What happened.
        public enum Event: String, Codable, Sendable {
            /// The agent started: positions of this start begin at `epoch` · 2^32.
            case started
            /// A window began to be filled.
            case opened
            /// The keys of `cells` are handed over.
            case released
            /// The keys were destroyed.
            case revoked
            /// A consumer has taken the keys of `cells`.
            case taken
            /// The other end cannot have what was released here.
            case orphaned
            /// The keys of `cells` were released, and gone before a consumer is known to have taken them.
            case lost
            /// An operator has destroyed what there was of `cells`.
            case erased
        }

        /// What happened.
        public var event: Event
        /// Unix time, ms. For people: nothing is judged by it but counts of 24 hours.
        public var time: Int64
        /// Starts of this journal's agent so far.
        public var epoch: UInt64
        /// Number of the session on the units' wire, as text: it has 64 bits.
        public var session: String?
        /// Windows of the session before it.
        public var ordinal: UInt64?
        /// Why keys were destroyed, by the number of `RevocationReason`.
        public var reason: UInt8?
        /// Cells that it is about, as text.
        public var cells: [String]?
        /// Digest of both statements, hexadecimal.
        public var digest: String?

        /// A line; the journal adds time and epoch.
        public init(
            _ event: Event, session: UInt64? = nil, ordinal: UInt64? = nil, reason: RevocationReason? = nil,
            cells: [UInt64]? = nil, digest: String? = nil
        ) {
            self.event = event
            time = 0
            epoch = 0
            self.session = session.map(String.init)
            self.ordinal = ordinal
            self.reason = reason?.rawValue
            self.cells = cells.map { $0.map(String.init) }
            self.digest = digest
        }
    }

    /// What is open and what is recent.
    private struct State: ~Copyable {
        var file: AppendedFile
        var account: JournalAccount
        /// Taken, and not on the disk yet.
        var taken: [UInt64: [UInt64]] = [:]
    }

    private let state: Mutex<State>
    /// The file. The one before it has the same name and `.1`.
    public let path: String
    /// Starts of the agent with this journal, this one included.
    public let epoch: UInt64
    /// Windows that an earlier start began, and of which no outcome stands: their keys were in memory, and are gone.
    public let interrupted: [Line]
    /// Cells of which an earlier start released the key, and of which no consumer is known to have taken it: those keys were in
    /// memory too. This start has noted them.
    public let lost: [LostCells]
    private let now: @Sendable () -> Date
    private let mostBytes: Int64

    /// Longest file that is read: twice what is begun anew at, and room for what is carried over.
    private static let longest: Int64 = 64 << 20
    /// So many taken keys may be noted together. After a crash as many may be called lost that were not.
    private static let mostTogether = 16

    /// Opens or makes a journal, cuts a torn end, and notes the start and what it finds lost.
    ///
    /// Throws `.journal` if the file cannot be read or written, or says what no journal says.
    ///
    /// - Parameter mostBytes: where a file is begun anew, and the one before it forgotten.
    public init(
        _ path: String, mostBytes: Int64 = 4 << 20, now: @escaping @Sendable () -> Date = { Date() }
    ) throws(RawKeyError) {
        self.path = path
        self.now = now
        self.mostBytes = mostBytes
        var file: AppendedFile
        do throws(FileFault) { file = try AppendedFile(path) } catch {
            throw .journal(path: path, reason: error.description)
        }
        var account = JournalAccount()
        if access(path + ".1", F_OK) == 0 {
            for line in try Self.read(path + ".1").lines { account.add(line) }
        }
        let found = try Self.read(path)
        if found.whole < file.size {
            do throws(FileFault) { try file.cut(to: found.whole) } catch {
                throw .journal(path: path, reason: error.description)
            }
        }
        for line in found.lines { account.add(line) }
        epoch = account.epoch + 1
        (interrupted, lost) = (account.interrupted, account.lost)
        state = Mutex(State(file: file, account: account))
        try add(Line(.started))
        for lost in lost { try add(Line(.lost, session: lost.session, cells: lost.cells)) }
    }

    /// Where positions of this start begin.
    public var firstPosition: UInt64 { epoch << 32 }

    /// A number that only rises, also over restarts.
    public var counter: UInt64 { firstPosition + state.withLock { $0.account.linesOfEpoch } }

    /// Lines that are on the disk, oldest first.
    public func lines() throws(RawKeyError) -> [Line] {
        (access(path + ".1", F_OK) == 0 ? try Self.read(path + ".1").lines : []) + (try Self.read(path).lines)
    }

    /// How windows ended in the last 24 hours.
    public var dayCounts: WindowTally {
        let since = milliseconds - 86_400_000
        return state.withLock { $0.account.counts(since: since) }
    }

    /// Windows of which these cells were released here, with the cells of each. Of long ago nothing is known.
    public func released(_ cells: [UInt64], of session: UInt64) -> [(ordinal: UInt64, cells: [UInt64])] {
        state.withLock { $0.account.released(cells, of: session) }
    }

    /// What this start and those before it found lost; of long ago nothing is known.
    public var losses: [LostCells] { state.withLock { $0.account.losses } }

    /// Cells of a window that was released here; empty if it was not, or long ago.
    public func released(window ordinal: UInt64, of session: UInt64) -> [UInt64] {
        state.withLock { $0.account.released(window: ordinal, of: session) }
    }

    /// The newest windows that were revoked here in other sessions than this: ordinals by session.
    public func revoked(but session: UInt64) -> [UInt64: [UInt64]] {
        state.withLock { $0.account.revoked(but: session) }
    }

    /// Whether it was noted already that the other end cannot have these.
    public func isOrphaned(_ cell: UInt64, of session: UInt64) -> Bool {
        state.withLock { $0.account.isOrphaned(cell, of: session) }
    }

    // MARK: - Writing

    /// Writes a line and waits until it is on the disk. What cannot be written leaves the file as it was.
    public func add(_ line: Line) throws(RawKeyError) {
        do throws(FileFault) {
            try state.withLock { state throws(FileFault) in
                try writeTaken(&state)
                try write([line], &state)
                if state.file.size > mostBytes { try beginAnew(&state) }
            }
        } catch {
            throw .journal(path: path, reason: error.description)
        }
    }

    /// Notes that a consumer has taken a key, together with others: a crash may forget the last of them.
    public func note(taken cell: UInt64, of session: UInt64) {
        state.withLock { state in
            state.taken[session, default: []].append(cell)
            guard state.taken.values.reduce(0, { $0 + $1.count }) >= Self.mostTogether else { return }
            // A disk that takes nothing is told by the next line that somebody waits for.
            try? writeTaken(&state)
        }
    }

    /// Brings what was noted to the disk.
    public func flush() {
        state.withLock { state in try? writeTaken(&state) }
    }

    private func writeTaken(_ state: inout State) throws(FileFault) {
        guard !state.taken.isEmpty else { return }
        let lines = state.taken.sorted { $0.key < $1.key }.map {
            Line(.taken, session: $0.key, cells: $0.value.sorted())
        }
        try write(lines, &state)
        state.taken = [:]
    }

    private func write(_ lines: [Line], _ state: inout State) throws(FileFault) {
        var lines = lines
        for index in lines.indices { (lines[index].epoch, lines[index].time) = (epoch, milliseconds) }
        try state.file.append(Self.bytes(lines).span.bytes)
        for line in lines { state.account.add(line) }
    }

    /// The file becomes the one before, and another begins with what is not settled.
    private func beginAnew(_ state: inout State) throws(FileFault) {
        let name = String(path.split(separator: "/").last ?? "journal") + ".1"
        unlink(path + ".1")
        try AppendedFile.setAside(path, as: name)
        state.file = try AppendedFile(path)
        var start = Line(.started)
        (start.epoch, start.time) = (epoch, milliseconds)
        try state.file.append(Self.bytes(state.account.unsettled + [start]).span.bytes)
    }

    private var milliseconds: Int64 { Int64(now().timeIntervalSince1970 * 1000) }

    private static func bytes(_ lines: [Line]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and whole numbers always have a text.
        return lines.flatMap { (try? encoder.encode($0)).map { Array($0) + [0x0a] } ?? [] }
    }

    private static func read(_ path: String) throws(RawKeyError) -> (lines: [Line], whole: Int64) {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) {
            bytes = try ForeignFile.bytes(of: path, ForeignFileKind("a journal of outcomes", mostBytes: longest))
        } catch {
            throw .journal(path: path, reason: error.description)
        }
        let whole = (bytes.lastIndex(of: 0x0a) ?? -1) + 1
        var lines: [Line] = []
        for (number, text) in bytes[..<whole].split(separator: 0x0a).enumerated() {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text)) else {
                throw .journal(path: path, reason: "line \(number + 1) is damaged")
            }
            lines.append(line)
        }
        return (lines, Int64(whole))
    }
}
