import Foundation
import LinkControl
import QuadratureAnalysis
import SerialTransport
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol

/// Two processes, each with one unit and its stream, on one session.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TwoNodeTests {
    static let symbols: UInt64 = 3_000_000
    static let nonce: UInt64 = 4711

    /// The same session in this process.
    static func alone(_ nodes: Nodes, _ purpose: SessionPurpose) async throws -> (LinkSession, LinkReport) {
        let alice = try await UnitControl.Unit.connect(SerialTransport(path: nodes.unit(.alice)), hostName: "test")
        let bob = try await UnitControl.Unit.connect(SerialTransport(path: nodes.unit(.bob)), hostName: "test")
        // Units draw their slots by session: the same one has to be run.
        func end(_ role: UnitRole, _ unit: UnitControl.Unit) async throws -> LinkEnd {
            try await LinkEnd(
                role, unit,
                consent: EndConsent(nonce: { SessionNonce(high: UInt64(role.rawValue), low: nonce) }))
        }
        let session = try await LinkSession(
            alice: try await end(.alice, alice), bob: try await end(.bob, bob),
            plan: LinkPlan(
                purpose: purpose, symbolRate: 2e6, vacuumFraction: 0.4, trainingFraction: 0.5, symbolLimit: symbols),
            link: "test link")
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(20))
        try await session.start()
        let report = try await session.run { _ in false }
        await session.lightDown()
        await alice.close()
        await bob.close()
        return (session, report)
    }

    @Test(
        arguments: [SessionPurpose.key, .test],
        [(PairModel.Receiver.heterodyne, UnitRole.bob, UnitRole.bob), (.homodyne, .alice, .alice)])
    func `two processes count and sum what one process does`(
        purpose: SessionPurpose, how: (detection: PairModel.Receiver, coordinator: UnitRole, listener: UnitRole)
    ) async throws {
        let one = try Nodes(seed: 51, detection: how.detection)
        let (session, report) = try await Self.alone(one, purpose)
        let two = try Nodes(seed: 51, detection: how.detection)
        let (alice, bob) = try two.start(
            coordinator: how.coordinator, listener: how.listener, purpose: purpose, symbols: Self.symbols,
            nonce: Self.nonce)
        let outcomes = (alice: try await alice.outcome(), bob: try await bob.outcome())
        #expect(outcomes.alice.ending == "ended", "\(alice.text)")
        #expect(outcomes.bob.ending == "ended", "\(bob.text)")
        #expect(outcomes.alice.isDark && outcomes.bob.isDark)
        let coordinator = how.coordinator == .alice ? outcomes.alice : outcomes.bob
        for (own, told, single, unit) in [
            (outcomes.alice.own, coordinator.alice, report.alice, two.pair.alice),
            (outcomes.bob.own, coordinator.bob, report.bob, two.pair.bob),
        ] {
            let counters = try #require(own?.counters)
            #expect(told?.counters == counters, "the coordinator knows what the end has counted")
            #expect(counters == single)
            #expect(counters.isConserved)
            #expect(counters.gapSymbols == 0 && counters.unitDroppedSymbols == 0 && counters.overflowFrames == 0)
            let record = try #require(unit.record(session: coordinator.session))
            #expect(counters.deliveredSymbols == record.measuredSymbols)
            #expect(record.droppedSymbols == 0, "the emulator waits for its readers")
            #expect(record.purpose == purpose)
        }
        #expect(coordinator.session == session.number)
        let single = try #require(await session.bob.sums())
        let sums = try #require(coordinator.sums)
        #expect(sums.training == single.training)
        #expect(sums.vacuum == single.vacuum)
        #expect(sums.dark == single.dark)
        #expect(sums.electronicNoise?.samples == single.electronicNoise?.samples)
        #expect(sums.delay == one.pair.configuration.model.delay)
        #expect(coordinator.verifiedSymbols == report.verifiedSymbols)
        #expect(coordinator.verifiedSymbols > 0)
        // T and ξ follow from the sums, and are right: five sigma, a false alarm every 2 million runs per figure.
        let truth = try #require(
            two.pair.truth(session: coordinator.session, symbols: 0..<Self.symbols)
        ).truth
        let (t, xi) = (try #require(coordinator.transmittance), try #require(coordinator.excessNoise))
        #expect(abs(t - truth.transmittance) < 5 * (try #require(coordinator.transmittanceSigma)))
        #expect(abs(xi - truth.excessNoise) < 5 * (try #require(coordinator.excessNoiseSigma)))
        #expect(two.pair.alice.state == .dark && two.pair.bob.state == .dark)
    }

    enum Loss: CaseIterable { case alice, bob }

    @Test(arguments: Loss.allCases, [UnitRole.alice, .bob])
    func `when one node dies, the other puts its light out by command, and the dead one's unit goes dark by itself`(
        _ dies: Loss, coordinator: UnitRole
    ) async throws {
        let nodes = try Nodes(seed: 52, paced: true)
        let (alice, bob) = try nodes.start(coordinator: coordinator, rate: 1e6)
        try await alice.waits(for: "streaming")
        try await bob.waits(for: "streaming")
        let (dead, survivor) = dies == .alice ? (alice, bob) : (bob, alice)
        let left = dies == .alice ? nodes.pair.bob : nodes.pair.alice
        dead.kill()
        let outcome = try await survivor.outcome()
        #expect(outcome.ending.hasPrefix("peer lost"), "\(outcome.ending)")
        // By command, before the unit did it by itself two seconds after the last heartbeat. How long the command takes is
        // a matter of the machine here; that it is less than a second is shown in virtual time.
        #expect(outcome.isDark, "the unit confirmed it")
        #expect(outcome.secondsToDark != nil)
        #expect(left.state == .dark && left.darkCause == .command)
        // What it had counted is whole all the same.
        #expect(try #require(outcome.own?.counters).isConserved)
        let other = dies == .alice ? nodes.pair.alice : nodes.pair.bob
        try await eventually("the dead node's unit is dark by itself") { other.state == .dark }
        #expect(other.darkCause != .command)
    }

    /// ssh that forwards the socket dies, and both nodes live.
    @Test func `when the socket is cut, both put their light out by command`() async throws {
        let nodes = try Nodes(seed: 54, paced: true)
        let relay = try SocketRelay(from: nodes.folder + "/socket", to: nodes.folder + "/far")
        let (alice, bob) = try nodes.start(rate: 1e6, aliceSocket: nodes.folder + "/far")
        try await alice.waits(for: "streaming")
        try await bob.waits(for: "streaming")
        relay.cut()
        for node in [alice, bob] {
            let outcome = try await node.outcome()
            #expect(outcome.ending.hasPrefix("peer lost"), "\(outcome.ending)")
            #expect(outcome.isDark)
            #expect(outcome.secondsToDark != nil)
        }
        for unit in [nodes.pair.alice, nodes.pair.bob] {
            #expect(unit.state == .dark && unit.darkCause == .command)
        }
    }

    @Test func `a node that hangs is silent, and then lost`() async throws {
        let nodes = try Nodes(seed: 53, paced: true)
        let (alice, bob) = try nodes.start(rate: 1e6)
        try await alice.waits(for: "streaming")
        try await bob.waits(for: "streaming")
        Foundation.kill(alice.process.processIdentifier, SIGSTOP)
        let outcome = try await bob.outcome()
        #expect(outcome.ending.hasPrefix("peer silent"), "\(outcome.ending)")
        #expect(outcome.isDark)
        #expect(nodes.pair.bob.darkCause == .command)
        try await eventually("its unit is dark by the heartbeat time-out") { nodes.pair.alice.state == .dark }
        #expect(nodes.pair.alice.darkCause == .heartbeatLost)
        alice.kill()
        Foundation.kill(alice.process.processIdentifier, SIGCONT)
    }
}
