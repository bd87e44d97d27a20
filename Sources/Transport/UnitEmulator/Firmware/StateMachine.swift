/// State of a unit; raw values as on the wire (`UnitState`).
public enum FirmwareState: UInt8, Sendable, CaseIterable {
    /// Booting. Left by `booted` and `bootFailed`.
    case starting = 1
    /// No light. Left by the first light, by a session without light, and by what every state is left by.
    case dark = 2
    /// Light is not stable yet. Left by `stable` and by the last light going off.
    case warmingUp = 3
    /// Light is stable. Left by a session and by the last light going off.
    case ready = 4
    /// A session runs. Left by its end.
    case streaming = 5
    /// A fault is latched. Left by a reset only.
    case fault = 6
    /// Secrets are erased. Left by a cold reset (or into the bootloader) only.
    case zeroised = 7
    /// The bootloader runs. Left by a reset only.
    case bootloader = 8

    /// Whether light may be on.
    var mayEmit: Bool { self == .warmingUp || self == .ready || self == .streaming }
}

/// The states of a unit and what leads from one to the next (README, section 7). Events in, actions out; it knows
/// neither time nor messages.
public struct StateMachine: Sendable, Equatable {
    /// What happens to a unit.
    public enum Event: Sendable, Equatable {
        /// The boot was successful.
        case booted
        /// The self-test at boot failed.
        case bootFailed(code: UInt16)
        /// The first light was switched on.
        case firstLight
        /// The last light was switched off.
        case lastLightOff
        /// Powers and locks are stable.
        case stable
        /// A session began.
        case sessionStarted
        /// A session came to its end.
        case sessionEnded(Cause)
        /// Nobody controls the unit any more.
        case controlLost(Cause)
        /// The hardware failed.
        case faultFound(code: UInt16)
        /// Zeroise was asked for and confirmed.
        case zeroise
        /// Reset was asked for and confirmed, or the supply dropped.
        case restart(Restart)
    }

    /// Why a state was left; raw values as on the wire (`StateCause`).
    public enum Cause: UInt8, Sendable {
        /// A request.
        case command = 1
        /// Light became stable.
        case warmUpDone = 2
        /// No heartbeat.
        case heartbeatLost = 3
        /// A fault.
        case hardwareFault = 4
        /// The other unit ended the session.
        case peerStopped = 5
        /// A restart.
        case restarted = 6
        /// The session's limit.
        case symbolLimit = 7
        /// The controlling port disappeared.
        case portClosed = 8
    }

    /// How a unit restarts; raw values as on the wire (`ResetKind`).
    public enum Restart: UInt8, Sendable {
        /// Firmware only.
        case warm = 1
        /// As after power-on.
        case cold = 2
        /// Into the bootloader.
        case bootloader = 3
    }

    /// What the unit has to do about it, in this order.
    public enum Action: Sendable, Equatable {
        /// End the session: end frame, tell the peer.
        case endSession(Cause)
        /// Laser and LO off, shutter closed, measurements ended.
        case goDark
        /// Start the clock of the warm-up.
        case beginWarmUp
        /// Erase captures and the FIFO.
        case eraseSecrets
        /// Leave the ports and boot.
        case restart(Restart)
        /// Send StateChanged.
        case announce(before: FirmwareState, after: FirmwareState, cause: Cause)
    }

    /// Present state.
    public private(set) var state: FirmwareState
    /// Maker's code of the latched fault, 0 if none.
    public private(set) var faultCode: UInt16 = 0
    /// The state that a session returns to.
    private var beforeSession = FirmwareState.ready

    /// A unit that boots.
    public init(_ state: FirmwareState = .starting) { self.state = state }

    /// Takes an event. One that means nothing in the present state changes nothing and returns no action.
    public mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .booted:
            return state == .starting ? go(.dark, .restarted) : []
        case .bootFailed(let code):
            guard state == .starting else { return [] }
            faultCode = code
            return go(.fault, .hardwareFault)
        case .firstLight:
            return state == .dark ? [.beginWarmUp] + go(.warmingUp, .command) : []
        case .stable:
            return state == .warmingUp ? go(.ready, .warmUpDone) : []
        case .lastLightOff:
            return state == .warmingUp || state == .ready ? [.goDark] + go(.dark, .command) : []
        case .sessionStarted:
            guard state == .ready || state == .dark else { return [] }
            beforeSession = state
            return go(.streaming, .command)
        case .sessionEnded(let cause):
            return state == .streaming ? go(beforeSession, cause) : []
        case .controlLost(let cause):
            guard state.mayEmit else { return [] }
            return leaveLight(cause) + go(.dark, cause)
        case .faultFound(let code):
            guard state != .fault, state != .zeroised, state != .bootloader else { return [] }
            faultCode = code
            return leaveLight(.hardwareFault) + go(.fault, .hardwareFault)
        case .zeroise:
            // A second one erases again and announces nothing.
            let leaving = leaveLight(.command) + [.eraseSecrets]
            return state == .zeroised ? leaving : leaving + go(.zeroised, .command)
        case .restart(let kind):
            return restart(kind)
        }
    }

    /// A warm reset does not bring erased secrets back: the unit comes up Zeroised again, which `afterBoot` says.
    private mutating func restart(_ kind: Restart) -> [Action] {
        let actions = leaveLight(.command) + [.restart(kind)]
        staysZeroised = state == .zeroised && kind == .warm
        faultCode = 0
        state = kind == .bootloader ? .bootloader : .starting
        return actions
    }

    /// Whether the boot leads back to Zeroised.
    private var staysZeroised = false

    private func leaveLight(_ cause: Cause) -> [Action] {
        switch state {
        case .streaming: [.endSession(cause), .goDark]
        case .warmingUp, .ready: [.goDark]
        default: []
        }
    }

    private mutating func go(_ next: FirmwareState, _ cause: Cause) -> [Action] {
        let before = state
        state = next == .dark && before == .starting && staysZeroised ? .zeroised : next
        return [.announce(before: before, after: state, cause: cause)]
    }
}
