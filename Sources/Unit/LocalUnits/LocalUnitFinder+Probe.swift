internal import UnitControl
internal import UnitProtocol
public import UnitTransport

extension LocalUnitFinder {
    /// Asks everything that looks like a unit who it is, without taking control of it.
    ///
    /// All units, or those that are named, also when they are absent; one that is reachable in several ways is listed once,
    /// with its best connection first.
    public func probe(named selectors: [UnitSelector] = []) async throws(LocalUnitError) -> [ProbedUnit] {
        var candidates = try candidates()
        let known = Set(candidates.map { DevicePath.canonical($0.path) })
        // A line that nobody announced is asked if somebody names it.
        for case .serial(let path, let baud) in selectors where !known.contains(DevicePath.canonical(path)) {
            guard baud == nil, DevicePath.exists(path) else { continue }
            candidates.append(
                UnitCandidate(connection: .serial(path: path), serial: nil, product: nil, isBootloader: false))
        }
        // One after the other would make a silent line delay all others by its time-out.
        let found = await withTaskGroup(of: (Int, ProbedUnit).self) { group in
            for (index, candidate) in candidates.enumerated() {
                group.addTask { (index, await probe(candidate)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let units = found.mergedBySerialNumber()
        guard !selectors.isEmpty else { return units }
        let named = units.filter { unit in selectors.contains { unit.isNamed(by: $0) } }
        let absent = selectors.filter { selector in !units.contains { $0.isNamed(by: selector) } }
        return named + absent.map { ProbedUnit(absent: $0, unasked: units.filter { $0.serial == nil }) }
    }

    private func probe(_ candidate: UnitCandidate) async -> ProbedUnit {
        var probed = ProbedUnit(candidate)
        do throws(UnitError) {
            if candidate.isBootloader { throw .inBootloader(serial: candidate.serial ?? candidate.path) }
            let transport: any UnitTransport
            do throws(TransportError) { transport = try LocalUnits.open(candidate) } catch { throw .transport(error) }
            let unit = try await Unit.connect(transport, access: .observe, hostName: hostName, clock: clock)
            probed.fill(unit.identity)
            if let status = try? await unit.status() {
                probed.state = status.state
                if !status.controller.isEmpty {
                    probed.controller = status.controller.description
                    probed.readiness = .busy
                }
            }
            await unit.close()
        } catch {
            probed.fill(sessions.unit(at: DevicePath.canonical(candidate.path)))
            probed.fail(error)
        }
        return probed
    }
}
