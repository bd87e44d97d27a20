public import UnitProtocol

/// What a unit said of the end of its session.
public struct FinalCount: Sendable, Equatable {
    /// Its answer to StopStream.
    public var stopped: StreamStopped
    /// Why that cannot be so, as far as is known by now; nil if it can.
    public var contradiction: String?

    /// An answer, and what is wrong with it.
    public init(stopped: StreamStopped, contradiction: String? = nil) {
        self.stopped = stopped
        self.contradiction = contradiction
    }
}

extension UnitStream {
    /// What the unit said of the end of its session, and whether that can be; nil if it said nothing.
    public var finalCount: FinalCount? {
        let (final, fault, end, counters) = ending
        guard let final else { return nil }
        return FinalCount(
            stopped: final, contradiction: fault ?? end.flatMap { Self.difference(of: final, from: $0, counters) })
    }

    /// Why the unit's final count is not what its frames say; nil if it is, or if one of them has not come.
    public var finalContradiction: UnitError? {
        finalCount?.contradiction.map { .badReply(request: "StopStream", reason: $0) }
    }

    /// Why the unit's final count cannot be this session's; nil if it can. Frames may still be on their way.
    func contradiction(of stopped: StreamStopped) -> String? {
        guard stopped.sessionId == plan.session else {
            return "session \(stopped.sessionId), \(plan.session) was to end"
        }
        let (end, arrived) = (stopped.nextSymbol, counters)
        guard end <= reach else { return "\(end) symbols, more than the time since the start has room for" }
        guard stopped.deliveredSymbols <= end, stopped.droppedSymbols == end - stopped.deliveredSymbols else {
            return "\(stopped.deliveredSymbols) symbols delivered and \(stopped.droppedSymbols) lost of \(end)"
        }
        // A symbol is in one frame, and in one more if it was disclosed; the end frame has none.
        guard stopped.framesSent <= 2 * stopped.deliveredSymbols + 1 else {
            return "\(stopped.framesSent) frames of \(stopped.deliveredSymbols) symbols"
        }
        guard end >= arrived.nextSymbol, stopped.deliveredSymbols >= arrived.deliveredSymbols,
            stopped.framesSent >= arrived.frames, stopped.droppedSymbols >= arrived.unitDroppedSymbols
        else {
            return "\(stopped.framesSent) frames with \(stopped.deliveredSymbols) symbols of \(end) and "
                + "\(stopped.droppedSymbols) lost, but \(arrived.frames) frames with \(arrived.deliveredSymbols) of "
                + "\(arrived.nextSymbol) came, and \(arrived.unitDroppedSymbols) were declared lost"
        }
        return nil
    }

    /// How the final count differs from what the session's last frame says.
    private static func difference(
        of stopped: StreamStopped, from end: (number: UInt32, dropped: UInt64), _ counters: StreamCounters
    ) -> String? {
        guard stopped.nextSymbol == counters.nextSymbol else {
            return "\(stopped.nextSymbol) symbols, the session's last frame says \(counters.nextSymbol)"
        }
        // A count that was refused from frame to frame has a name of its own.
        guard stopped.droppedSymbols == end.dropped || counters.contradictedFrames > 0 else {
            return "\(stopped.droppedSymbols) lost symbols, the session's last frame says \(end.dropped)"
        }
        guard UInt32(truncatingIfNeeded: stopped.framesSent) == end.number &+ 1 else {
            return "\(stopped.framesSent) frames, the session's last one has number \(end.number)"
        }
        return nil
    }
}
