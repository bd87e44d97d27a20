import Foundation
import LinkControl
import QuadratureAnalysis
import Testing
import UnitControl
import UnitProtocol

/// The messages as values: how they are written, what binds a session, what a conversation takes.
struct LinkMessageTests {
    static func facts(_ role: UnitRole) -> EndFacts {
        let text = """
            {"role": \(role.rawValue), "serial": "S-\(role.rawValue)", "model": "M", "firmware": "1", "isEmulated": true,
             "minimumSymbolRate": 1, "maximumSymbolRate": 1e7, "maximumModulationVariance": 20, "sampleScale": 0.001,
             "detection": "heterodyne", "filter": 1, "detectorEfficiency": 0.6, "detectorEfficiencySigma": 0.01,
             "warmUpTime": 3, "heartbeatTimeout": 2000, "delivers": true, "records": [{"name": "ab", "bytes": [1, 2]}]}
            """
        guard let facts = try? JSONDecoder().decode(EndFacts.self, from: Data(text.utf8)) else {
            preconditionFailure("the facts of version 1 can be read")
        }
        return facts
    }

    static func acceptance(_ role: UnitRole, nonce: UInt64 = 7, counter: UInt64 = 3) -> LinkAcceptance {
        LinkAcceptance(
            nonce: SessionNonce(high: UInt64(role.rawValue), low: nonce), counter: counter, facts: facts(role))
    }

    static let proposal = LinkProposal(link: "ring-1", plan: LinkPlan(purpose: .key, symbolRate: 1e6))

    @Test func `a session is bound to everything that was agreed`() {
        let (alice, bob) = (Self.acceptance(.alice), Self.acceptance(.bob))
        let binding = SessionBinding(Self.proposal, alice: alice, bob: bob)
        #expect(binding == SessionBinding(Self.proposal, alice: alice, bob: bob))
        #expect(binding.bytes.count == 32)
        var others: [SessionBinding] = []
        for change in [
            { $0.link = "ring-2" }, { $0.plan.purpose = .test }, { $0.plan.symbolRate = 1e6.nextUp },
            { $0.plan.vacuumFraction = 0.2 }, { $0.plan.darkFraction = 0.1 }, { $0.plan.trainingFraction = 0.2 },
            { $0.plan.modulationVariance = 4 }, { $0.plan.frameBytes = 8_192 }, { $0.plan.symbolLimit = 1 },
        ] as [(inout LinkProposal) -> Void] {
            var proposal = Self.proposal
            change(&proposal)
            others.append(SessionBinding(proposal, alice: alice, bob: bob))
        }
        for change in [
            { $0.nonce.low = 8 }, { $0.nonce.high = 9 }, { $0.counter = 4 }, { $0.facts.serial = "S-1x" },
            { $0.nodeKey = [1] }, { $0.facts.records[0].name = "ac" }, { $0.facts.records = [] }, { $0.version = 2 },
            { $0.facts.isEmulated = false }, { $0.facts.firmware = "2" }, { $0.facts.filter = 2 },
            { $0.facts.detection = .homodyne }, { $0.facts.detectorEfficiency = 0.7 }, { $0.facts.sampleScale = 0.002 },
        ] as [(inout LinkAcceptance) -> Void] {
            var changed = alice
            change(&changed)
            others.append(SessionBinding(Self.proposal, alice: changed, bob: bob))
            changed = bob
            change(&changed)
            others.append(SessionBinding(Self.proposal, alice: alice, bob: changed))
        }
        others.append(SessionBinding(Self.proposal, alice: bob, bob: alice))
        #expect(Set(others + [binding]).count == others.count + 1, "each of them makes another session")
        #expect(Set(others.map(\.session)).count == others.count)
    }

    /// Frozen: a node of this version says it so. Whoever has to change this line has a new version to make.
    @Test func `the binding of version 1 has these bytes`() {
        let binding = SessionBinding(Self.proposal, alice: Self.acceptance(.alice), bob: Self.acceptance(.bob))
        let text = binding.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(text == "824c3632bdc2fdcedc4d9b4b5e12db45020a077c851e7773615d6bb43c8a9aba")
    }

    static let messages: [LinkMessage] = [
        .propose(proposal), .accept(acceptance(.alice)),
        .bind(BindOrder(alice: acceptance(.alice), bob: acceptance(.bob))),
        .bound(SessionBinding(proposal, alice: acceptance(.alice), bob: acceptance(.bob))),
        .prepare(.electronicNoise(samples: 5)), .prepare(.adopt(ReceiverMoments())), .prepare(.lightUp(within: 3.5)),
        .prepared(.electronicNoise(ReceiverMoments())), .prepared(.done), .start,
        .started(StartResult(session: .max, sampleScale: 0.001, filter: 1)),
        .counters(CountersStatement(StreamCounters(), isRunning: true, cause: nil)),
        .trainingSums(
            TrainingStatement(
                vacuum: ReceiverMoments(), dark: ReceiverMoments(), electronicNoise: nil,
                training: TrainingRegression(detection: .homodyne), unmatchedSymbols: 1, delay: -3,
                delayConfirmations: 2, lostSync: "no peak")),
        .disclosure(DisclosureStatement(frames: [], unchecked: 2)),
        .windowVerdict(WindowStatement(index: 1, action: "warn", rules: [])), .stop(StopOrder(follows: true)),
        .stopping,
        .ended(CountersStatement(StreamCounters(), isRunning: false, cause: .symbolLimit)), .goDark, .dark(true),
        .fault(FaultStatement(kind: "refused", text: "no")), .alive,
    ]

    @Test(arguments: messages) func `what is written can be read`(_ message: LinkMessage) throws {
        var conversation = Conversation()
        let envelope = conversation.envelope(message)
        let data = try JSONEncoder().encode(envelope)
        #expect(try JSONDecoder().decode(LinkEnvelope.self, from: data) == envelope)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((object["message"] as? [String: Any])?["kind"] as? String == message.name)
    }

    @Test func `a conversation takes each message once and in order, of its own session`() throws {
        let binding = SessionBinding(Self.proposal, alice: Self.acceptance(.alice), bob: Self.acceptance(.bob))
        var (ours, theirs) = (Conversation(), Conversation())
        let first = theirs.envelope(.alive)
        #expect(try ours.open(first) == .alive)
        #expect(throws: PeerFault.outOfSequence(found: 1, expected: 2)) { try ours.open(first) }
        _ = theirs.envelope(.alive)
        let third = theirs.envelope(.start)
        #expect(throws: PeerFault.outOfSequence(found: 3, expected: 2)) { try ours.open(third) }
        theirs.bind(to: binding)
        let bound = theirs.envelope(.alive)
        #expect(throws: PeerFault.foreignSession) { try ours.open(bound) }
        var newer = third
        newer.version = 2
        #expect(throws: PeerFault.unknownVersion(2)) { try ours.open(newer) }
    }

    @Test func `figures that cannot be an account are none`() {
        var statement = CountersStatement(StreamCounters(), isRunning: true, cause: nil)
        #expect(statement.counters == StreamCounters())
        statement.figures[3] = .max
        #expect(statement.counters == nil)
        statement.figures = [1, 2]
        #expect(statement.counters == nil)
    }
}
