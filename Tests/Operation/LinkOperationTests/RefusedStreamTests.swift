import LinkControl
import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

/// Sessions whose streams are refused, lie about their loss, or show nothing that key could rest on.
@Suite(.virtualTime) struct RefusedStreamTests {
    /// What a unit's firmware does to its frames.
    enum Way: String, CaseIterable, Sendable {
        case anotherSession, anotherPurpose, unknownKind, noContent, mostMalformed, fewMalformed

        var change: FrameRelay.Change {
            switch self {
            case .anotherSession: { _, header, _ in header.session ^= 1 }
            case .anotherPurpose: { _, _, frame in frame.purpose = .calibration }
            case .unknownKind: { _, _, frame in frame.kind = SymbolKind(rawValue: 77) }
            case .noContent: { _, _, frame in frame.content = StreamContent(rawValue: 9) }
            case .mostMalformed: { index, _, frame in if index % 6 != 0 { frame.purpose = .test } }
            case .fewMalformed: { index, _, frame in if index % 40 == 39 { frame.purpose = .test } }
            }
        }
    }

    @Test(arguments: Way.allCases, [UnitRole.alice, .bob])
    func `a key session ends and fails if too many frames of a unit are refused`(way: Way, role: UnitRole) async throws
    {
        var bench = SessionBench(change: [role: way.change])
        bench.request = { $0.duration = .seconds(30) }
        let (outcome, events) = try await bench.run()
        guard case .session(.refused(.framesRefused(let found, let counters))) = outcome.failure else {
            Issue.record("\(way): \(String(describing: outcome.failure))")
            return
        }
        #expect(found == role && outcome.stoppedBy.kind == .refused)
        #expect(outcome.elapsed < .seconds(10), "it does not go on: \(outcome.elapsed)")
        #expect(counters.refusals.first == (way == .anotherSession ? .otherSession : counters.refusals.first))
        let account = role == .alice ? outcome.report.alice : outcome.report.bob
        #expect(account.refusedSymbols > 0 && account.declaredGapSymbols == 0, "\(account)")
        #expect(account.isConserved, "every symbol has a name")
        #expect(events.contains { if case .fault(.framesRefused) = $0.event { true } else { false } })
    }

    @Test func `a test session goes on, says so at once, and fails at its end`() async throws {
        var bench = SessionBench(change: [.bob: Way.anotherSession.change])
        bench.purpose = .test
        let (outcome, events) = try await bench.run()
        guard case .session(.refused) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(outcome.stoppedBy.kind == .duration)
        let said = events.first { if case .fault(.framesRefused) = $0.event { true } else { false } }
        #expect(try #require(said).after < .seconds(2))
    }

    @Test func `two frames left over from the session before are borne`() async throws {
        let (outcome, _) = try await SessionBench(change: [
            .bob: { index, header, _ in if index < 2 { header.session ^= 1 } }
        ])
        .run()
        #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
        #expect(outcome.report.bob.staleFrames == 2 && outcome.report.bob.isConserved)
    }

    @Test(arguments: [UnitRole.alice, .bob], [SessionPurpose.key, .test])
    func `a unit that counts more lost symbols than there is room for is named`(
        role: UnitRole, purpose: SessionPurpose
    ) async throws {
        var bench = SessionBench(change: [role: { _, _, frame in frame.droppedSymbols = 1 << 63 }])
        bench.purpose = purpose
        bench.request = { $0.duration = .seconds(30) }
        let (outcome, _) = try await bench.run()
        if purpose == .key { #expect(outcome.elapsed < .seconds(2), "it does not go on: \(outcome.elapsed)") }
        guard case .session(.account(let found, let counters)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(found == role && counters.contradictedFrames > 0 && counters.unitDroppedSymbols == 0)
        #expect("\(try #require(outcome.failure))".contains("more lost symbols than its indices leave room for"))
    }

    /// In a frame of both quadratures there are two samples a symbol.
    @Test(arguments: [UnitRole.alice, .bob]) func `a unit that clips more samples than it has is refused`(
        role: UnitRole
    ) async throws {
        let bench = SessionBench(change: [
            role: { _, _, frame in
                if frame.kind != .none, frame.kind != .guard { frame.clippedSamples = 2 * frame.count + 1 }
            }
        ])
        let (outcome, _) = try await bench.run()
        guard case .session(.refused(.framesRefused(role, let counters))) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(counters.refusals.first == .tooManyClips && counters.clippedSamples == 0)
    }

    @Test(
        arguments: [UnitRole.alice, .bob],
        [{ $0.droppedSymbols += 1_000 }, { $0.framesSent += 7 }, { $0.sessionId ^= 1 }]
            as [@Sendable (inout StreamStopped) -> Void])
    func `a key session whose unit contradicts itself at the end fails`(
        role: UnitRole, lie: @escaping @Sendable (inout StreamStopped) -> Void
    ) async throws {
        var bench = SessionBench()
        bench.replies = [role: { $0.change(StreamStopped.self, lie) }]
        let (outcome, _) = try await bench.run()
        guard case .session(.failed(.unit(role, .badReply("StopStream", _)))) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
    }

    /// Kinds that a Bob's unit calls signal instead.
    @Test(arguments: [SymbolKind.vacuum, .training])
    func `a key session without vacuum, or without training, has no evidence and fails`(kind: SymbolKind) async throws {
        var bench = SessionBench(change: [
            .bob: { _, _, frame in
                if frame.content == .measured, frame.kind == kind { frame.kind = .dark }
            }
        ])
        bench.request = { $0.duration = .seconds(60) }
        let (outcome, _) = try await bench.run()
        guard case .session(.unevidenced(let lack)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(lack.kinds == [kind == .vacuum ? .vacuum : .training])
        #expect(outcome.stoppedBy.kind == .unevidenced)
        #expect(outcome.elapsed >= .seconds(15) && outcome.elapsed < .seconds(40), "\(outcome.elapsed)")
        bench.request = { _ in }
        guard case .session(.unevidenced) = try await bench.run().outcome.failure else {
            Issue.record("a short session without \(kind) is a success")
            return
        }
        bench.purpose = .test
        #expect(try await bench.run().outcome.stoppedBy.kind == .duration)
    }

    @Test(arguments: [KeyEvidence.Kind.vacuum, .training])
    func `a key session that plans none of it never lights anything`(kind: KeyEvidence.Kind) async throws {
        var bench = SessionBench()
        bench.request = {
            if kind == .vacuum { $0.vacuumFraction = 0 } else { $0.trainingFraction = 0 }
        }
        do throws(any Error) {
            _ = try await bench.run()
            Issue.record("it ran")
        } catch LinkRunFailure.unplanned(let found) {
            #expect(found == kind)
        }
    }

    @Test(arguments: [true, false])
    func `a precision that can never come is refused in the dark`(hasVacuum: Bool) async throws {
        var bench = SessionBench(purpose: .test)
        bench.request = {
            $0.precision = PrecisionGoal(excessNoise: 1e-3, transmittance: nil)
            if hasVacuum { $0.trainingFraction = 0 } else { $0.vacuumFraction = 0 }
        }
        do throws(any Error) {
            _ = try await bench.run()
            Issue.record("it ran")
        } catch LinkRunFailure.unreachable(let obstacle) {
            #expect(obstacle == (hasVacuum ? .noTrainingPlanned : .noVacuumPlanned))
        }
    }

    @Test func `a precision that a running session can never reach is said, once`() async throws {
        func told(_ bench: SessionBench) async throws -> [PrecisionObstacle] {
            try await bench.run().events.compactMap {
                if case .goalOutOfReach(let obstacle) = $0.event { obstacle } else { nil }
            }
        }
        var bench = SessionBench(purpose: .test)
        bench.change = [.bob: { _, _, frame in if frame.kind == .vacuum { frame.kind = .dark } }]
        bench.request = {
            $0.precision = PrecisionGoal(excessNoise: 0.2, transmittance: nil)
            $0.duration = .seconds(8)
        }
        #expect(try await told(bench) == [.noVacuum])
        bench.change = [:]
        #expect(try await told(bench).isEmpty)
        // V_off of so few samples is known to a hundredth of N0.
        bench.request = {
            $0.precision = PrecisionGoal(excessNoise: nil, transmittance: 0.006)
            $0.electronicNoiseSamples = 100
        }
        let last = try await told(bench)
        guard last.count == 1, case .electronicNoise = last[0] else {
            Issue.record("\(last)")
            return
        }
    }
}
