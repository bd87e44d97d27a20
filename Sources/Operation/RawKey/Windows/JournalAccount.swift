/// What follows from the lines of a journal, of bounded size: what is open, what was released and not taken, and how windows of
/// the last day ended.
struct JournalAccount {
    private struct WindowName: Hashable {
        var session: UInt64
        var ordinal: UInt64
    }

    private struct Ending {
        var time: Int64
        var event: OutcomeJournal.Line.Event
        var reason: UInt8?
    }

    private(set) var epoch: UInt64 = 0
    private(set) var linesOfEpoch: UInt64 = 0
    private var open: [WindowName: OutcomeJournal.Line] = [:]
    /// The newest releases, oldest first.
    private var releases: [OutcomeJournal.Line] = []
    /// The newest windows that were revoked, oldest first.
    private var revocations: [WindowName] = []
    /// The newest losses, oldest first.
    private(set) var losses: [LostCells] = []
    private var untaken: [UInt64: Set<UInt64>] = [:]
    private var orphaned: [UInt64: Set<UInt64>] = [:]
    private var endings: [Ending] = []

    /// Releases that are remembered: hours of a fast link.
    private static let mostReleases = 4_096
    /// Revocations that are remembered, and told: only the last windows of a session may have another outcome elsewhere.
    private static let mostRevocations = 512
    private static let mostLosses = 64
    private static let day: Int64 = 86_400_000

    /// Adds a line.
    mutating func add(_ line: OutcomeJournal.Line) {
        if line.epoch != epoch { (epoch, linesOfEpoch) = (line.epoch, 0) }
        linesOfEpoch += 1
        let session = line.session.flatMap { UInt64($0) } ?? 0
        let cells = (line.cells ?? []).compactMap { UInt64($0) }
        let window = WindowName(session: session, ordinal: line.ordinal ?? 0)
        switch line.event {
        case .started: break
        case .opened:
            // What a new file begins with stands in the one before too.
            guard open.updateValue(line, forKey: window)?.time != line.time else { break }
            end(line)
        case .released:
            guard !releases.contains(where: { $0.session == line.session && $0.ordinal == line.ordinal }) else { break }
            open[window] = nil
            untaken[session, default: []].formUnion(cells)
            releases.append(line)
            if releases.count > Self.mostReleases { releases.removeFirst(releases.count / 4) }
            end(line)
        case .revoked:
            open[window] = nil
            end(line)
            guard !revocations.contains(window) else { break }
            revocations.append(window)
            if revocations.count > Self.mostRevocations { revocations.removeFirst(Self.mostRevocations / 4) }
        case .taken: settle(cells, session)
        case .lost:
            lose(cells, session)
            settle(cells, session)
        case .erased:
            // What was released and erased here is lost for the other end too.
            lose(cells.filter { untaken[session]?.contains($0) == true }, session)
            settle(cells, session)
        case .orphaned: orphaned[session, default: []].formUnion(cells)
        }
    }

    private mutating func lose(_ cells: [UInt64], _ session: UInt64) {
        guard !cells.isEmpty else { return }
        losses.append(LostCells(session: session, cells: cells))
        if losses.count > Self.mostLosses { losses.removeFirst() }
    }

    private mutating func settle(_ cells: [UInt64], _ session: UInt64) {
        untaken[session]?.subtract(cells)
        if untaken[session]?.isEmpty == true { untaken[session] = nil }
    }

    private mutating func end(_ line: OutcomeJournal.Line) {
        endings.append(Ending(time: line.time, event: line.event, reason: line.reason))
        // Now and then: clocks may jump, so that nothing is cut at the first one that is young.
        guard endings.count % 4_096 == 0 else { return }
        endings.removeAll { $0.time < line.time - Self.day }
    }

    /// Windows without an outcome, in order.
    var interrupted: [OutcomeJournal.Line] {
        open.values.sorted { ($0.time, $0.ordinal ?? 0) < ($1.time, $1.ordinal ?? 0) }
    }

    /// Released, and not known to be taken.
    var lost: [LostCells] {
        untaken.map { LostCells(session: $0.key, cells: $0.value.sorted()) }.sorted { $0.session < $1.session }
    }

    /// Lines from which the same account would follow, but for what is settled.
    var unsettled: [OutcomeJournal.Line] {
        let waiting = releases.compactMap { line -> OutcomeJournal.Line? in
            guard let left = untaken[line.session.flatMap { UInt64($0) } ?? 0] else { return nil }
            var line = line
            line.cells = line.cells?.filter { UInt64($0).map(left.contains) == true }
            return line.cells?.isEmpty == false ? line : nil
        }
        return interrupted + waiting
    }

    /// How windows ended since some time, Unix ms.
    func counts(since time: Int64) -> WindowTally {
        var tally = WindowTally()
        for ending in endings where ending.time >= time {
            switch ending.event {
            case .opened: tally.attempted += 1
            case .released: tally.count(.released)
            default: tally.count(.revoked(ending.reason.flatMap(RevocationReason.init(rawValue:)) ?? .interrupted))
            }
        }
        return tally
    }

    /// Windows of a session that released some of these cells.
    func released(_ cells: [UInt64], of session: UInt64) -> [(ordinal: UInt64, cells: [UInt64])] {
        let wanted = Set(cells)
        return releases.compactMap { line in
            guard line.session == String(session) else { return nil }
            let found = (line.cells ?? []).compactMap { UInt64($0) }.filter(wanted.contains)
            return found.isEmpty ? nil : (line.ordinal ?? 0, found)
        }
    }

    /// Cells of a window that was released here; empty if it was not, or long ago.
    func released(window ordinal: UInt64, of session: UInt64) -> [UInt64] {
        let line = releases.last { $0.session == String(session) && $0.ordinal == ordinal }
        return (line?.cells ?? []).compactMap { UInt64($0) }
    }

    /// Windows that were revoked here in other sessions than this, by session.
    func revoked(but session: UInt64) -> [UInt64: [UInt64]] {
        Dictionary(grouping: revocations.filter { $0.session != session }, by: \.session)
            .mapValues { $0.map(\.ordinal).sorted() }
    }

    /// Whether a cell was said to be orphaned.
    func isOrphaned(_ cell: UInt64, of session: UInt64) -> Bool { orphaned[session]?.contains(cell) == true }
}
