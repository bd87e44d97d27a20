internal import Glibc
internal import UnitProtocol
public import UnitTransport

/// The behaviour suite of the unit protocol: tries every rule that a host can see on a unit, or on a pair.
public struct ConformanceSuite: Sendable {
    /// What is to be tried.
    public struct Options: Sendable {
        /// Names of checks; empty for all.
        public var only: Set<String> = []
        /// Whether units may be restarted and their secrets erased.
        public var isDestructive = false
        /// Symbols per second of the suite's sessions, Hz; nil for what fits unit and line.
        public var symbolRate: Double?

        /// Everything that destroys nothing.
        public init() {}
    }

    /// What happens while it runs.
    public enum Progress: Sendable {
        /// A check begins.
        case began(ConformanceCheck, subject: String)
        /// A check has ended.
        case ended(PhaseRecord)
    }

    /// All checks, in an order in which each leaves the unit usable for the next and light goes on seldom.
    public static let checks: [ConformanceCheck] =
        identityChecks + frameChecks + requestChecks + telemetryChecks + lightChecks + gatingChecks + rangeChecks
        + measurementChecks + streamChecks + agreementChecks + sessionChecks + readingChecks + deadManChecks
        + heartbeatChecks + portChecks + pairChecks + restartChecks + lineChecks

    private let ports: [UnitPorts]
    private let options: Options
    private let station: String
    private let clock: HostClock

    /// A run on one unit, or on two: an Alice and a Bob. `station` names the machine in the record; `clock` is what is
    /// waited and measured by.
    public init(
        _ ports: [UnitPorts], options: Options = Options(), station: String, clock: HostClock = .monotonic
    ) {
        self.ports = ports
        self.options = options
        self.station = station
        self.clock = clock
    }

    /// Carries the checks out. Never throws: what goes wrong is in the record. When the task is cancelled, the check that
    /// runs is abandoned, units are stopped and dark, and the record says aborted.
    public func run(_ report: @escaping @Sendable (Progress) -> Void = { _ in }) async -> ConformanceRecord {
        let began = clock.now
        var record = ConformanceRecord(
            units: [], station: station, startMillis: Self.millis(), seconds: 0, isAborted: false,
            symbolRate: 0, phases: [])
        var units: [TestedUnit] = []
        for (index, ports) in ports.enumerated() {
            do {
                let unit = try await TestedUnit.open(ports, rate: options.symbolRate, clock: clock)
                units.append(unit)
                record.units.append(Self.identity(unit))
            } catch {
                record.phases.append(Self.unopened(index, error))
            }
        }
        if units.count == ports.count {
            if units.count == 2, units[0].subject == units[1].subject {
                record.phases.append(
                    Self.unopened(1, Obstacle("both units say that they are \(units[0].subject): a pair is needed")))
            } else {
                record.symbolRate = (try? await units[0].symbolRate()) ?? 0
                await carryOut(units, &record, report)
            }
        }
        await Self.leave(units)
        record.seconds = (clock.now - began).inSeconds
        return record
    }

    /// Outside the cancelled task: the light goes out, whatever happened.
    private static func leave(_ units: [TestedUnit]) async {
        for unit in units {
            nonisolated(unsafe) let leaving = unit
            // SAFETY: nobody else uses the unit any more, and the task is waited for.
            await Task(executorPreference: leaving.clock.executor) { await leaving.leave() }.value
        }
    }

    private func carryOut(
        _ units: [TestedUnit], _ record: inout ConformanceRecord, _ report: (Progress) -> Void
    ) async {
        let alice = units.first(where: \.isAlice)
        let bob = units.first { !$0.isAlice }
        let pair = alice.flatMap { alice in bob.map { TestedPair(alice: alice, bob: $0) } }
        for check in Self.checks where options.only.isEmpty || options.only.contains(check.id) {
            switch check.body {
            case .unit(let body):
                if let missing = Self.missingRole(check, alice, bob) {
                    record.phases.append(
                        await attempt(check, missing, "no unit of this role was given", report) { _ in })
                }
                for unit in units {
                    if Task.isCancelled { return record.isAborted = true }
                    if check.needs.contains(.alice) && !unit.isAlice || check.needs.contains(.bob) && unit.isAlice {
                        continue
                    }
                    let reason = reasonToSkip(check, unit)
                    record.phases.append(
                        await attempt(check, unit.subject, reason, report) { trial in
                            try await unit.prepare()
                            try await body(unit, trial)
                        })
                }
            case .pair(let body):
                if Task.isCancelled { return record.isAborted = true }
                record.phases.append(
                    await attempt(check, "pair", pair == nil ? "needs both units of a pair (--bob)" : nil, report) {
                        trial in
                        guard let pair else { return }
                        try await pair.alice.prepare()
                        try await pair.bob.prepare()
                        try await body(pair, trial)
                    })
            }
        }
        if Task.isCancelled { record.isAborted = true }
    }

    /// The role that a check is for, if no unit has it.
    private static func missingRole(_ check: ConformanceCheck, _ alice: TestedUnit?, _ bob: TestedUnit?) -> String? {
        if check.needs.contains(.alice) && alice == nil { return "alice" }
        return check.needs.contains(.bob) && bob == nil ? "bob" : nil
    }

    private func reasonToSkip(_ check: ConformanceCheck, _ unit: TestedUnit) -> String? {
        if check.needs.contains(.destructive) && !options.isDestructive {
            return "restarts the unit or erases its secrets; --destructive allows it"
        }
        if check.needs.contains(.secondPort) && unit.ports.openSecond == nil {
            return "needs a second port of the unit (--second-port)"
        }
        if check.needs.contains(.hangUp) && !unit.seesHangUp { return "the unit cannot see that this port is closed" }
        if !unit.can(check.capabilities) { return "the unit has not the capability" }
        return nil
    }

    private func attempt(
        _ check: ConformanceCheck, _ subject: String, _ reason: String?, _ report: (Progress) -> Void,
        _ body: (Trial) async throws -> Void
    ) async -> PhaseRecord {
        var phase = PhaseRecord(
            check: check.id, title: check.title, rule: check.rule, section: check.section.description,
            subject: subject, startMillis: Self.millis(), seconds: 0, outcome: .skip, seen: [], measurements: [])
        let began = clock.now
        if let reason {
            phase.seen = [reason]
        } else {
            report(.began(check, subject: subject))
            let trial = Trial()
            do {
                try await body(trial)
                phase.seen = trial.findings
                phase.outcome = trial.findings.isEmpty ? .pass : .fail
            } catch {
                (phase.outcome, phase.seen) = Self.verdict(error, trial.findings)
            }
            phase.measurements = trial.measurements
        }
        phase.seconds = (clock.now - began).inSeconds
        report(.ended(phase))
        return phase
    }

    /// A violation fails the check; what else ends it says nothing about the rule, unless a finding was noted before.
    private static func verdict(_ error: any Error, _ findings: [String]) -> (PhaseOutcome, [String]) {
        switch error {
        case let violation as Violation: return (.fail, findings + [violation.text])
        case let reason as Inapplicable where findings.isEmpty: return (.skip, [reason.reason])
        case let obstacle as Obstacle: return (findings.isEmpty ? .error : .fail, findings + [obstacle.text])
        case is CancellationError: return (.error, findings + ["ended from outside"])
        default: return (findings.isEmpty ? .error : .fail, findings + ["\(error)"])
        }
    }

    private static func unopened(_ index: Int, _ error: any Error) -> PhaseRecord {
        let text = (error as? Violation)?.text ?? (error as? Obstacle)?.text ?? "\(error)"
        return PhaseRecord(
            check: "connect", title: "The unit can be opened and answers Hello",
            rule: "Hello opens a connection on its port",
            section: Section.connection.description, subject: index == 0 ? "unit" : "second-unit",
            startMillis: millis(),
            seconds: 0, outcome: error is Violation ? .fail : .error, seen: [text], measurements: [])
    }

    private static func identity(_ unit: TestedUnit) -> TestedIdentity {
        TestedIdentity(
            role: unit.subject, serial: unit.identity.serial.description, model: unit.identity.model.description,
            firmware: unit.identity.firmware.description, isEmulated: unit.identity.emulated, path: unit.endpoint.path)
    }

    private static func millis() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
