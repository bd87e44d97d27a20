internal import UnitProtocol

/// One link session of one unit.
struct StreamSession {
    /// Where samples begin in a stream frame.
    static let samplesOffset = Frame.headerBytes + MessageHeader.length + StreamFrame.blockLength

    /// Where the session stands. `armed`: Bob waits for Alice's counter, left by her first beacon. `running`: symbols are
    /// made, left by `ended`, which is final.
    enum Phase: Equatable {
        case armed
        case running
        case ended(StateMachine.Cause)
    }

    let id: UInt64
    let purpose: SessionPurpose
    let options: StreamOptions
    let stride: Int
    /// S.
    let slotSymbols: Int
    let rate: Double
    /// Symbols of the shutter's settling time.
    let settlingSymbols: UInt64
    let plan: SlotPlan
    /// The last symbol's successor, `UInt64.max` for none.
    let limit: UInt64
    let link: OpticalLink

    var phase: Phase
    /// When symbol 0 was (or would have been) taken, ns of the clock.
    var start: UInt64
    /// One past the last symbol so far.
    var nextSymbol: UInt64 = 0
    var dropped: UInt64 = 0
    /// Conditions of the next frame.
    var pending: StreamFlags = []
    /// Number of the next frame.
    var number: UInt32 = 0
    var framesCommitted: UInt64 = 0
    var delivered: UInt64 = 0
    /// Bob: symbols below are guard.
    var guardUntil: UInt64 = 0
    /// Bob: whether the local oscillator is on in the present slot.
    var isLit = true
    /// Bob: where the shutter is.
    var shutter: PhysicsState.Shutter
    /// Bob: what to go back to.
    var shutterWasOpen: Bool
    /// Bob: when a beacon came last, ns of the clock.
    var lastBeacon: UInt64 = 0
    /// Bob: the session of which the operator was told that it does not fit.
    var reportedMismatch = false

    var isRunning: Bool { phase == .running }

    var isEnded: Bool {
        if case .ended = phase { return true }
        return false
    }

    /// Symbols that time has brought by now.
    func symbolsDue(now: UInt64) -> UInt64 {
        now > start ? UInt64(Double(now - start) * 1e-9 * rate) : 0
    }

    /// How many symbols the slot at `nextSymbol` has.
    var slotLength: Int {
        let end = (nextSymbol / UInt64(slotSymbols) + 1) * UInt64(slotSymbols)
        return Int(min(end, limit) - nextSymbol)
    }

    /// Lets `count` symbols from `nextSymbol` on be lost.
    mutating func lose(_ count: UInt64, _ flags: StreamFlags) {
        dropped += count
        nextSymbol += count
        pending.formUnion(flags)
    }
}

/// Which slot is of which kind. A function of the slot's index and the unit's seed, so that nothing has to be remembered;
/// independent from slot to slot.
struct SlotPlan {
    let seed: UInt64
    let session: UInt64
    /// Alice.
    let training: Double
    /// Bob.
    let vacuum: Double
    /// Bob.
    let dark: Double
    /// For a unit that is broken on purpose: kinds repeat after so many slots.
    var period: UInt64?

    private func draw(_ slot: UInt64) -> Double {
        if let period { return Double(slot % period) / Double(period) }
        var numbers = RandomNumbers(seed: seed ^ session, stream: slot &+ 1_000)
        return numbers.fraction()
    }

    func isTraining(_ slot: UInt64) -> Bool { draw(slot) < training }

    /// Vacuum, dark, or signal for what is received.
    func receiverKind(_ slot: UInt64) -> SymbolKind {
        let value = draw(slot)
        if value < vacuum { return .vacuum }
        return value < vacuum + dark ? .dark : .signal
    }
}
