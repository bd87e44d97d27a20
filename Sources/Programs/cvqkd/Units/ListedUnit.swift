import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

extension UnitReadiness {
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
}

extension ListedUnit {
    /// What a look at the unit has shown, in words.
    init(_ unit: ProbedUnit) {
        self.init(
            selector: unit.selector.description, status: unit.readiness, serial: unit.serial,
            role: unit.role?.description, emulated: unit.isEmulated, state: unit.state?.description,
            model: unit.model, firmware: unit.firmware, controller: unit.controller,
            connections: unit.connections.map(\.description),
            problem: unit.problem.map { Problem(CommandFailure($0)) },
            notes: unit.failedWays.map { "\($0.connection): \(CommandFailure($0.reason).message)" })
    }
}

extension ListedUnit.Problem {
    fileprivate init(_ failure: CommandFailure) { self.init(kind: failure.kind.rawValue, message: failure.message) }
}
