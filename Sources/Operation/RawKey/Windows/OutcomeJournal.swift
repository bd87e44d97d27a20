internal import DurableFiles
internal import ForeignFiles
public import Foundation
internal import UnitTransport

/// What became of the windows of a link at one end, on disk: no key and nothing of any block, only names, digests and
/// outcomes. Each line is on the disk before anybody is told what it says.
///
/// One line of JSON per event, in order. A last line that is torn was never told to anybody, and is cut.
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

    private let state: Guarded<[Line]>
    private let file: AppendedFile
    /// The file.
    public let path: String
    /// Starts of the agent with this journal, this one included.
    public let epoch: UInt64
    private let now: @Sendable () -> Date

    /// Longest file that is read.
    private static let longest: Int64 = 64 << 20

    /// Opens or makes a journal, cuts a torn end, and notes the start.
    ///
    /// Throws `.journal` if the file cannot be read or written, or says what no journal says.
    public init(_ path: String, now: @escaping @Sendable () -> Date = { Date() }) throws(RawKeyError) {
        self.path = path
        self.now = now
        let file: AppendedFile
        do throws(FileFault) { file = try AppendedFile(path) } catch {
            throw .journal(path: path, reason: error.description)
        }
        let lines = try Self.read(file, path)
        self.file = file
        epoch = (lines.last?.epoch ?? 0) + 1
        state = Guarded(lines)
        try add(Line(.started))
    }

    /// Where positions of this start begin.
    public var firstPosition: UInt64 { epoch << 32 }

    /// All lines, oldest first.
    public var lines: [Line] { state.withLock { $0 } }

    /// Writes a line and waits until it is on the disk. What cannot be written leaves the file as it was.
    public func add(_ line: Line) throws(RawKeyError) {
        var line = line
        line.epoch = epoch
        line.time = Int64(now().timeIntervalSince1970 * 1000)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { throw .journal(path: path, reason: "a line has no text") }
        let bytes = Array(data) + [0x0a]
        do throws(FileFault) {
            try state.withLock { lines throws(FileFault) in
                try file.append(bytes.span.bytes)
                lines.append(line)
            }
        } catch {
            throw .journal(path: path, reason: error.description)
        }
    }

    /// Windows that were begun and of which no outcome stands: their keys were in memory, and are gone.
    public var interrupted: [Line] {
        var open: [String: Line] = [:]
        for line in lines where line.epoch < epoch {
            let name = "\(line.session ?? "")/\(line.ordinal ?? 0)"
            switch line.event {
            case .opened: open[name] = line
            case .released, .revoked: open[name] = nil
            case .started, .taken, .orphaned: break
            }
        }
        return open.values.sorted { ($0.time, $0.ordinal ?? 0) < ($1.time, $1.ordinal ?? 0) }
    }

    /// How windows ended in the last 24 hours.
    public var dayCounts: WindowTally {
        let since = Int64(now().timeIntervalSince1970 * 1000) - 86_400_000
        var tally = WindowTally()
        for line in lines where line.time >= since {
            switch line.event {
            case .opened: tally.attempted += 1
            case .released: tally.count(.released)
            case .revoked:
                tally.count(.revoked(line.reason.flatMap(RevocationReason.init(rawValue:)) ?? .interrupted))
            case .started, .taken, .orphaned: break
            }
        }
        return tally
    }

    private static func read(_ file: borrowing AppendedFile, _ path: String) throws(RawKeyError) -> [Line] {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) {
            bytes = try ForeignFile.bytes(of: path, ForeignFileKind("a journal of outcomes", mostBytes: longest))
        } catch {
            throw .journal(path: path, reason: error.description)
        }
        let whole = (bytes.lastIndex(of: 0x0a) ?? -1) + 1
        if whole < bytes.count {
            do throws(FileFault) { try file.cut(to: Int64(whole)) } catch {
                throw .journal(path: path, reason: error.description)
            }
        }
        var lines: [Line] = []
        for (number, text) in bytes[..<whole].split(separator: 0x0a).enumerated() {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text)) else {
                throw .journal(path: path, reason: "line \(number + 1) is damaged")
            }
            lines.append(line)
        }
        return lines
    }
}

/// How windows ended.
public struct WindowTally: Sendable, Equatable, Codable {
    /// Windows that were begun.
    public var attempted = 0
    /// Released.
    public var passed = 0
    /// Revoked for what evidence or statements said.
    public var revoked = 0
    /// Revoked because an end, the channel or this agent was lost.
    public var interrupted = 0
    /// Ended before they had their samples.
    public var insufficient = 0

    /// None.
    public init() {}

    /// Counts an outcome.
    public mutating func count(_ outcome: WindowOutcome) {
        switch outcome {
        case .released: passed += 1
        case .revoked(.insufficient): insufficient += 1
        case .revoked(let reason): if reason.isSecurity { revoked += 1 } else { interrupted += 1 }
        }
    }
}
