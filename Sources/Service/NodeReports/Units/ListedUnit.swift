public import LocalUnits
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// All units that are connected, or that were named.
public struct UnitListDocument: Codable, Sendable, Hashable {
    /// USB first.
    public var units: [ListedUnit]

    /// The document of a list.
    public init(_ units: [ListedUnit]) { self.units = units }
}

/// One unit of a list: who it is, or why it cannot be used.
public struct ListedUnit: Codable, Sendable, Hashable {
    /// How to name it.
    public var selector: String
    /// What can be done with it.
    public var status = UnitReadiness.ready
    /// Serial number, if it or its bus tells.
    public var serial: String?
    /// `Alice` or `Bob`.
    public var role: String?
    /// Whether no optics are behind it.
    public var emulated: Bool?
    /// What it is doing.
    public var state: String?
    /// Model name.
    public var model: String?
    /// Firmware version.
    public var firmware: String?
    /// Who controls it, as that program named itself.
    public var controller: String?
    /// The ways to it, the best first.
    public var connections: [String]
    /// Why it cannot be used.
    public var problem: FailureReport?
    /// What is wrong with further connections of a unit that works.
    public var notes: [String] = []

    /// A unit of which no more is known than how it is connected.
    public init(selector: String, connections: [String]) {
        self.selector = selector
        self.connections = connections
    }

    /// What a look at the unit has shown; `describe` puts an error in words.
    public init(_ unit: ProbedUnit, describe: (LocalUnitError) -> FailureReport) {
        selector = unit.selector.description
        status = unit.readiness
        serial = unit.serial
        role = unit.role?.description
        emulated = unit.isEmulated
        state = unit.state?.description
        model = unit.model
        firmware = unit.firmware
        controller = unit.controller
        connections = unit.connections.map(\.description)
        problem = unit.problem.map(describe)
        notes = unit.failedWays.map { "\($0.connection): \(describe($0.reason).message)" }
        if let serial = unit.serial, !unit.namesakes.isEmpty {
            notes.append(describe(.unit(unit.selector, .ambiguousSerial(serial, ways: unit.namesakes))).message)
        }
    }
}
