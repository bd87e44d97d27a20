import Glibc
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// Asks everything that looks like a unit who it is, without taking control of it.
enum UnitProbe {
    /// All units, or those that are named, also when they are absent; one that is reachable in several ways is listed
    /// once, with its best connection first.
    static func all(named selectors: [UnitSelector] = []) async throws -> [ListedUnit] {
        var candidates = try UnitOpener.candidates()
        let known = Set(candidates.map { SessionRecord.canonical($0.path) })
        // A line that nobody announced is asked if somebody names it.
        for case .serial(let path, let baud) in selectors where !known.contains(SessionRecord.canonical(path)) {
            guard baud == nil, access(path, F_OK) == 0 else { continue }
            candidates.append(
                UnitCandidate(connection: .serial(path: path), serial: nil, product: nil, isBootloader: false))
        }
        // One after the other would make a silent line delay all others by its time-out.
        let found = await withTaskGroup(of: (Int, ListedUnit).self) { group in
            for (index, candidate) in candidates.enumerated() {
                group.addTask { (index, await probe(candidate)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let units = merged(found)
        guard !selectors.isEmpty else { return units }
        let named = units.filter { unit in selectors.contains { unit.isNamed(by: $0) } }
        let absent = selectors.filter { selector in !units.contains { $0.isNamed(by: selector) } }
        return named + absent.map { ListedUnit(absent: $0, unasked: units.filter { $0.serial == nil }) }
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
                if listed.controller != nil { listed.status = .busy }
            }
            await unit.close()
        } catch {
            listed.fill(SessionRecords.holder(of: candidate.path))
            let failure = SessionRecords.explain(error, candidate.selector)
            listed.problem = ListedUnit.Problem(kind: failure.kind.rawValue, message: failure.message)
            listed.status = UnitReadiness(error)
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
            let notes = merged[index].notes + unit.notes
            let (works, fails) = merged[index].problem == nil ? (merged[index], unit) : (unit, merged[index])
            if works.problem == nil {
                merged[index] = works
                // One way works and another does not: that is worth a word.
                merged[index].notes =
                    notes + [fails.problem.map { "\(fails.connections[0]): \($0.message)" }].compactMap { $0 }
            }
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
