import UnitControl
import UnitTransport

/// What can be done with a unit now.
enum UnitReadiness: String, Encodable, Sendable, CaseIterable {
    /// It answers, speaks this program's protocol, and nobody controls it.
    case ready
    /// Another program holds its connection or controls it.
    case busy
    /// This user may not open it.
    case noPermission
    /// It is no unit, or its protocol differs.
    case incompatible
    /// Only its bootloader runs.
    case bootloader
    /// It was named and is not connected.
    case absent
    /// Nobody answers on its line.
    case noAnswer
    /// It was removed while it was asked.
    case gone
    /// Anything else; the message says what.
    case failed

    init(_ error: UnitError) {
        if case .inBootloader = error {
            self = .bootloader
            return
        }
        switch error.kind {
        case .busy: self = .busy
        case .noPermission: self = .noPermission
        case .incompatible: self = .incompatible
        case .timedOut: self = .noAnswer
        case .gone, .notFound: self = .gone
        default: self = .failed
        }
    }

    /// For a table.
    var words: String {
        switch self {
        case .ready: "ready"
        case .busy: "busy"
        case .noPermission: "no permission"
        case .incompatible: "incompatible"
        case .bootloader: "bootloader"
        case .absent: "absent"
        case .noAnswer: "no answer"
        case .gone: "gone"
        case .failed: "not usable"
        }
    }
}

/// One unit as `cvqkd list` shows it: who it is, or why it cannot be used.
struct ListedUnit: Encodable, Equatable, Sendable {
    struct Problem: Encodable, Equatable, Sendable {
        var kind: String
        var message: String
    }

    var selector: String
    var status = UnitReadiness.ready
    var serial: String?
    var role: String?
    var emulated: Bool?
    var state: String?
    var model: String?
    var firmware: String?
    var controller: String?
    var connections: [String]
    var problem: Problem?
    /// What is wrong with further connections of a unit that works.
    var notes: [String] = []

    /// Whether a selector names it.
    func isNamed(by selector: UnitSelector) -> Bool {
        switch selector {
        case .anywhere(let serial): self.serial == serial
        case .usb(let serial): self.serial == serial && connections.contains { $0.hasPrefix("USB ") }
        case .serial(let path, _):
            connections.contains { SessionRecord.canonical($0) == SessionRecord.canonical(path) }
        }
    }
}

extension ListedUnit {
    /// A unit that was named and is not there. It may be behind a line that does not say who it is.
    init(absent selector: UnitSelector, unasked: [ListedUnit]) {
        let lines = unasked.flatMap(\.connections)
        var message = TransportError.notFound(selector.description).description
        if !lines.isEmpty && selector.serialNumber != nil {
            message = "\(selector) is not among the units that answer; it may be at \(lines.joined(separator: ", "))"
        }
        self.init(
            selector: selector.description, status: .absent, serial: selector.serialNumber, connections: [],
            problem: Problem(kind: FailureKind.notFound.rawValue, message: message))
    }
}
