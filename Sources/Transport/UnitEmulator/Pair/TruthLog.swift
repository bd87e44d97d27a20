internal import UnitProtocol

/// What the model expects of the symbols that Bob's unit took, slot by slot, for the last few sessions: what an estimate
/// is to be compared with.
///
/// A session has at most 65,536 entries. When it gets longer, neighbours are joined and the grain becomes coarser; a
/// question for an interval is answered for the entries that it touches, and the answer says which interval that is.
final class TruthLog {
    private static let sessions = 8
    private static let limit = 65_536

    fileprivate struct Entry {
        var first: UInt64
        var end: UInt64
        var truth: Truth
    }

    fileprivate struct Session {
        var id: UInt64
        var entries: [Entry] = []
        /// Slots per entry.
        var grain = 1
        /// Slots in the last entry.
        var inLast = 0
    }

    private let model: PairModel
    private var log: [Session] = []

    init(_ model: PairModel) { self.model = model }

    /// Adds what is expected of a slot, or of the part behind its guard symbols.
    func add(_ id: UInt64, _ slot: Slot, _ kind: SymbolKind, _ sums: Truth.Sums) {
        if log.last?.id != id {
            log.append(Session(id: id))
            if log.count > Self.sessions { log.removeFirst() }
        }
        var truth = Truth(model)
        switch kind {
        case .vacuum: truth.vacuum = sums
        case .dark: truth.dark = sums
        default: truth.signal = sums
        }
        let first = UInt64(slot.firstSymbol)
        log[log.count - 1].add(Entry(first: first, end: first + UInt64(slot.symbols), truth: truth), limit: Self.limit)
    }

    /// The truth of the symbols that touch `range`, and the interval that they really cover; nil if there are none.
    func truth(session id: UInt64, _ range: Range<UInt64>) -> (truth: Truth, covered: Range<UInt64>)? {
        guard let session = log.last(where: { $0.id == id }) else { return nil }
        let touched = session.entries.filter { $0.first < range.upperBound && $0.end > range.lowerBound }
        guard let first = touched.first, let last = touched.last else { return nil }
        var sum = Truth(model)
        for entry in touched { sum.merge(entry.truth) }
        if sum.dark.symbols == 0 { sum.dark.add(electronicNoise(id)) }
        return (sum, first.first..<last.end)
    }

    /// V_off of the receiver, for a session without dark slots: N0 and everything normalised by it need it, and a host
    /// measures it before the session. It does not drift in this model.
    private func electronicNoise(_ id: UInt64) -> Truth.Sums {
        let dark = PhysicsState(
            transmitter: .off, localOscillator: .off, shutter: .init(isOpen: false, movedAt: -.infinity))
        return OpticalLink(model).expectation(Slot(session: id, firstSymbol: 0, symbols: 1), state: dark)
    }
}

extension TruthLog.Session {
    mutating func add(_ entry: TruthLog.Entry, limit: Int) {
        if inLast > 0 && inLast < grain {
            join(entry)
        } else {
            entries.append(entry)
            inLast = 1
        }
        if entries.count > limit { coarsen() }
    }

    private mutating func join(_ entry: TruthLog.Entry) {
        entries[entries.count - 1].end = entry.end
        entries[entries.count - 1].truth.merge(entry.truth)
        inLast += 1
    }

    private mutating func coarsen() {
        var coarse: [TruthLog.Entry] = []
        coarse.reserveCapacity(entries.count)
        for index in stride(from: 0, to: entries.count, by: 2) {
            var entry = entries[index]
            if index + 1 < entries.count {
                entry.end = entries[index + 1].end
                entry.truth.merge(entries[index + 1].truth)
            }
            coarse.append(entry)
        }
        entries = coarse
        grain *= 2
        inLast = grain
    }
}
