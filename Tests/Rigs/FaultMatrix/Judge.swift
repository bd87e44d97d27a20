import UnitControl
import UnitEmulator
import UnitProtocol

/// One session of a cell, as the host accounts for it.
struct SessionAccount {
    let session: UInt64
    var frames: [DeliveredFrame] = []
    var counters = StreamCounters()
    /// Symbols behind the driver's account that the unit's Status named after the stream had broken off.
    var tail: UInt64 = 0
    /// The stream broke off with a typed error and nobody could ask the unit: everything behind is declared as unknown.
    var isOpenEnded = false
}

/// What the unit's own record says of a session.
struct Verdict {
    var lost: UInt64 = 0
    var declared: UInt64 = 0
    var faults: [String] = []

    static func + (left: Verdict, right: Verdict) -> Verdict {
        Verdict(
            lost: left.lost + right.lost, declared: left.declared + right.declared, faults: left.faults + right.faults)
    }

    /// Compares what was delivered with what the unit made: every frame by its index, kind and samples.
    init(_ account: SessionAccount, record: SentSession?) {
        guard let record else {
            // The unit never heard of the session: nothing was made.
            if !account.frames.isEmpty { faults.append("frames of a session that the unit does not know") }
            return
        }
        let sent = Dictionary(record.sentFrames.map { (Key($0.first, $0.content), $0) }) { first, _ in first }
        var next: UInt64 = 0
        var delivered: UInt64 = 0
        for frame in account.frames {
            guard frame.content == .measured else { continue }
            if frame.first < next { faults.append("frame \(frame.first) comes again, or late") }
            next = frame.first + UInt64(frame.count)
            delivered += UInt64(frame.count)
            guard let original = sent[Key(frame.first, frame.content)], original.kind == frame.kind,
                original.count == frame.count
            else {
                faults.append("frame \(frame.first)+\(frame.count) was never sent so")
                continue
            }
            if original.digest != frame.digest {
                faults.append("frame \(frame.first) has other samples than were sent")
            }
        }
        let made = record.measuredSymbols + record.droppedSymbols
        if delivered > made { faults.append("\(delivered) symbols delivered of \(made)") }
        lost = made - min(made, delivered)
        if delivered != account.counters.deliveredSymbols {
            faults.append("the driver counts \(account.counters.deliveredSymbols) of \(delivered) delivered symbols")
        }
        if !account.counters.isConserved || account.counters.undeclaredSymbols > 0 {
            faults.append("the driver itself finds \(account.counters.undeclaredSymbols) undeclared symbols")
        }
        if record.unlisted > 0 { faults.append("the record is not complete") }
        // What was refused is accounted for as well, under its own name.
        declared = account.counters.declaredGapSymbols + account.counters.refusedSymbols + account.tail
        if account.isOpenEnded { declared += made - min(made, account.counters.nextSymbol + account.tail) }
        if lost != declared { faults.append("\(lost) symbols lost, \(declared) declared") }
    }

    private init(lost: UInt64, declared: UInt64, faults: [String]) {
        self.lost = lost
        self.declared = declared
        self.faults = faults
    }

    init() {}

    private struct Key: Hashable {
        let first: UInt64
        let content: UInt8

        init(_ first: UInt64, _ content: StreamContent) {
            self.first = first
            self.content = content.rawValue
        }
    }
}
