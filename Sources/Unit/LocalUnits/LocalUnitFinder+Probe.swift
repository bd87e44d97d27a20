internal import UnitControl
internal import UnitProtocol
public import UnitTransport

extension LocalUnitFinder {
    /// Asks everything that looks like a unit who it is, without taking control of it.
    ///
    /// All units, or those that are named, also when they are absent; one that is reachable in several ways is listed once,
    /// with its best connection first.
    public func probe(named selectors: [UnitSelector] = []) async throws(LocalUnitError) -> [ProbedUnit] {
        await (try probing(named: selectors)).all()
    }

    /// What a unit has to say who it is and what it does, all in all. A silent one is known to be after 2.1 s.
    public static let probeBudget: Duration = .seconds(4)

    /// The same, for those who show what has come before the slowest unit has answered: no unit gets more than `budget`.
    public func probing(
        named selectors: [UnitSelector] = [], within budget: Duration = probeBudget
    ) throws(LocalUnitError) -> UnitProbing {
        var candidates = try candidates()
        let known = Set(candidates.map { DevicePath.canonical($0.path) })
        // A line that nobody announced is asked if somebody names it.
        for case .serial(let path, let baud) in selectors where !known.contains(DevicePath.canonical(path)) {
            guard baud == nil, DevicePath.exists(path) else { continue }
            candidates.append(
                UnitCandidate(connection: .serial(path: path), serial: nil, product: nil, isBootloader: false))
        }
        return UnitProbing(self, candidates, named: selectors, within: budget)
    }

    func probe(_ candidate: UnitCandidate, within budget: Duration) async -> ProbedUnit {
        var probed = ProbedUnit(candidate)
        do throws(UnitError) {
            if let serial = candidate.serial, !UnitSelector.isSerialNumber(serial) { throw .illegalSerial(serial) }
            if candidate.isBootloader { throw .inBootloader(serial: candidate.serial ?? candidate.path) }
            // This program's own units are not foreign, and would be disturbed by being asked over the same line.
            if DevicePath.isOpenHere(candidate.path) {
                throw .transport(.busy(path: candidate.path, holder: "this program"))
            }
            let transport: any UnitTransport
            do throws(TransportError) { transport = try LocalUnits.open(candidate) } catch { throw .transport(error) }
            let unit = try await Unit.connect(
                transport, access: .observe, hostName: hostName, within: budget, clock: clock)
            probed.fill(unit.identity)
            if let status = try? await unit.status() {
                probed.state = status.state
                if !status.controller.isEmpty {
                    probed.controller = status.controller.description
                    probed.readiness = .busy
                }
                probed.traits?.clock = try? await unit.clockMapping()
            }
            await unit.close()
        } catch {
            probed.fill(sessions.unit(at: DevicePath.canonical(candidate.path)))
            probed.fail(error)
        }
        return probed
    }
}
