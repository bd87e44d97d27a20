import Hotplug
import UnitControl
import UnitProtocol
import UnitTransport

/// One unit as `cvqkd list` shows it: who it is, or why it cannot be used.
struct ListedUnit: Encodable, Equatable, Sendable {
    struct Problem: Encodable, Equatable, Sendable {
        var kind: String
        var message: String
    }

    var selector: String
    var serial: String?
    var role: String?
    var emulated: Bool?
    var state: String?
    var model: String?
    var firmware: String?
    var controller: String?
    var connections: [String]
    var problem: Problem?
}

/// Asks everything that looks like a unit who it is, without taking control of it.
enum UnitProbe {
    /// All units; one that is reachable in several ways is listed once, with its best connection first.
    static func all() async throws -> [ListedUnit] {
        let candidates = try UnitOpener.candidates()
        // One after the other would make a silent line delay all others by its time-out.
        let found = await withTaskGroup(of: (Int, ListedUnit).self) { group in
            for (index, candidate) in candidates.enumerated() {
                group.addTask { (index, await probe(candidate)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return merged(found)
    }

    private static func probe(_ candidate: UnitCandidate) async -> ListedUnit {
        var listed = ListedUnit(
            selector: candidate.selector.description, serial: candidate.serial, model: candidate.product,
            connections: [candidate.connectionName])
        do throws(UnitError) {
            if candidate.isBootloader { throw UnitError.inBootloader(serial: candidate.serial ?? candidate.path) }
            let unit = try await Unit.connect(
                try UnitOpener.open(candidate), access: .observe, hostName: UnitOpener.hostName("list"))
            listed.fill(unit.identity)
            if let status = try? await unit.status() {
                listed.state = status.state.description
                listed.controller = status.controller.isEmpty ? nil : status.controller.description
            }
            await unit.close()
        } catch {
            listed.fill(SessionRecords.holder(of: candidate.path))
            let failure = SessionRecords.explain(error, candidate.selector)
            listed.problem = ListedUnit.Problem(kind: failure.kind.rawValue, message: failure.message)
            if case .inBootloader = error { listed.state = UnitState.bootloader.description }
        }
        return listed
    }

    /// Joins entries with the same serial number. The first stays (USB comes first), unless only a later one works.
    static func merged(_ units: [ListedUnit]) -> [ListedUnit] {
        var merged: [ListedUnit] = []
        for unit in units {
            guard let serial = unit.serial, let index = merged.firstIndex(where: { $0.serial == serial }) else {
                merged.append(unit)
                continue
            }
            let connections = merged[index].connections + unit.connections
            if merged[index].problem != nil && unit.problem == nil { merged[index] = unit }
            merged[index].connections = connections
        }
        return merged
    }
}

extension ListedUnit {
    fileprivate mutating func fill(_ identity: UnitIdentity) {
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        model = identity.model
        firmware = identity.firmware
        if case .serial = identity.endpoint.selector { return }
        selector = identity.endpoint.selector.description
    }

    fileprivate mutating func fill(_ known: SessionRecord.Member?) {
        guard let known else { return }
        serial = serial ?? known.serial
        role = known.role
        emulated = known.emulated
    }
}

extension UnitCandidate {
    fileprivate var connectionName: String {
        switch connection {
        case .usb(let node): "USB \(node)"
        case .serial(let path): path
        }
    }
}
