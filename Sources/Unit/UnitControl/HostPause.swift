public import UnitTransport

/// A time in which this program sent a unit no heartbeat, so long that the unit's heartbeat time-out put its light out. It is
/// no fault of the unit or of the link.
public struct HostPause: Sendable, Equatable, CustomStringConvertible {
    /// What this program, or its machine, did instead, as far as the clocks tell.
    public enum Cause: Sendable, Equatable {
        /// The machine was suspended: the clock that stops with it stood still.
        case machineSuspended
        /// This program hardly ran: it was stopped, or got no processor.
        case programSuspended
        /// It ran, and did not come to send.
        case tooBusy
    }

    /// From one heartbeat to the next, or to the moment at which it was noticed.
    public var duration: Duration
    /// The unit's heartbeat time-out.
    public var timeout: Duration
    /// What kept this program.
    public var cause: Cause

    /// A pause.
    public init(_ duration: Duration, timeout: Duration, cause: Cause) {
        (self.duration, self.timeout, self.cause) = (duration, timeout, cause)
    }

    /// What lies between the last heartbeat and a later moment; nil if that is less than `least`.
    ///
    /// A program that is stopped uses no processor time but for what lies before and after within the same gap, up to a
    /// heartbeat's interval. One that is kept by its own computations uses a processor all the time.
    public init?(since sent: ClockReadings, until later: ClockReadings, timeout: Duration, least: Duration) {
        let gap = later.now - sent.now
        guard gap >= least else { return nil }
        (duration, self.timeout) = (gap, timeout)
        if let awake = later.awake, let before = sent.awake, awake - before < gap / 2 {
            cause = .machineSuspended
        } else if let worked = later.worked, let before = sent.worked,
            worked - before < gap / 2
        {
            cause = .programSuspended
        } else {
            cause = .tooBusy
        }
    }

    /// What happened, in a sentence.
    public var description: String {
        let seconds = "\((duration.inSeconds * 10).rounded() / 10) s"
        let what =
            switch cause {
            case .machineSuspended: "the machine was suspended"
            case .programSuspended:
                "this program did not run, because it was suspended (Ctrl-Z, SIGSTOP) or the machine gave it no time"
            case .tooBusy: "this program was busy and did not come to send"
            }
        return "\(what), and sent no heartbeat for \(seconds). The unit's heartbeat time-out of "
            + "\((timeout.inSeconds * 10).rounded() / 10) s put its light out; neither unit nor link is at fault"
    }
}
