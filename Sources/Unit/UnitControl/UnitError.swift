public import UnitProtocol
public import UnitTransport

/// What can go wrong with a unit. Each case says in `description` what happened and what to try.
public enum UnitError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The connection failed below the level of messages.
    case transport(TransportError)
    /// No reply within the deadline. The connection stays usable: a late reply is dropped by its number.
    case timedOut(request: String, milliseconds: Int)
    /// No reply to Hello; what came instead.
    case noHello(HelloSilence)
    /// No reply, and others read the same line: each byte goes to one of them.
    case lineShared(request: String, milliseconds: Int, readers: [String])
    /// The unit takes longer for something than it is given as a whole; `doing` says for what.
    case tooSlow(doing: String, milliseconds: Int)
    /// The unit's serial number is not one that a unit may have. As it states it, without what would steer a terminal.
    case illegalSerial(String)
    /// Several units have this serial number; `ways` name them apart, as far as selectors can.
    case ambiguousSerial(String, ways: [UnitSelector])
    /// The unit answers and did not reach the state in time.
    case notReached(state: UnitState, milliseconds: Int)
    /// The unit refused; `text` is its own.
    case refused(request: String, code: ErrorCode, state: UnitState, fieldID: UInt16, field: String?, text: String)
    /// The reply is not what the request asks for, or cannot be read.
    case badReply(request: String, reason: String)
    /// Another host controls the unit; `holder` is how it named itself.
    case controlledElsewhere(holder: String)
    /// The unit's messages differ from this program's; `difference` names the first field.
    case incompatible(difference: String)
    /// A role that is neither Alice nor Bob.
    case unknownRole(UInt8)
    /// The unit's bootloader answers: it has no working firmware.
    case inBootloader(serial: String)
    /// A unit of the other role is needed.
    case wrongRole(needed: UnitRole, found: UnitRole, serial: String)
    /// The serial number in HelloReply is not the one that was asked for.
    case wrongSerialNumber(wanted: String, found: String)
    /// No command reaches the unit's light in this state; `faultCode` is the maker's, 0 unless a fault is latched.
    case outOfService(state: UnitState, faultCode: UInt16)
    /// The light was switched on, and the unit left the warm-up for this state.
    case lightWentOut(state: UnitState)
    /// The shutter is not where it was told to be, or its sensor contradicts its position. The shutter is to be looked at:
    /// what is measured behind it is not vacuum.
    case shutterDiffers(ShutterReading)
    /// This program sent no heartbeat for longer than the unit waits: the unit took control away and went dark.
    case heartbeatsMissed(HostPause)
    /// The request needs something that the purpose of the session forbids.
    case purposeForbids(action: String)
    /// No stream frame came for this long although the session runs.
    case streamStalled(milliseconds: Int)
    /// The unit ended the session by itself.
    case sessionEnded(cause: StateCause)
    /// The stated value lies outside what the unit declares.
    case outOfRange(what: String, value: String, range: String)
    /// Recovery has given up: nothing is tried any more until somebody asks for it. `last` is what failed last.
    case quarantined(serial: String, steps: Int, last: String)
    /// Whoever works on the samples ended the session.
    case consumerFailed(ConsumerFailure)
    /// The task was cancelled.
    case cancelled

    /// The pause of this program that is the cause; nil if it has another.
    public var pause: HostPause? { if case .heartbeatsMissed(let pause) = self { pause } else { nil } }

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .transport(let error): error.description
        case .timedOut(let request, let milliseconds):
            "no reply to \(request) within \(milliseconds) ms. Power-cycle the unit if it stays silent"
        case .noHello(let silence): silence.description
        case .lineShared(let request, let milliseconds, let readers):
            "no reply to \(request) within \(milliseconds) ms: \(readers.joined(separator: " and ")) has the line open too and may take bytes from it. End that first"
        case .tooSlow(let doing, let milliseconds):
            "the unit was given \(milliseconds) ms and is not ready: \(doing). Power-cycle it, or update its firmware"
        case .illegalSerial(let text):
            "the unit states the serial number '\(text)', which no unit may have: 1 to 31 of A-Z a-z 0-9 - _ . are allowed. "
                + "It has to be corrected in the unit"
        case .ambiguousSerial(let serial, let ways):
            "several units have the serial number \(serial)"
                + (ways.isEmpty
                    ? ", and no name tells them apart: unplug one"
                    : ". Name one as " + ways.map(\.description).joined(separator: " or "))
        case .notReached(let state, let milliseconds):
            "the unit did not become \(state.name ?? "state \(state.rawValue)") within \(milliseconds) ms. "
                + "A longer limit may help a cold unit"
        case .refused(let request, let code, let state, let fieldID, let field, let text):
            "the unit refused \(request): \(code.name ?? "code \(code.rawValue)")"
                + (fieldID == 0 ? "" : ", field \(field ?? "number \(fieldID)")")
                + " in state \(state.name ?? "\(state.rawValue)")" + (text.isEmpty ? "" : " (\(text))")
        case .badReply(let request, let reason):
            "bad reply to \(request): \(reason). The firmware does not follow the protocol"
        case .controlledElsewhere(let holder):
            "the unit is controlled by \(holder). Stop that program first, or use the unit through it"
        case .incompatible(let difference):
            "the unit's protocol differs from this program's: \(difference). Update the unit's firmware or this program"
        case .unknownRole(let role):
            "the unit says it is of role \(role); only 1 (Alice) and 2 (Bob) exist. Update this program or the firmware"
        case .inBootloader(let serial):
            "unit \(serial) is in its bootloader: it has no running firmware. Reset it with power, or load firmware"
        case .wrongRole(let needed, let found, let serial):
            "unit \(serial) is \(found.name ?? "of role \(found.rawValue)"), and \(needed.name ?? "the other end") is needed here"
        case .wrongSerialNumber(let wanted, let found):
            "unit \(wanted) was asked for and \(found) answers"
        case .outOfService(.fault, let code): "fault \(code) is latched on the unit: switch it off and on"
        case .outOfService(.zeroised, _): "the unit's secrets are erased: switch it off and on"
        case .outOfService(.starting, _): "the unit is starting: wait a moment"
        case .outOfService(.streaming, _): "a session runs on the unit. End it first"
        case .outOfService(let state, _):
            "the unit's light cannot be switched in state \(state.name ?? "\(state.rawValue)")"
        case .lightWentOut(let state):
            "the light went out during warm-up: the unit is in state \(state.name ?? "\(state.rawValue)")"
        case .shutterDiffers(let reading):
            "the shutter \(reading.text). It may be stuck; what is measured behind it is not vacuum. Look at the shutter, or have it mended"
        case .heartbeatsMissed(let pause):
            "\(pause). Start again"
                + (pause.cause == .tooBusy ? ", and see what keeps the machine busy" : "")
        case .purposeForbids(let action):
            "\(action) is forbidden in a session of purpose key: raw key never leaves the unit this way. Start a session of purpose calibration or test"
        case .streamStalled(let milliseconds):
            "no stream frame for \(milliseconds) ms. If this is Bob, check that Alice streams and the link between them; else reset the unit"
        case .sessionEnded(let cause): "the unit ended the session (\(cause.name ?? "cause \(cause.rawValue)"))"
        case .outOfRange(let what, let value, let range): "\(what) \(value) is outside the unit's range \(range)"
        case .quarantined(let serial, let steps, let last):
            "unit \(serial) is in quarantine after \(steps) steps of recovery that did not help: \(last). Power-cycle it and look at its cable, then start again"
        case .consumerFailed(let failure): failure.description
        case .cancelled: "cancelled"
        }
    }
}
