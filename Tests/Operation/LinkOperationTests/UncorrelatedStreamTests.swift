import LinkControl
import LinkOperation
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Two streams that do not belong together, from the start or in the middle of a session.
@Suite(.virtualTime) struct UncorrelatedStreamTests {
    @Test(
        arguments: [
            (FirmwareDefect.lightIgnoresAlice, PairModel.Receiver.heterodyne), (.lightIgnoresAlice, .homodyne),
            (.quadraturesSwapped, .heterodyne), (.basisInverted, .homodyne),
        ])
    func `streams that do not belong together are said with their correlation, and fail`(
        defect: FirmwareDefect, receiver: PairModel.Receiver
    ) async throws {
        var bench = SessionBench(purpose: .test)
        bench.configure = {
            $0.model.receiver = receiver
            $0.adjust = { if $0.role == .bob { $0.defects = [defect] } }
        }
        let (outcome, events) = try await bench.run()
        guard case .session(.fault(.uncorrelated(let correlation))) = outcome.failure else {
            Issue.record("\(defect): \(String(describing: outcome.failure))")
            return
        }
        #expect(outcome.report.delay == nil && outcome.report.trainingSymbols == 0)
        #expect(correlation.symbols > 16_384)
        let quadratures = Double(correlation.symbols) * (receiver == .heterodyne ? 2 : 1)
        #expect(abs(correlation.sigma * quadratures.squareRoot() - 1) < 1e-9)
        #expect(correlation.significance < correlation.needed, "\(correlation)")
        // Unrelated data reach 5 σ at the best of hundreds of delays; real ones had a coefficient of a tenth and more.
        #expect(correlation.coefficient < 0.05, "\(correlation)")
        #expect((correlation.mirrored != nil) == (defect != .lightIgnoresAlice), "\(correlation)")
        guard case .uncorrelated = outcome.report.noEstimate else {
            Issue.record("\(String(describing: outcome.report.noEstimate))")
            return
        }
        if defect != .lightIgnoresAlice {
            #expect(events.contains { if case .fault(.uncorrelated) = $0.event { true } else { false } })
        }
    }

    @Test func `a slip in the middle is said when it happens, and again when it is over`() async throws {
        var bench = SessionBench(purpose: .test)
        bench.request = {
            $0.duration = .seconds(12)
            $0.symbolRate = 400_000
        }
        bench.trouble = { $0.inject(.syncSlip, strength: 5) }
        let (outcome, events) = try await bench.run()
        let began = try #require(events.first { if case .started = $0.event { true } else { false } }).after
        let faults = events.filter { if case .fault = $0.event { true } else { false } }
        #expect(!faults.isEmpty && faults[0].after - began < .seconds(3), "\(faults)")
        for fault in faults {
            guard case .fault(let error) = fault.event else { continue }
            switch error {
            case .uncorrelated(let correlation): #expect(correlation.before != nil)
            case .syncLost(let reason): #expect(reason.contains("the delay moved by +5 symbols"), "\(reason)")
            default: Issue.record("\(error)")
            }
        }
        #expect(outcome.report.delay != nil)
        // Found again, and still two countings in one session.
        guard case .session(.fault(.syncLost)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
    }

    @Test func `light that stops to follow Alice in the middle fails at the end too`() async throws {
        var bench = SessionBench(purpose: .test)
        bench.trouble = { $0.inject(.fibreBend, strength: 60) }
        let (outcome, events) = try await bench.run()
        guard case .session(.fault(.uncorrelated(let correlation))) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(try #require(correlation.before) > correlation.coefficient + 5 * correlation.sigma)
        #expect(events.contains { if case .fault(.uncorrelated) = $0.event { true } else { false } })
    }

    @Test func `a sound link says nothing of it`() async throws {
        let (outcome, events) = try await SessionBench().run()
        #expect(outcome.failure == nil && outcome.report.correlation == nil)
        #expect(!events.contains { if case .fault = $0.event { true } else { false } })
    }
}
