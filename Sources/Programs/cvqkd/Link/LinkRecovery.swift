import LinkControl
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// The two units of a `link start`, each under a supervisor that finds it again after a failure.
struct LinkUnits: Sendable {
    let alice: Unit
    let bob: Unit

    subscript(role: UnitRole) -> Unit { role == .alice ? alice : bob }
}

/// Opens a pair, keeps it usable over several sessions, and closes it.
struct LinkRecovery: Sendable {
    private let alice: UnitSupervisor
    private let bob: UnitSupervisor
    private let live: LiveLine
    private let policy: RecoveryPolicy

    /// Connects to both units.
    static func open(_ options: LinkOptions, live: LiveLine) async throws -> LinkRecovery {
        let finder = LocalUnitFinder(task: "link start")
        let units = try await finder.connect([options.alice, options.bob], access: .control)
        return LinkRecovery(options, units[0], units[1], finder, live)
    }

    private init(
        _ options: LinkOptions, _ alice: Unit, _ bob: Unit, _ finder: LocalUnitFinder, _ live: LiveLine
    ) {
        let hostName = finder.hostName
        var policy = RecoveryPolicy()
        policy.absence = .seconds(options.absence)
        self.policy = policy
        self.alice = UnitSupervisor(
            options.alice, adopting: alice, hostName: hostName, finder: finder, policy: policy)
        self.bob = UnitSupervisor(options.bob, adopting: bob, hostName: hostName, finder: finder, policy: policy)
        self.live = live
    }

    /// Both units as they are now, opened again if need be.
    func units() async throws -> LinkUnits {
        LinkUnits(
            alice: try await alice.unit(within: policy.absence), bob: try await bob.unit(within: policy.absence))
    }

    /// Makes the unit that failed usable again. Returns the step that helped; throws what ends the link.
    func recover(_ role: UnitRole, _ units: LinkUnits, after error: UnitError) async throws -> RecoveryStep {
        live.note("\(role): \(error). Trying to recover; Ctrl-C ends it")
        let supervisor = role == .alice ? alice : bob
        let recovery = try await supervisor.recover(units[role], after: error)
        live.note("\(role): usable again (\(recovery.step.words))")
        return recovery.step
    }

    /// A session ran for so long: if that is steady, earlier failures are forgotten.
    func ran(for seconds: Double) async {
        guard Duration.seconds(seconds) >= policy.steadyTime else { return }
        await alice.noteSteadySession()
        await bob.noteSteadySession()
    }

    /// What was done for each unit.
    func counters() async -> (alice: RecoveryCounters, bob: RecoveryCounters) {
        (await alice.counters, await bob.counters)
    }

    /// Closes both units.
    func close() async {
        await alice.close()
        await bob.close()
    }
}

extension RecoveryStep {
    /// For people.
    var words: String {
        switch self {
        case .newSession: "a new session"
        case .reconnection: "opened again"
        case .reset: "after a reset of its port"
        case .quarantine: "quarantined"
        }
    }
}
