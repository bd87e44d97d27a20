import UnitControl

/// How a cell ended, as the host saw it.
enum Outcome: Equatable, CustomStringConvertible {
    /// No error, no loss.
    case unaffected
    /// No error; what was lost is declared.
    case declaredLoss
    /// A typed error, after which the unit was usable again: proven by a session without loss.
    case resumed(String)
    /// A typed error, and no way back in this cell.
    case failed(String)
    /// Removed, and reported as such; it did not come back.
    case gone
    /// Given up after the last step of the ladder.
    case quarantined

    var description: String {
        switch self {
        case .unaffected: "unaffected"
        case .declaredLoss: "declaredLoss"
        case .resumed(let error): "resumed: \(error)"
        case .failed(let error): "failed: \(error)"
        case .gone: "gone"
        case .quarantined: "quarantined"
        }
    }
}

/// What cells have to end with, within how long, and why.
struct Expectation: Sendable {
    let fault: MatrixFault
    var transports: [MatrixTransport] = MatrixTransport.allCases
    var phases: [Phase] = Phase.allCases
    /// Any of these.
    let outcomes: [Outcome]
    /// The step of the recovery ladder that has to help.
    var step: RecoveryStep?
    /// From the cell's beginning to its end, enumeration and proof included, s.
    var bound = 15.0
    let reason: String

    /// The first row that covers the cell; every cell has one.
    static func of(_ cell: Cell) -> Expectation? {
        table.first {
            $0.fault == cell.fault && $0.transports.contains(cell.transport) && $0.phases.contains(cell.phase)
        }
    }

    /// What of this a result does not meet; nil if it meets all.
    func complaint(_ result: CellResult) -> String? {
        if !outcomes.contains(result.outcome) {
            return "expected \(outcomes.map(\.description).joined(separator: " or ")): \(reason)"
        }
        guard let step, result.step != step else { return nil }
        return "expected the way back by \(step.rawValue), it was by \(result.step?.rawValue ?? "none")"
    }

    private static let serial: [MatrixTransport] = [.cdcACM, .pty]
    private static let asked: [Phase] = [.idle, .streaming, .capturing]

    static let table: [Expectation] =
        [
            Expectation(fault: .unplug, outcomes: [.gone], reason: "it is away, and everybody is told so"),
            Expectation(
                fault: .replug, outcomes: [.resumed("gone")], step: .reconnection,
                reason: "found again by its serial number"),
            Expectation(
                fault: .brownOut, outcomes: [.resumed("gone")], step: .reconnection,
                reason: "the bootloader is no unit yet; the firmware that follows is the same unit"),
            Expectation(
                fault: .twoUnits, outcomes: [.gone], reason: "one unit is unplugged; the other streams on without loss"),
            Expectation(
                fault: .stall, transports: [.cdcACM], outcomes: [.unaffected],
                reason: "the kernel's cdc-acm clears the halt by itself, and the unit kept its bytes"),
            Expectation(
                fault: .stall, transports: [.usb], outcomes: [.unaffected, .declaredLoss],
                reason: "the halt is cleared and the session goes on; the unit's FIFO bridges it or declares"),
            Expectation(
                fault: .hang, phases: asked, outcomes: [.resumed("timedOut(GetStatus)")],
                reason: "the request's deadline, twice; nothing is poisoned when the unit answers again"),
            Expectation(
                fault: .hang, phases: [.starting], outcomes: [.resumed("timedOut(StartStream)")],
                reason: "StartStream is not repeated: the unit may have begun"),
            Expectation(
                fault: .hang, phases: [.stopping], outcomes: [.resumed("timedOut(StopStream)")],
                reason: "StopStream is asked twice, 3 s each"),
            Expectation(
                fault: .lateReply, phases: asked, outcomes: [.resumed("timedOut(GetStatus)")],
                reason: "2.5 s is beyond the deadline and its repetition; the late replies are dropped by their numbers"
            ),
            Expectation(
                fault: .lateReply, phases: [.starting], outcomes: [.resumed("timedOut(StartStream)")],
                reason: "2.5 s is beyond StartStream's deadline of 2 s"),
            Expectation(
                fault: .lateReply, phases: [.stopping], outcomes: [.unaffected],
                reason: "2.5 s is within StopStream's deadline of 3 s"),
            Expectation(
                fault: .duplicateReply, outcomes: [.unaffected], reason: "the second reply matches no number any more"),
            Expectation(
                fault: .overflow, phases: [.idle, .starting, .streaming, .capturing], outcomes: [.declaredLoss],
                reason: "the unit drops whole slots and says so in its next frame"),
            Expectation(
                fault: .permissionRevoked, outcomes: [.resumed("noPermission")],
                reason:
                    "what is open goes on; opening again says which permission is missing, and works when it is back"),
            Expectation(
                fault: .slowConsumer, phases: [.stopping], outcomes: [.unaffected],
                reason: "nothing new is made; what waits fits the buffers"),
            Expectation(
                fault: .slowConsumer, transports: serial, outcomes: [.declaredLoss, .unaffected],
                reason: "64 buffers hold one frame each, or sixteen if they come in bursts: 0.6 s or 10 s"),
            Expectation(
                fault: .slowConsumer, outcomes: [.declaredLoss],
                reason:
                    "buffers and FIFO hold less than two seconds: the unit drops and declares, and nothing else stops"),
        ]
        // Replies and frames share the CDC line: before the stream has begun, a transfer that is lost carries a reply.
        + [MatrixFault.protocolError, .shortTransfer, .babble].flatMap {
            [
                Expectation(
                    fault: $0, transports: [.cdcACM], phases: [.idle], outcomes: [.unaffected],
                    reason: "the reply that is lost is asked for again"),
                Expectation(
                    fault: $0, transports: [.cdcACM], phases: [.starting],
                    outcomes: [.resumed("timedOut(StartStream)"), .unaffected, .declaredLoss], bound: 25,
                    reason: "StartStream's reply is lost, or that to a heartbeat, or both with the first frame"),
            ]
        }
        + [MatrixFault.protocolError, .shortTransfer, .babble, .sequenceGap, .crcFlip, .staleSession, .lineNoise].map {
            Expectation(
                fault: $0, phases: [.idle, .starting, .streaming, .capturing], outcomes: [.declaredLoss],
                reason: "the frames that were hit are missing between two good ones")
        }
        + [
            MatrixFault.overflow, .protocolError, .shortTransfer, .babble, .sequenceGap, .crcFlip, .staleSession,
            .lineNoise,
        ].map {
            Expectation(
                fault: $0, phases: [.stopping], outcomes: [.unaffected, .declaredLoss],
                reason: "only the last frames can be hit, or the end frame, for which the unit's final count stands in")
        }
        + [
            // The kernel's closing_wait: close() of a CDC line whose unit takes nothing waits 30 s for the bytes in it,
            // and only root may shorten that. The reset comes behind it.
            Expectation(
                fault: .wedge, transports: [.cdcACM],
                outcomes: ["GetStatus", "StartStream", "StopStream"].map { .resumed("timedOut(\($0))") }, step: .reset,
                bound: 90, reason: "the request's deadline; after the kernel's 30 s for closing, a reset of the port"),
            Expectation(
                fault: .wedge, phases: asked,
                outcomes: [.resumed("timedOut(GetStatus)"), .resumed("sendTimedOut")], step: .reset, bound: 30,
                reason: "whichever deadline of 1 s is over first; then the ladder resets the port"),
            Expectation(
                fault: .wedge, phases: [.starting],
                outcomes: [.resumed("timedOut(StartStream)"), .resumed("sendTimedOut")], step: .reset, bound: 30,
                reason: "the deadline of the transfer or of the request; then the ladder resets the port"),
            Expectation(
                fault: .wedge, phases: [.stopping],
                outcomes: [.resumed("timedOut(StopStream)"), .resumed("sendTimedOut")], step: .reset, bound: 30,
                reason: "the deadline of the transfer or of the request; then the ladder resets the port"),
            Expectation(
                fault: .dead, outcomes: [.quarantined], bound: 40,
                reason: "two resets do not make it answer; nothing is tried any more, and the error says so"),
        ]
}
