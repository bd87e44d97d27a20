import struct Foundation.Data
import class Foundation.JSONDecoder
import class Foundation.JSONEncoder
import LinkControl
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A channel between two nodes that somebody else has in his hands.
private final class TamperedChannel: LinkChannel {
    private let channel: any LinkChannel
    private let change: @Sendable (LinkEnvelope) -> [LinkEnvelope]

    /// `change` makes what is sent of what should have been.
    init(_ channel: any LinkChannel, _ change: @escaping @Sendable (LinkEnvelope) -> [LinkEnvelope]) {
        (self.channel, self.change) = (channel, change)
    }

    func send(_ envelope: LinkEnvelope) throws(PeerFault) {
        for changed in change(envelope) { try channel.send(changed) }
    }

    func receive() async throws(PeerFault) -> LinkEnvelope { try await channel.receive() }
    func close() async { await channel.close() }
}

/// The two ends and what lies between them: every lie, repetition and loss ends the session at both, with its reason, and
/// both units are dark.
@Suite(.serialized, .virtualTime) struct PeerTests {
    typealias Change = @Sendable (LinkEnvelope) -> [LinkEnvelope]

    /// What a session came to.
    struct Ending {
        var coordinator: LinkError?
        var fault: LinkError?
        var service: EndService.Ending
        var aliceDark: Bool
        var bobDark: Bool
        var report: LinkReport?
    }

    /// Runs a session with Bob's end here and Alice's behind a channel; what either side sends may be changed.
    static func run(
        purpose: SessionPurpose = .test, alice consent: EndConsent = EndConsent(),
        fromAlice: @escaping Change = { [$0] }, fromBob: @escaping Change = { [$0] },
        over channels: (any LinkChannel, any LinkChannel) = PipeChannel.pair()
    ) async throws -> Ending {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 61))
        defer { pair.stop() }
        let transmitter = try await Unit.connect(InProcessPort(pair.alice), hostName: "node A", clock: .test)
        let receiver = try await Unit.connect(InProcessPort(pair.bob), hostName: "node B", clock: .test)
        let timing = PeerTiming(clock: .test)
        let service = EndService(
            try await LinkEnd(.alice, transmitter, consent: consent), TamperedChannel(channels.0, fromAlice),
            timing: timing)
        let serving = Task(executorPreference: HostClock.test.executor) { await service.serve() }
        let alice = await RemoteEnd(.alice, TamperedChannel(channels.1, fromBob), timing: timing)
        let bob = try await LinkEnd(.bob, receiver)
        var ending = Ending(service: .ended, aliceDark: false, bobDark: false)
        do throws(LinkError) {
            let session = try await LinkSession(
                alice: alice, bob: bob,
                plan: LinkPlan(
                    purpose: purpose, symbolRate: 2e6, vacuumFraction: 0.4, trainingFraction: 0.5,
                    symbolLimit: 1_000_000), link: "A-B", clock: .test)
            _ = try await session.measureElectronicNoise(samples: 100_000)
            try await session.lightUp(within: .seconds(10))
            try await session.start()
            ending.report = try await session.run { _ in false }
            ending.fault = await session.fault()
            await session.lightDown()
        } catch {
            ending.coordinator = error
            _ = await bob.goDark()
        }
        await alice.close()
        ending.service = await serving.value.ending
        ending.aliceDark = try await transmitter.status().light.isEmpty
        ending.bobDark = try await receiver.status().light.isEmpty
        await transmitter.close()
        await receiver.close()
        return ending
    }

    /// Changes the first message of a kind.
    static func once(_ kind: String, _ change: @escaping Change) -> Change {
        let isDone = Guarded(false)
        return { envelope in
            guard envelope.message.name == kind,
                !isDone.withLock({ done in
                    defer { done = true }
                    return done
                })
            else { return [envelope] }
            return change(envelope)
        }
    }

    /// The same envelope with another message.
    static func with(_ envelope: LinkEnvelope, _ message: LinkMessage) -> [LinkEnvelope] {
        var changed = envelope
        changed.message = message
        return [changed]
    }

    @Test func `untouched, the session ends in order at both ends`() async throws {
        let wire = Guarded(Data())
        let ending = try await Self.run(
            purpose: .key, over: PipeChannel.pair(record: { bytes in wire.withLock { $0 += bytes } }))
        #expect(ending.coordinator == nil && ending.fault == nil)
        #expect(ending.service == .ended)
        #expect(ending.aliceDark && ending.bobDark)
        let report = try #require(ending.report)
        #expect(report.alice.deliveredSymbols == 1_000_000 && report.bob.deliveredSymbols == 1_000_000)
        #expect(report.verifiedSymbols > 0)
        // Both streams are 9 MB. What crossed is far too little to carry them.
        #expect(wire.withLock { $0.count } < 400_000)
    }

    /// What may be done to the messages of Alice's node.
    enum Lie: String, CaseIterable {
        case repeats, withholds, otherSession, otherVersion, otherNumber, otherBinding, wrongRole, backwards, impossible
        case notSums, notAsked

        var change: Change {
            switch self {
            case .repeats: once("counters") { [$0, $0] }
            case .withholds: once("counters") { _ in [] }
            case .otherSession:
                once("counters") { envelope in
                    var changed = envelope
                    changed.binding = nil
                    return [changed]
                }
            case .otherVersion:
                once("counters") { envelope in
                    var changed = envelope
                    changed.version = 2
                    return [changed]
                }
            case .otherNumber:
                once("started") { with($0, .started(StartResult(session: 1, sampleScale: 0.001, filter: 1))) }
            case .otherBinding:
                once("bound") { envelope in
                    guard case .bound(let binding) = envelope.message,
                        let other = try? JSONDecoder().decode(
                            SessionBinding.self,
                            from: JSONEncoder().encode(["bytes": binding.bytes.map { $0 ^ 1 }]))
                    else { return [] }
                    return with(envelope, .bound(other))
                }
            case .wrongRole:
                once("accept") { envelope in
                    guard case .accept(var acceptance) = envelope.message else { return [] }
                    acceptance.facts.role = UnitRole.bob.rawValue
                    return with(envelope, .accept(acceptance))
                }
            case .backwards, .impossible:
                once("counters") { envelope in
                    guard case .counters(var account) = envelope.message else { return [] }
                    if self == .backwards {
                        // More than there can be, so that the next honest one goes backwards.
                        account.figures[account.figures.count - 1] = 1 << 40
                    } else {
                        account.figures[0] = UInt64.max
                    }
                    return with(envelope, .counters(account))
                }
            case .notSums:
                once("counters") { envelope in
                    with(
                        envelope,
                        .trainingSums(
                            TrainingStatement(
                                vacuum: ReceiverMoments(), dark: ReceiverMoments(), electronicNoise: nil,
                                training: TrainingRegression(detection: .heterodyne), unmatchedSymbols: 0, delay: nil,
                                delayConfirmations: 0, lostSync: nil)))
                }
            case .notAsked: once("counters") { with($0, .stopping) }
            }
        }

        private func once(_ kind: String, _ change: @escaping Change) -> Change { PeerTests.once(kind, change) }
        private func with(_ envelope: LinkEnvelope, _ message: LinkMessage) -> [LinkEnvelope] {
            PeerTests.with(envelope, message)
        }

        var reason: (PeerFault) -> Bool {
            switch self {
            case .repeats, .withholds: { if case .outOfSequence = $0 { true } else { false } }
            case .otherSession: { $0 == .foreignSession }
            case .otherVersion: { $0 == .unknownVersion(2) }
            case .notAsked: { if case .outOfOrder = $0 { true } else { false } }
            case .otherNumber, .otherBinding, .wrongRole, .backwards, .impossible, .notSums:
                { if case .lied = $0 { true } else { false } }
            }
        }
    }

    @Test(arguments: Lie.allCases)
    func `a peer that lies is found out, and both ends go dark`(_ lie: Lie) async throws {
        let ending = try await Self.run(fromAlice: lie.change)
        guard case .peer(.alice, let fault) = ending.coordinator else {
            Issue.record("\(lie): \(String(describing: ending.coordinator))")
            return
        }
        #expect(lie.reason(fault), "\(fault)")
        #expect(ending.aliceDark && ending.bobDark)
        #expect(ending.service != .ended)
    }

    /// What may be done to the messages of the coordinator's node.
    enum Order: String, CaseIterable {
        case repeats, otherSession, otherFacts, early, twice, otherVersion, otherRecord, endlessWarmUp

        var change: Change {
            switch self {
            case .repeats: PeerTests.once("start") { [$0, $0] }
            case .otherSession:
                PeerTests.once("start") { envelope in
                    var changed = envelope
                    changed.binding = nil
                    return [changed]
                }
            case .otherFacts:
                PeerTests.once("bind") { envelope in
                    guard case .bind(var order) = envelope.message else { return [] }
                    order.alice.facts.isEmulated = false
                    return PeerTests.with(envelope, .bind(order))
                }
            case .otherVersion:
                PeerTests.once("bind") { envelope in
                    guard case .bind(var order) = envelope.message else { return [] }
                    order.bob.version = -1
                    return PeerTests.with(envelope, .bind(order))
                }
            case .otherRecord:
                PeerTests.once("bind") { envelope in
                    guard case .bind(var order) = envelope.message else { return [] }
                    order.bob.facts.records.append(.init(name: String(repeating: "0", count: 64), bytes: [1]))
                    return PeerTests.with(envelope, .bind(order))
                }
            case .endlessWarmUp: PeerTests.once("prepare") { PeerTests.with($0, .prepare(.lightUp(within: 1e300))) }
            case .early: PeerTests.once("bind") { PeerTests.with($0, .start) }
            case .twice:
                PeerTests.once("prepare") { envelope in
                    var second = envelope
                    second.sequence += 1
                    return [envelope, second]
                }
            }
        }
    }

    @Test(arguments: Order.allCases)
    func `a coordinator that lies is found out, and both ends go dark`(_ order: Order) async throws {
        let ending = try await Self.run(fromBob: order.change)
        #expect(ending.coordinator != nil, "\(order)")
        #expect(ending.aliceDark && ending.bobDark)
        switch (order, ending.coordinator) {
        case (.otherFacts, .refused(.alice, _)), (.otherVersion, .refused(.alice, _)),
            (.otherRecord, .refused(.alice, _)):
            break
        case (.endlessWarmUp, .peer(.alice, .fault(let fault))): #expect(fault.kind == "badPlan")
        case (.otherFacts, _), (.otherVersion, _), (.otherRecord, _), (.endlessWarmUp, _):
            Issue.record("\(order): \(String(describing: ending.coordinator))")
        default:
            guard case .peer(let fault) = ending.service else {
                Issue.record("\(order): \(ending.service)")
                return
            }
            switch (order, fault) {
            case (.repeats, .outOfSequence), (.otherSession, .foreignSession), (.early, .outOfOrder),
                (.twice, .outOfOrder):
                break
            default: Issue.record("\(order): \(fault)")
            }
        }
    }

    @Test func `a disclosure that differs from Alice's stream is a fault of the session`() async throws {
        let ending = try await Self.run(
            fromAlice: Self.once("disclosure") { envelope in
                guard case .disclosure(var statement) = envelope.message, !statement.frames.isEmpty else {
                    return [envelope]
                }
                for index in statement.frames.indices { statement.frames[index].digest.low ^= 1 }
                return Self.with(envelope, .disclosure(statement))
            })
        guard case .disclosureDiffers = ending.fault else {
            Issue.record("\(String(describing: ending.fault))")
            return
        }
        #expect(ending.aliceDark && ending.bobDark)
    }

    /// The mark is hers: what Bob's unit calls signal, and she has made public, must not become key.
    @Test func `a run that Alice's unit marked and Bob's delivers as signal is a fault of the session`() async throws {
        let ending = try await Self.run(
            purpose: .key,
            fromAlice: Self.once("disclosure") { envelope in
                guard case .disclosure(var statement) = envelope.message, let one = statement.frames.first else {
                    return [envelope]
                }
                // Slots of the session's beginning. Three in ten are signal at Bob: none of thirty is once in 40,000 runs.
                let slot = UInt64(one.count)
                let known = Set(statement.frames.map(\.first))
                for number in 0..<UInt64(30) where !known.contains(number * slot) {
                    statement.frames.append(
                        TrainingDigest(first: number * slot, count: one.count, digest: one.digest))
                }
                statement.frames.sort { $0.first < $1.first }
                return Self.with(envelope, .disclosure(statement))
            })
        guard case .disclosureDiffers(let symbol) = ending.fault else {
            Issue.record("\(String(describing: ending.fault))")
            return
        }
        #expect(symbol < 30 * 4072)
        #expect(ending.aliceDark && ending.bobDark)
    }

    @Test func `an end that does not consent says why, before any light is on`() async throws {
        let first = try await Self.run(alice: EndConsent(refuses: { _, _ in "its calibration is too old" }))
        #expect(first.coordinator == .refused(.alice, reason: "its calibration is too old"))
        // With what the other end has said of itself.
        let second = try await Self.run(
            alice: EndConsent(refuses: { _, other in other.map { "nothing is known of \($0.facts.serial)" } }))
        #expect(second.coordinator == .refused(.alice, reason: "nothing is known of NOVA-B-0001"))
        for ending in [first, second] { #expect(ending.aliceDark && ending.bobDark) }
    }
}
