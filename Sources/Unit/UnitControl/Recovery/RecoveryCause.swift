internal import UnitProtocol
internal import UnitTransport

/// What made a unit unusable, as far as the way out depends on it.
public enum RecoveryCause: String, Sendable, CaseIterable {
    /// The connection is over: the unit was removed, it restarted, its line hung up, or it took control away.
    case disconnected
    /// Its stream ended or fell silent; requests may still be answered.
    case streamLost
    /// It takes or answers no requests.
    case mute

    /// Reads an error; nil if no step of the ladder mends it: a refusal, a wrong unit, a mistake of the caller.
    public init?(_ error: UnitError) {
        switch error {
        case .transport(let error): self.init(error)
        case .timedOut, .noHello, .lineShared, .tooSlow: self = .mute
        case .streamStalled: self = .streamLost
        case .sessionEnded(let cause): self.init(cause)
        // The connection stands and has no control any more: a new Hello asks for it.
        case .heartbeatsMissed: self = .disconnected
        case .inBootloader: self = .disconnected
        default: return nil
        }
    }

    private init?(_ error: TransportError) {
        switch error {
        case .gone, .notFound, .closed: self = .disconnected
        case .sendTimedOut, .sendBlocked: self = .mute
        case .usb, .system: self = .streamLost
        default: return nil
        }
    }

    private init?(_ cause: StateCause) {
        switch cause {
        case .heartbeatLost, .portClosed, .restarted: self = .disconnected
        case .peerStopped: self = .streamLost
        // Somebody wanted the end, or a latched fault wants a person.
        default: return nil
        }
    }
}
