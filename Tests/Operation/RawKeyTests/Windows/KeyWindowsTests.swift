import CalibrationRecords
import Foundation
import LinkControl
import RawKeyMessages
import Testing
import UnitTransport

@testable import RawKey

private struct NoRoom: Error {}

/// Two ends of a session, whose messages pass by hand.
private final class TwoEnds: Sendable {
    let folder: String
    let keys: [ReleaseCourse.End: NodeKey]
    let journals: [ReleaseCourse.End: OutcomeJournal]
    let spools: [ReleaseCourse.End: BlockSpool] = [.alice: BlockSpool(), .bob: BlockSpool()]
    let sent: [ReleaseCourse.End: Guarded<[ReleaseStatement]>] = [.alice: Guarded([]), .bob: Guarded([])]
    let outcomes: [ReleaseCourse.End: Guarded<[WindowOutcome]>] = [.alice: Guarded([]), .bob: Guarded([])]
    /// What spoke against the latest window.
    let against: [ReleaseCourse.End: Guarded<[String]>] = [.alice: Guarded([]), .bob: Guarded([])]
    private let pool: SecretPool
    private let keyPool: SecretPool

    /// Fresh ends, or those of another time after both agents were started again.
    init(after earlier: TwoEnds? = nil) throws {
        folder = earlier?.folder ?? FileManager.default.temporaryDirectory.appending(path: "windows-\(UUID())").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var (keys, journals): ([ReleaseCourse.End: NodeKey], [ReleaseCourse.End: OutcomeJournal]) = ([:], [:])
        for (end, name) in [(ReleaseCourse.End.alice, "alice"), (.bob, "bob")] {
            if earlier == nil { _ = try SigningKey.make(file: "\(folder)/\(name).pem") }
            keys[end] = try NodeKey(file: "\(folder)/\(name).pem")
            journals[end] = try OutcomeJournal("\(folder)/\(name).jsonl")
        }
        (self.keys, self.journals) = (keys, journals)
        pool = try SecretPool(buffers: 32, bytes: 64)
        keyPool = try BlockKey.pool(32)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func windows(_ end: ReleaseCourse.End, believes other: NodeKey? = nil) throws -> KeyWindows {
        let peer: ReleaseCourse.End = end == .alice ? .bob : .alice
        let key = try #require(keys[end])
        let pinned = try #require(other ?? keys[peer]).publicKey
        return KeyWindows(
            KeyWindows.Setup(
                end: end, link: "ring-1", binding: [UInt8](repeating: 7, count: 32), session: 42, isEmulated: true,
                policy: EvidenceBench.policy,
                reference: end == .bob
                    ? .receiver(EvidenceBench.reference) : .transmitter(EvidenceBench.transmitterReference),
                peerKeys: [pinned], key: key, deadline: .seconds(60)),
            spool: try #require(spools[end]), journal: try #require(journals[end]),
            send: { [sent] step in sent[end]?.withLock { $0.append(step) } },
            notify: { [outcomes, against] notice in
                guard case .ended(_, let outcome, let names) = notice else { return }
                outcomes[end]?.withLock { $0.append(outcome) }
                against[end]?.withLock { $0 = names }
            })
    }

    /// A sealed cell with the facts of the bench, under its own name.
    func sealed(_ facts: CellFacts, at cell: UInt64) throws -> CellEvent {
        // Neither can be copied, so that no macro takes them.
        guard let key = try BlockKey.random(in: keyPool), var contents = pool.take() else { throw NoRoom() }
        contents.append([UInt8](repeating: UInt8(truncatingIfNeeded: cell), count: 64).span.bytes)
        let header = Array("header of \(cell)".utf8)
        let tag = try BlockCipher().seal(&contents, header: header.span.bytes, key: key)
        let block = StoredBlock(
            session: 42, cell: cell, header: header, tag: tag, ciphertext: contents, key: key)
        var facts = facts
        (facts.cell, facts.digest) = (cell, block.digest)
        return .sealed(block, facts)
    }

    func take(_ end: ReleaseCourse.End) -> [ReleaseStatement] {
        sent[end]?.withLock { steps in
            defer { steps = [] }
            return steps
        } ?? []
    }

    /// Lets messages pass until nobody says anything more.
    func converse(_ alice: KeyWindows, _ bob: KeyWindows) async {
        for _ in 0..<16 {
            let (fromBob, fromAlice) = (take(.bob), take(.alice))
            if fromBob.isEmpty, fromAlice.isEmpty { return }
            for step in fromBob { await alice.receive(step) }
            for step in fromAlice { await bob.receive(step) }
        }
    }

    func feed(_ windows: KeyWindows, _ cells: [CellFacts], from first: UInt64 = 0) async throws {
        for (index, facts) in cells.enumerated() {
            await windows.take(try sealed(facts, at: first + UInt64(index)))
        }
    }

    func told(_ end: ReleaseCourse.End) -> (released: [UInt64], digests: [[UInt8]]) {
        var found: (released: [UInt64], digests: [[UInt8]]) = ([], [])
        for entry in spools[end]?.entries(after: 0, limit: 1_000) ?? [] {
            guard case .release(let block, let digest, _) = entry.item else { continue }
            found.released.append(block.cell)
            found.digests.append(digest)
        }
        return found
    }
}

struct KeyWindowsTests {
    private static func power(_ windows: KeyWindows) async {
        for reading in EvidenceBench.readings { await windows.note(power: reading) }
    }

    @Test(arguments: [false, true])
    func `a window that passes is released at both ends, whoever has its cells first`(aliceFirst: Bool) async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        await Self.power(alice)
        if aliceFirst { try await ends.feed(alice, EvidenceBench.aliceCells) }
        try await ends.feed(bob, EvidenceBench.cells)
        await ends.converse(alice, bob)
        if !aliceFirst {
            #expect(ends.told(.bob).released.isEmpty)
            try await ends.feed(alice, EvidenceBench.aliceCells)
            await ends.converse(alice, bob)
        }
        let (hers, his) = (ends.told(.alice), ends.told(.bob))
        #expect(hers.released == [0, 1, 2, 3] && his.released == [0, 1, 2, 3])
        #expect(Set(hers.digests + his.digests).count == 1)
        #expect(try ends.journals[.bob]?.lines().last?.event == .released)
        #expect(try ends.journals[.alice]?.lines().contains { $0.event == .released } == true)
    }

    /// Alice had too few readings of her power for the first window. Her statement about it never crossed, and Bob cannot miss
    /// it in the chain.
    @Test func `a window that was too short is no break in the chain of the next one`() async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        for reading in EvidenceBench.readings.prefix(2) { await alice.note(power: reading) }
        try await ends.feed(alice, EvidenceBench.aliceCells)
        try await ends.feed(bob, EvidenceBench.cells)
        await ends.converse(alice, bob)
        for end in [ReleaseCourse.End.alice, .bob] {
            #expect(ends.outcomes[end]?.withLock { $0 } == [.revoked(.insufficient)])
        }
        await Self.power(alice)
        try await ends.feed(alice, EvidenceBench.aliceCells, from: 4)
        try await ends.feed(bob, EvidenceBench.cells, from: 4)
        await ends.converse(alice, bob)
        #expect(ends.told(.alice).released == [4, 5, 6, 7] && ends.told(.bob).released == [4, 5, 6, 7])
    }

    @Test func `cells that one end lacks are released at neither`() async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        await Self.power(alice)
        try await ends.feed(alice, Array(EvidenceBench.aliceCells.prefix(3)))
        await alice.take(.missing(3...3, .lost))
        try await ends.feed(bob, EvidenceBench.cells)
        await ends.converse(alice, bob)
        // A quarter of the cells is more than may be lost.
        #expect(ends.told(.alice).released.isEmpty && ends.told(.bob).released.isEmpty)
        #expect(await !alice.isSettled || ends.outcomes[.alice]?.withLock { $0.count } == 1)
    }

    @Test func `an alarm revokes what is being filled, at both ends, and leaves no key`() async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        await Self.power(alice)
        try await ends.feed(alice, Array(EvidenceBench.aliceCells.prefix(2)))
        try await ends.feed(bob, Array(EvidenceBench.cells.prefix(2)))
        await bob.fail(for: ["vacuumVariance"])
        await ends.converse(alice, bob)
        #expect(ends.outcomes[.bob]?.withLock { $0 } == [.revoked(.ownEvidence)])
        #expect(ends.outcomes[.alice]?.withLock { $0 } == [.revoked(.peerEvidence)])
        // Both name the cause, and not what was missing because of it.
        #expect(ends.against[.bob]?.withLock { $0 } == ["vacuumVariance"])
        #expect(ends.against[.alice]?.withLock { $0 } == ["vacuumVariance"])
        #expect(ends.spools[.alice]?.blockCount == 0 && ends.spools[.bob]?.blockCount == 0)
        // What there was of its vacuum is published all the same.
        let records = ends.spools[.bob]?.entries(after: 0, limit: 100).compactMap { entry in
            if case .window(_, _, let record, _) = entry.item { record } else { nil }
        }
        #expect(records?.count == 1 && records?.first?.receiver.statement.isEmpty == false)
    }

    @Test func `what is named in a revocation is for people: it is bounded, and shown without controls`() async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        await Self.power(alice)
        try await ends.feed(alice, Array(EvidenceBench.aliceCells.prefix(2)))
        try await ends.feed(bob, Array(EvidenceBench.cells.prefix(2)))
        await bob.fail(for: ["a\u{1B}[2J", String(repeating: "x", count: 4_000)])
        await ends.converse(alice, bob)
        #expect(ends.outcomes[.alice]?.withLock { $0 } == [.revoked(.peerEvidence)])
        let names = try #require(ends.against[.alice]?.withLock { $0 })
        #expect(names.first == "a??2J" && names.joined().utf8.count <= 512, "\(names)")
    }

    @Test func `a stranger's statement, one that is said twice, and one that is cut release nothing`() async throws {
        for lie in 0..<3 {
            let ends = try TwoEnds()
            let stranger = lie == 0 ? ends.keys[.alice] : nil
            let (alice, bob) = (try ends.windows(.alice, believes: stranger), try ends.windows(.bob))
            await Self.power(alice)
            try await ends.feed(alice, EvidenceBench.aliceCells)
            try await ends.feed(bob, EvidenceBench.cells)
            let statement = try #require(ends.take(.bob).first)
            if lie == 1 { await alice.receive(statement) }
            await alice.receive(
                lie == 2 ? ReleaseStatement(step: .statement, bytes: statement.bytes.dropLast(40)) : statement)
            await ends.converse(alice, bob)
            #expect(ends.told(.alice).released.isEmpty, "\(lie)")
        }
    }

    @Test func `Bob's word that he has released counts only with his signature over this window`() async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        await Self.power(alice)
        try await ends.feed(alice, EvidenceBench.aliceCells)
        try await ends.feed(bob, EvidenceBench.cells)
        for step in ends.take(.bob) { await alice.receive(step) }
        for step in ends.take(.alice) { await bob.receive(step) }
        let word = try #require(ends.take(.bob).first { $0.step == .released })
        var bytes = word.bytes
        bytes[20] ^= 1
        await alice.receive(ReleaseStatement(step: .released, bytes: bytes, signature: word.signature))
        #expect(ends.told(.bob).released.count == 4)
        #expect(ends.told(.alice).released.isEmpty)
        #expect(ends.outcomes[.alice]?.withLock { $0 } == [.revoked(.peerStatement)])
        // Bob hears of it, and what only he has released is said to be of no use.
        for step in ends.take(.alice) { await bob.receive(step) }
        let items = ends.spools[.bob]?.entries(after: 0, limit: 100) ?? []
        #expect(items.contains { if case .orphaned = $0.item { true } else { false } })
    }

    @Test func `a session that ends leaves no key of what had no time, and that is no sign of an attack`() async throws
    {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        try await ends.feed(alice, Array(EvidenceBench.aliceCells.prefix(2)))
        try await ends.feed(bob, Array(EvidenceBench.cells.prefix(2)))
        await bob.sessionEnded()
        await ends.converse(alice, bob)
        await alice.sessionEnded()
        #expect(ends.outcomes[.bob]?.withLock { $0 } == [.revoked(.insufficient)])
        #expect(ends.outcomes[.alice]?.withLock { $0 } == [.revoked(.insufficient)])
        #expect(ends.spools[.alice]?.blockCount == 0 && ends.spools[.bob]?.blockCount == 0)
    }

    /// Both release; Bob's agent is killed before his consumer has all keys, Alice's consumer has hers.
    @Test func `what one end lost after its release is told to the other, whose consumer hears it once`() async throws {
        let first = try TwoEnds()
        let (alice, bob) = (try first.windows(.alice), try first.windows(.bob))
        await Self.power(alice)
        try await first.feed(alice, EvidenceBench.aliceCells)
        try await first.feed(bob, EvidenceBench.cells)
        await first.converse(alice, bob)
        first.journals[.alice]?.note(takenOf: 42, [0, 1, 2, 3])
        first.journals[.bob]?.note(takenOf: 42, [0, 2])

        let second = try TwoEnds(after: first)
        #expect(second.journals[.alice]?.lost == [])
        #expect(second.journals[.bob]?.lost == [LostCells(session: 42, cells: [1, 3])])
        for _ in 0..<2 {
            // A later session; sessions of a test may have one number.
            let (alice, bob) = (try second.windows(.alice), try second.windows(.bob))
            await Self.power(alice)
            try await second.feed(alice, EvidenceBench.aliceCells)
            try await second.feed(bob, EvidenceBench.cells)
            await second.converse(alice, bob)
        }
        let orphaned = second.spools[.alice]?.entries(after: 0, limit: 1_000).compactMap { entry -> [UInt64]? in
            if case .orphaned(42, 0, let cells) = entry.item { cells } else { nil }
        }
        #expect(orphaned == [[1, 3]])
        let lines = try #require(try second.journals[.alice]?.lines())
        #expect(lines.count { $0.event == .orphaned } == 1)
        #expect(lines.count { $0.event == .released && $0.epoch == 1 } == 1, "the outcome stands")
    }

    @Test func `a list of lost keys that the other end did not sign, or for another link, orphans nothing`()
        async throws
    {
        let first = try TwoEnds()
        let (alice, bob) = (try first.windows(.alice), try first.windows(.bob))
        await Self.power(alice)
        try await first.feed(alice, EvidenceBench.aliceCells)
        try await first.feed(bob, EvidenceBench.cells)
        await first.converse(alice, bob)
        let (hers, his) = (try #require(first.keys[.alice]), try #require(first.keys[.bob]))
        let lost = EarlierOutcomes(lost: [LostCells(session: 42, cells: [1, 2])])
        let lies = [
            try lost.signed(link: "ring-1", key: hers), try lost.signed(link: "ring-2", key: his),
            ReleaseStatement(step: .outcomes, bytes: Data("{}".utf8)),
            try EarlierOutcomes(lost: [LostCells(session: 42, cells: [7])]).signed(link: "ring-1", key: his),
            // Of the session that runs: its windows have their own course.
            try EarlierOutcomes(lost: [], revoked: [42: [0]]).signed(link: "ring-1", key: his),
        ]
        for lie in lies { await alice.receive(lie) }
        #expect(try first.journals[.alice]?.lines().contains { $0.event == .orphaned } == false)
        await alice.receive(try lost.signed(link: "ring-1", key: his))
        #expect(try first.journals[.alice]?.lines().last?.cells == ["1", "2"])
    }

    /// Bob released, and his last word did not reach Alice, who revoked: he learns it when they meet again.
    @Test func `a window that one end released and the other revoked is orphaned when they meet again`() async throws {
        let ends = try TwoEnds()
        let journal = try #require(ends.journals[.bob])
        try journal.add(.init(.released, session: 41, ordinal: 3, cells: [9, 10], digest: "ab"))
        try ends.journals[.alice]?.add(.init(.revoked, session: 41, ordinal: 3, reason: .peerLost))
        for _ in 0..<2 {
            let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
            await Self.power(alice)
            try await ends.feed(alice, EvidenceBench.aliceCells)
            try await ends.feed(bob, EvidenceBench.cells)
            await ends.converse(alice, bob)
        }
        let orphaned = try journal.lines().filter { $0.event == .orphaned }
        #expect(orphaned.map(\.cells) == [["9", "10"]] && orphaned.first?.ordinal == 3)
    }

    @Test func `earlier outcomes cross as they are, and what is no such list is nil`() throws {
        let ends = try TwoEnds()
        let key = try #require(ends.keys[.bob])
        let told = EarlierOutcomes(
            lost: [LostCells(session: .max, cells: [1, 2, 9])], revoked: [3: [0, 1], .max - 1: [.max]])
        let step = try told.signed(link: "l", key: key)
        #expect(EarlierOutcomes(step, link: "l", keys: [key.publicKey]) == told)
        #expect(EarlierOutcomes(step, link: "m", keys: [key.publicKey]) == nil)
        let context = Data("cvqkd.rawkey.v1 outcomes\n".utf8)
        for text in [
            #"{"link":"l","lost":[{"session":"1","cells":[["0","18446744073709551615"]]}],"revoked":[]}"#,
            #"{"link":"l","lost":[{"session":"1","cells":[["5","4"]]}],"revoked":[]}"#,
            #"{"link":"l","lost":[{"session":"-1","cells":[]}],"revoked":[]}"#,
            #"{"link":"l","lost":[],"revoked":[{"session":"1","windows":["x"]}]}"#, #"{"link":"l","lost":[]}"#, "",
        ] {
            let bytes = Data(text.utf8)
            let step = ReleaseStatement(step: .outcomes, bytes: bytes, signature: try key.sign(context + bytes))
            #expect(EarlierOutcomes(step, link: "l", keys: [key.publicKey]) == nil, "\(text)")
        }
    }

    @Test func `zeroised is zeroised, also what was released and not taken`() async throws {
        let ends = try TwoEnds()
        let (alice, bob) = (try ends.windows(.alice), try ends.windows(.bob))
        await Self.power(alice)
        try await ends.feed(alice, EvidenceBench.aliceCells)
        try await ends.feed(bob, EvidenceBench.cells)
        await ends.converse(alice, bob)
        #expect(ends.spools[.bob]?.blockCount == 4)
        ends.spools[.bob]?.zeroise()
        await bob.zeroise()
        #expect(ends.spools[.bob]?.blockCount == 0)
        #expect(ends.told(.bob).released.isEmpty)
    }
}

extension OutcomeJournal {
    fileprivate func note(takenOf session: UInt64, _ cells: [UInt64]) {
        for cell in cells { note(taken: cell, of: session) }
        flush()
    }
}
