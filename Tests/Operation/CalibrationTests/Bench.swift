import Calibration
import CalibrationRecords
import Foundation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// An emulated pair in this process and in the time of the test, connected, with plans that take less than a second each.
struct Bench {
    let pair: EmulatedPair
    let alice: Unit
    let bob: Unit
    static let context = CalibrationContext(operatorName: "test", station: "bench", program: "tests")

    init(seed: UInt64, _ change: (inout PairConfiguration) -> Void = { _ in }) async throws {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.1
        change(&configuration)
        pair = .test(configuration)
        alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
    }

    func close() async {
        await alice.close()
        await bob.close()
        pair.stop()
    }

    static var bobPlan: BobPlan {
        var plan = BobPlan()
        plan.darkSamples = 500_000
        plan.vacuumSamples = 1_000_000
        plan.sweepSamples = 500_000
        plan.stabilityWindows = 16
        plan.stabilityWindowSamples = 100_000
        plan.captureSamples = 65_536
        return plan
    }

    static var alicePlan: AlicePlan {
        var plan = AlicePlan()
        plan.readings = 3
        plan.words = 65_536
        return plan
    }

    static var pairPlan: PairPlan {
        var plan = PairPlan(symbolRate: 2e6)
        plan.symbols = 2_000_000
        plan.darkSamples = 500_000
        plan.extinctionSamples = 500_000
        // A second shows no margin, and most tests want none.
        plan.shortSession = .accepted
        return plan
    }

    /// Performs a receiver's calibration.
    func calibrateBob(_ change: (inout BobPlan) -> Void = { _ in }) async throws -> CalibrationOutcome {
        var plan = Self.bobPlan
        change(&plan)
        return try await CalibrationRun(BobCalibration.procedure(bob, plan: plan), context: Self.context).perform()
    }

    /// Performs a procedure and cancels it as soon as the phase of this number (from 1) has come as far as `fraction`, or
    /// at the beginning of the next if it tells no progress.
    func cancelled<Notes>(
        _ procedure: Procedure<Notes>, in phase: Int, at fraction: Double = 0
    ) async throws -> CalibrationOutcome {
        let reached = AsyncStream.makeStream(of: Void.self)
        let run = CalibrationRun(
            procedure, context: Self.context,
            report: { progress in
                if progress.phase > phase || progress.phase == phase && progress.fraction >= fraction {
                    reached.continuation.finish()
                }
            })
        let task = Task(executorPreference: HostClock.test.executor) {
            defer { reached.continuation.finish() }
            return try await run.perform()
        }
        for await _ in reached.stream {}
        task.cancel()
        return try await task.value
    }
}

/// The first measurement of a name; a missing one is a failure.
func found(_ record: CalibrationRecord, _ name: String) throws -> RecordedMeasurement {
    try #require(record.measurement(name), "\(name) is not in the record")
}

/// |value − truth| below five standard uncertainties: a sound estimator fails once in 1.7 million cases.
func agrees(
    _ record: CalibrationRecord, _ name: String, _ truth: Double, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let measured = try found(record, name)
    let value = try #require(measured.value, "\(name) has no value", sourceLocation: sourceLocation)
    let sigma = try #require(measured.sigma, "\(name) has no σ", sourceLocation: sourceLocation)
    #expect(
        abs(value - truth) < 5 * sigma, "\(name) is \(value) ± \(sigma), in truth \(truth)",
        sourceLocation: sourceLocation)
}
