import Calibration
import CalibrationRecords
import Foundation
import LinkControl
import Synchronization
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// An emulated pair in this process and in the time of the test, with an archive in memory and plans that take less than a
/// second each.
struct Installation {
    let pair: EmulatedPair
    let alice: Unit
    let bob: Unit
    let archive = MemoryArchive()
    var plan: CommissioningPlan

    init(seed: UInt64 = 7) async throws {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.1
        pair = .test(configuration)
        alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        plan = CommissioningPlan { _, _, _ in 1e6 }
        plan.receiver.darkSamples = 500_000
        plan.receiver.vacuumSamples = 1_000_000
        plan.receiver.sweepSamples = 500_000
        plan.receiver.stabilityWindows = 16
        plan.receiver.stabilityWindowSamples = 100_000
        plan.receiver.captureSamples = 65_536
        plan.interval = 0.5
        plan.soak = 1
        plan.acceptsFailures = true
    }

    func close() async {
        await alice.close()
        await bob.close()
        pair.stop()
    }

    /// A checklist that has only these steps to do.
    func checklist(_ steps: CommissioningStep...) -> CommissioningChecklist {
        var checklist = CommissioningChecklist(
            started: Example.start, alice: CalibrationRecord.UnitDescription(alice.identity),
            bob: CalibrationRecord.UnitDescription(bob.identity))
        for step in CommissioningStep.allCases where !steps.contains(step) { checklist.skip(step, because: "test") }
        return checklist
    }

    func run(_ checklist: CommissioningChecklist, _ hands: any Operator) async throws -> CommissioningChecklist {
        try await commissioning(hands).run(checklist)
    }

    func commissioning(_ hands: any Operator) -> Commissioning {
        Commissioning(alice: alice, bob: bob, plan: plan, operator: hands, archive: archive, context: Example.context)
    }

    /// Whether both units say that no light is on.
    var isDark: Bool {
        get async throws {
            for unit in [alice, bob] where try await !unit.status().light.isEmpty { return false }
            return true
        }
    }
}

/// Keeps everything in memory, and can be told to keep nothing.
final class MemoryArchive: CommissioningArchive {
    struct Full: Error, Equatable {}

    private struct State {
        var kept: [CommissioningChecklist] = []
        var records: [CalibrationRecord] = []
        var takesChecklists = true
        var takesRecords = true
    }
    private let state = Mutex(State())

    /// Every state that was kept, in order.
    var kept: [CommissioningChecklist] { state.withLock { $0.kept } }
    var records: [CalibrationRecord] { state.withLock { $0.records } }

    func accept(checklists: Bool = true, records: Bool = true) {
        state.withLock { ($0.takesChecklists, $0.takesRecords) = (checklists, records) }
    }

    func checklist() throws -> CommissioningChecklist? { kept.last }

    func keep(_ checklist: CommissioningChecklist) throws {
        try state.withLock { state in
            guard state.takesChecklists else { throw Full() }
            state.kept.append(checklist)
        }
    }

    func keep(_ record: CalibrationRecord) throws -> NamedRecord {
        try state.withLock { state in
            guard state.takesRecords else { throw Full() }
            state.records.append(record)
            return NamedRecord(name: "record-\(state.records.count)", record: record)
        }
    }

    func factoryEfficiency(of serial: String) throws -> FactoryEfficiency? { nil }

    func modulation(of alice: any CalibratedEnd, beside bob: any CalibratedEnd) async throws -> CalibratedModulation? {
        nil
    }
}

/// What was heard, in order.
final class Ear: Sendable {
    private let heard = Mutex<[CommissioningEvent]>([])

    func hear(_ event: CommissioningEvent) { heard.withLock { $0.append(event) } }

    var events: [CommissioningEvent] { heard.withLock { $0 } }
    var steps: [CommissioningStep] { events.compactMap { if case .began(let step) = $0 { step } else { nil } } }
    var refusals: Int { events.count { if case .refused = $0 { true } else { false } } }
    /// Before which work the light was shown.
    var lights: [FibreWork] { events.compactMap { if case .light(_, let work) = $0 { work } else { nil } } }
}

/// Nobody.
struct Absent: Operator {
    struct Asked: Error {}
    var isPresent: Bool { false }
    func isDone(_ work: FibreWork) async throws -> Bool { throw Asked() }
    func fibre() async throws -> FibreAnswer? { throw Asked() }
    func returnLoss() async throws -> Double? { throw Asked() }
    func accepts(_ fibre: FibreMeasurement, _ doubts: [FibreDoubt]) async throws -> Bool { throw Asked() }
    func receivedPower() async throws -> Double? { throw Asked() }
    func accepts(_ power: ReceivedPower) async throws -> Bool { throw Asked() }
    func decision(
        on step: CommissioningStep, _ record: CalibrationRecord, suspect: SuspectedStep?
    ) async throws -> StepDecision { throw Asked() }
    func hear(_ event: CommissioningEvent) {}
}
