public import UnitProtocol
internal import UnitTransport

/// When this program sent heartbeats to a unit, as a value.
struct HeartbeatRecord: Sendable {
    /// The unit's heartbeat time-out.
    let timeout: Duration
    /// Whether the unit has said that it missed heartbeats.
    var isMissed = false
    /// What the clocks showed when the latest heartbeat was sent, or Hello before the first.
    private var latest: ClockReadings
    /// The longest pause since a heartbeat was answered.
    private var noted: HostPause?

    /// Nothing sent yet but Hello, at this moment.
    init(timeout: Duration, since hello: ClockReadings) { (self.timeout, latest) = (timeout, hello) }

    /// A heartbeat is sent.
    mutating func send(at readings: ClockReadings) {
        note(readings)
        latest = readings
    }

    /// It was answered: the unit has kept control, and the pause before it did no harm.
    mutating func wasAnswered() { noted = nil }

    /// The pause before this moment, or an earlier one that no answer has ended. `isMissed`, said by the unit, makes a pause
    /// count that is a little shorter than the time-out: the unit counts from when it heard, not from when this program
    /// sent.
    mutating func pause(at readings: ClockReadings, isMissed: Bool = false) -> HostPause? {
        note(readings)
        return noted.flatMap { isMissed || $0.duration >= timeout ? $0 : nil }
    }

    private mutating func note(_ readings: ClockReadings) {
        guard let pause = HostPause(since: latest, until: readings, timeout: timeout, least: timeout * 3 / 4),
            pause.duration > noted?.duration ?? .zero
        else { return }
        noted = pause
    }
}

extension Unit {
    /// The time without heartbeats that cost the light, if this program did not send any for so long; nil otherwise. To be
    /// asked at any time: it does not wait until the next heartbeat notices.
    public var pause: HostPause? { pause() }

    private func pause(isMissed: Bool = false) -> HostPause? {
        access == .control ? heartbeats.pause(at: clock.readings, isMissed: isMissed) : nil
    }

    /// Why the unit ended a session, as an error.
    public func ending(_ cause: StateCause) async -> UnitError { named(cause) }

    private func named(_ cause: StateCause) -> UnitError {
        guard cause == .heartbeatLost, let pause = pause(isMissed: true) else { return .sessionEnded(cause: cause) }
        return .heartbeatsMissed(pause)
    }

    /// An error with its cause, where heartbeats are it. A unit that went dark refuses as it would refuse a stranger, and
    /// what it answered while this program did not run comes after its deadline.
    func explained(_ error: UnitError) -> UnitError {
        switch error {
        case .refused(_, .noControl, _, _, _, _) where access == .control:
            if let pause = pause(isMissed: true) { return .heartbeatsMissed(pause) }
            // They were sent: they were lost on the way, or the unit does not count them.
            return heartbeats.isMissed ? .sessionEnded(cause: .heartbeatLost) : error
        case .sessionEnded(let cause): return named(cause)
        case .timedOut, .streamStalled: return pause().map { .heartbeatsMissed($0) } ?? error
        default: return error
        }
    }

    /// Throws `.heartbeatsMissed` if the light may have gone out while a measurement ran: its reply is not of what was asked.
    func refusePaused() throws(UnitError) {
        if let pause = pause() { throw .heartbeatsMissed(pause) }
    }
}
