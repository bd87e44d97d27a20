import Calibration
import CalibrationRecords
import Foundation
import Testing
import UnitControl
import UnitProtocol
import UnitTransport
import VirtualTime

/// A transmitter that measures its telemetry seldom, or is starved: what it answers may be older than the setting.
@Suite(.virtualTime) struct SlowTelemetryTests {
    /// Alice, who takes new readings every 0.7 s only and gives them their true age.
    private actor SlowAlice: CalibratedEnd {
        nonisolated let identity: UnitIdentity
        private let unit: Unit
        private var readings: [TelemetryReading] = []
        nonisolated let clock: HostClock
        private var taken: HostClock.Instant

        init(_ unit: Unit) {
            self.unit = unit
            identity = unit.identity
            clock = unit.clock
            taken = clock.now
        }

        func telemetry() async throws(UnitError) -> [TelemetryReading] {
            if readings.isEmpty || clock.now - taken > .milliseconds(700) {
                taken = clock.now
                readings = try await unit.telemetry()
            }
            let age = clock.now - taken
            return readings.map { reading in
                var reading = reading
                reading.age += age
                return reading
            }
        }

        func capabilities() async throws(UnitError) -> Capabilities { try await unit.capabilities() }
        func status() async throws(UnitError) -> Status { try await unit.status() }
        func set<Request: UnitMessage>(_ request: Request) async throws(UnitError) { try await unit.set(request) }
        func stopSession(_ session: UInt64) async throws(UnitError) { try await unit.stopSession(session) }
        func waitUntil(_ state: UnitState, within limit: Duration) async throws(UnitError) {
            try await unit.waitUntil(state, within: limit)
        }
        func measureMoments(_ kind: SymbolKind, samples: UInt64) async throws(UnitError) -> Moments {
            try await unit.measureMoments(kind, samples: samples)
        }
        func startStream(_ plan: StreamPlan) async throws(UnitError) -> UnitStream { try await unit.startStream(plan) }
        func stopStream() async throws(UnitError) -> StreamStopped { try await unit.stopStream() }
        func finishStream(_ stopped: StreamStopped?) async { await unit.finishStream(stopped) }
        func opticalState() async throws(UnitError) -> OpticalState { try await unit.opticalState() }
        func capture(
            samples: UInt32, progress: @Sendable (Int) -> Void
        ) async throws(UnitError) -> CapturedSamples { try await unit.capture(samples: samples, progress: progress) }
    }

    /// Read 0.3 s after the attenuator was set, the monitor power was that of the setting before.
    @Test func `a reading that is older than the setting does not count for it`() async throws {
        let bench = try await Bench(seed: 390)
        var plan = Bench.alicePlan
        plan.attenuations = [0, 4, 8]
        let record = try await CalibrationRun(
            AliceCalibration.procedure(SlowAlice(bench.alice), plan: plan), context: Bench.context
        ).perform().record
        let found = try #require(record.measurement("monitorDeviation"))
        #expect(found.outcome == .pass, "\(found)")
        #expect(record.outcome == .pass, "\(record.phases.map { ($0.name, $0.outcome, $0.note) })")
        await bench.close()
    }
}
