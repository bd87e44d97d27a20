import LinkControl
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A reading that ends before the session does.
@Suite(.virtualTime) struct FailedReadingTests {
    /// Has room for so many training frames.
    final class FullDisk: PairRecorder {
        struct Told {
            var trainings = 0
            var gaps: [StreamGap] = []
        }

        let told = Guarded(Told())
        static let reason = ConsumerFailure(consumer: "recording", reason: "the disk is full")

        func training(first: UInt64, alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>) {
            told.withLock { $0.trainings += 1 }
        }
        func vacuum(first: UInt64, samples: Span<Int16>, localOscillatorPower: Double) {}
        func lost(first: UInt64, count: UInt64) {
            told.withLock { $0.gaps.append(StreamGap(first: first, count: count)) }
        }
        var failure: ConsumerFailure? { told.withLock { $0.trainings > 20 ? Self.reason : nil } }
    }

    @Test func `a recorder that failed is told what is missing up to the session's end`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 65))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let session = try await LinkSession(
            alice: alice, bob: ChangedUnit(bob, stopDelay: .milliseconds(20)),
            plan: LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.3, trainingFraction: 0.5))
        let disk = FullDisk()
        try await session.record(to: disk)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        await #expect(throws: LinkError.unit(.bob, .consumerFailed(FullDisk.reason))) {
            _ = try await session.run { _ in false }
        }
        let account = try #require(await session.bob.account().counters)
        #expect(account.isConserved)
        #expect(account.nextSymbol < 10_000_000, "the unit is told at once that nobody reads")
        let last = try #require(disk.told.withLock { $0.gaps.last })
        #expect(last.first + last.count == account.nextSymbol)
        #expect(account.gapSymbols > 0)
        #expect(await session.lightDown() == [])
        #expect(pair.alice.state == .dark && pair.bob.state == .dark)
        await alice.close()
        await bob.close()
    }
}
