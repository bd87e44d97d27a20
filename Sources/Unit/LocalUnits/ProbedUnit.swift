internal import UnitControl
public import UnitProtocol
public import UnitTransport

/// One unit as a look at everything that is plugged in shows it: who it is, or why it cannot be used.
public struct ProbedUnit: Sendable, Equatable {
    /// A way to a unit that does not work although another one does.
    public struct FailedWay: Sendable, Equatable {
        /// The way.
        public var connection: UnitCandidate.Connection
        /// Why it does not work.
        public var reason: LocalUnitError

        /// A way that does not work.
        public init(connection: UnitCandidate.Connection, reason: LocalUnitError) {
            self.connection = connection
            self.reason = reason
        }
    }

    /// How to name it.
    public var selector: UnitSelector
    /// What can be done with it.
    public var readiness: UnitReadiness
    /// Serial number, if it or its bus tells.
    public var serial: String?
    /// Alice or Bob.
    public var role: UnitRole?
    /// Whether no optics are behind it.
    public var isEmulated: Bool?
    /// What it is doing.
    public var state: UnitState?
    /// Model name.
    public var model: String?
    /// Firmware version.
    public var firmware: String?
    /// Who controls it, as that program named itself.
    public var controller: String?
    /// The ways to it, the best first; empty if it is absent.
    public var connections: [UnitCandidate.Connection]
    /// Why it cannot be used.
    public var problem: LocalUnitError?
    /// What is wrong with further ways to a unit that works.
    public var failedWays: [FailedWay] = []
    /// How to name this unit and the others that have its serial number; empty if it is the only one.
    public var namesakes: [UnitSelector] = []
    /// What tells it apart from others with its serial number.
    var traits: UnitTraits?

    /// A unit of which no more is known than how it is connected.
    public init(
        selector: UnitSelector, readiness: UnitReadiness = .ready, serial: String? = nil,
        connections: [UnitCandidate.Connection] = [], problem: LocalUnitError? = nil
    ) {
        self.selector = selector
        self.readiness = readiness
        self.serial = serial
        self.connections = connections
        self.problem = problem
    }

    /// A candidate before anybody has talked to it.
    init(_ candidate: UnitCandidate) {
        self.init(selector: candidate.selector, serial: candidate.serial, connections: [candidate.connection])
        model = candidate.product
        traits = UnitTraits(candidate)
    }

    /// A unit that was named and is not among those that were found. It may be behind a line that does not say who it is:
    /// then it is not absent but silent.
    init(missing selector: UnitSelector, among units: [ProbedUnit]) {
        let unasked = units.filter { $0.serial == nil }
        let lines = unasked.flatMap(\.connections)
        let meant = selector.serialNumber.map(units.meant) ?? []
        let problem: LocalUnitError
        if !meant.isEmpty {
            problem = .perhapsMeant(selector, meant)
        } else if lines.isEmpty || selector.serialNumber == nil {
            problem = .unit(selector, .transport(.notFound(selector.description)))
        } else {
            problem = .notAmongAnswering(selector, lines: lines)
        }
        let isSilent = meant.isEmpty && selector.serialNumber != nil && unasked.contains { $0.readiness == .noAnswer }
        self.init(
            selector: selector, readiness: isSilent ? .noAnswer : .absent, serial: selector.serialNumber,
            problem: problem)
    }

    mutating func fill(_ identity: UnitIdentity) {
        serial = identity.serial
        role = identity.role
        isEmulated = identity.isEmulated
        model = identity.model
        firmware = identity.firmware
        traits?.fill(identity)
        if case .serial = identity.endpoint.selector { return }
        selector = identity.endpoint.selector
    }

    mutating func fill(_ held: HeldUnit?) {
        guard let held else { return }
        serial = serial ?? held.serial
        role = held.role
        isEmulated = held.isEmulated
    }

    mutating func fail(_ error: UnitError) {
        problem = .unit(selector, error)
        readiness = UnitReadiness(error)
        if case .inBootloader = error { state = .bootloader }
    }

    fileprivate func maybeSame(_ other: ProbedUnit) -> Bool {
        guard let traits, let theirs = other.traits else { return true }
        return traits.maybeSame(theirs)
    }

    /// Whether a selector names it.
    public func isNamed(by selector: UnitSelector) -> Bool {
        switch selector {
        case .anywhere(let serial): return self.serial == serial
        case .usb(let serial): return self.serial == serial && connections.contains(where: \.isUSB)
        case .serial(let path, _):
            let wanted = DevicePath.canonical(path)
            return connections.contains { !$0.isUSB && DevicePath.canonical($0.path) == wanted }
        }
    }
}

extension [ProbedUnit] {
    /// One entry for each unit: ways with one serial number are one unit unless something tells them apart. The first stays
    /// (USB comes first), unless only a later one works.
    public func mergedBySerialNumber() -> [ProbedUnit] {
        var merged: [ProbedUnit] = []
        for unit in self {
            guard let serial = unit.serial,
                let index = merged.firstIndex(where: { $0.serial == serial && $0.maybeSame(unit) })
            else {
                merged.append(unit)
                continue
            }
            let connections = merged[index].connections + unit.connections
            let failedWays = merged[index].failedWays + unit.failedWays
            let (works, fails) = merged[index].problem == nil ? (merged[index], unit) : (unit, merged[index])
            if works.problem == nil {
                merged[index] = works
                merged[index].failedWays = failedWays
                // One way works and another does not: that is worth a word.
                if let reason = fails.problem {
                    merged[index].failedWays.append(
                        ProbedUnit.FailedWay(connection: fails.connections[0], reason: reason))
                }
            }
            merged[index].connections = connections
        }
        return merged.withNamesakes()
    }
}
