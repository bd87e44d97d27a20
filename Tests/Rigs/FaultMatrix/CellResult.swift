import UnitControl
import UnitTransport

/// How a cell ended.
struct CellResult: Sendable {
    let cell: Cell
    var outcome: Outcome
    /// From the fault to the first frame after it; nil if there is none.
    var recoverySeconds: Double?
    /// Symbols that the unit made and that were not delivered.
    var lost: UInt64
    /// Symbols that the driver declared as missing.
    var declared: UInt64
    /// The step of the ladder that helped, if one was needed.
    var step: RecoveryStep?
    /// Why the cell fails.
    var faults: [String]
    /// What else was measured.
    var notes: [String]
    /// What took too long. On a busy machine that can be the machine's fault: the cell is played again.
    var delays: [String] = []

    var passed: Bool { faults.isEmpty && delays.isEmpty }

    /// One JSON object with the keys that the file promises.
    var json: String {
        let detail = (faults + delays + notes).joined(separator: "; ")
        let seconds = recoverySeconds.map { "\((($0 * 1000).rounded()) / 1000)" } ?? "null"
        return """
            {"fault": \(Self.quoted(cell.fault.rawValue)), "phase": \(Self.quoted(cell.phase.rawValue)), \
            "transport": \(Self.quoted(cell.transport.rawValue)), "outcome": \(Self.quoted("\(outcome)")), \
            "recoverySeconds": \(seconds), "lostSymbols": \(lost), "declaredSymbols": \(declared), \
            "passed": \(passed)\(detail.isEmpty ? "" : ", \"detail\": \(Self.quoted(detail))")}
            """
    }

    /// One line of the table.
    var line: String {
        let seconds = recoverySeconds.map { "\(Int($0 * 1000)) ms" } ?? "–"
        return Self.row([
            passed ? "ok" : "FAIL", cell.transport.rawValue, cell.fault.rawValue, cell.phase.rawValue, "\(outcome)",
            seconds, "\(lost)", "\(declared)",
        ]) + (passed ? "" : "\n      " + (faults + delays).joined(separator: "\n      "))
    }

    static let heading = row(["", "transport", "fault", "phase", "outcome", "back after", "lost", "declared"])

    private static func row(_ columns: [String]) -> String {
        zip(columns, [5, 10, 22, 10, 36, 11, 8, 8]).map { text, width in
            text + String(repeating: " ", count: max(1, width - text.count))
        }.joined()
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 32: quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension UnitError {
    /// The error's name and what tells it from its like, for a table.
    var shortName: String {
        switch self {
        case .transport(let error): error.shortName
        case .timedOut(let request, _): "timedOut(\(request))"
        case .refused(let request, let code, _, _, _, _): "refused(\(request), \(code.name ?? "\(code.rawValue)"))"
        case .streamStalled: "streamStalled"
        case .sessionEnded(let cause): "sessionEnded(\(cause.name ?? "\(cause.rawValue)"))"
        case .inBootloader: "inBootloader"
        case .notReached(let state, _): "notReached(\(state.name ?? "\(state.rawValue)"))"
        case .badReply(let request, _): "badReply(\(request))"
        case .controlledElsewhere: "controlledElsewhere"
        case .quarantined: "quarantined"
        case .cancelled: "cancelled"
        default: "\(self)"
        }
    }
}

extension TransportError {
    /// The error's name and what tells it from its like, for a table.
    var shortName: String {
        switch self {
        case .gone: "gone"
        case .closed: "closed"
        case .noPermission: "noPermission"
        case .notFound: "notFound"
        case .busy: "busy"
        case .sendTimedOut: "sendTimedOut"
        case .sendBlocked: "sendBlocked"
        case .usb(let call, _, _, let name): "usb(\(call), \(name))"
        case .system(let call, _, let code): "system(\(call), \(code))"
        default: "\(self)"
        }
    }
}
