import LinkOperation
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

extension UnitNotices {
    /// Shows what units say unasked while a command runs.
    static func show(_ units: [Unit], on live: LiveLine) async -> UnitNotices {
        await begin(units) { notice in
            if let words = notice.words { live.note("\(words)") }
        }
    }
}

extension UnitNotice {
    /// For a person; nil for what is expected or of no interest.
    var words: String? { text.map { "\(unit.role) \(unit.serial): \($0)" } }

    private var text: String? {
        switch event {
        case .stateChanged(let change):
            let expected: [StateCause] = [.command, .warmUpDone, .peerStopped, .symbolLimit]
            guard !expected.contains(change.cause) else { return nil }
            let fault = change.faultCode == 0 ? "" : ", fault \(change.faultCode)"
            return "\(change.before) to \(change.after) by itself (\(change.cause)\(fault))"
        case .rangeCrossed(let range):
            if isOfLightGoingOnOrOff { return nil }
            let name = quantity?.name ?? "quantity \(range.id)"
            let value = range.value.isFinite ? " at \(TelemetryTable.value(range.value, quantity?.unit ?? ""))" : ""
            return "\(name) is now \(range.after)\(value), was \(range.before)"
        case .log(let level, let text): return level.rawValue >= LogLevel.warning.rawValue ? "\(level): \(text)" : nil
        case .disconnected(let error): return error == .closed ? nil : error.description
        case .leftOut(let count):
            return
                "\(NumberText.count(count)) more \(count == 1 ? "message" : "messages") left out: it says more than can be read"
        case .unknown: return nil
        }
    }
}
