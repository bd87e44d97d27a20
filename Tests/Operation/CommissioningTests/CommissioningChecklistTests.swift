import Calibration
import CalibrationRecords
import Foundation
import Testing

/// Units, times and records of the tests of this folder.
enum Example {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)
    static let alice = CalibrationRecord.UnitDescription(
        role: "alice", serial: "A-1", model: "m", firmware: "1.0", emulated: true, schemaFingerprint: "00")
    static let bob = CalibrationRecord.UnitDescription(
        role: "bob", serial: "B-1", model: "m", firmware: "1.0", emulated: true, schemaFingerprint: "00")
    static let context = CalibrationContext(operatorName: "kim", station: "s", program: "p")

    static func record(
        _ procedure: CalibrationRecord.Procedure, _ units: [CalibrationRecord.UnitDescription],
        _ measurements: [RecordedMeasurement] = [], ended: Date = start
    ) -> CalibrationRecord {
        CalibrationRecord(
            procedure: procedure, started: ended.addingTimeInterval(-60), ended: ended, operatorName: "kim",
            station: "s", program: "p", units: units,
            phases: [.init(name: "phase", started: ended, duration: 60, measurements: measurements)])
    }
}

struct CommissioningChecklistTests {
    private var fresh: CommissioningChecklist {
        CommissioningChecklist(started: Example.start, alice: Example.alice, bob: Example.bob)
    }

    @Test func `steps are done in order, and an interrupted one is next again`() throws {
        var checklist = fresh
        for step in CommissioningStep.allCases {
            #expect(checklist.next == step)
            checklist.begin(step)
            // Killed here: what the file holds says the same step.
            let text = try JSONEncoder().encode(checklist)
            #expect(try JSONDecoder().decode(CommissioningChecklist.self, from: text).next == step)
            checklist.finish(step, Example.record(.commissioning, [Example.bob, Example.alice]))
        }
        #expect(checklist.next == nil)
        #expect(checklist.dossier(Example.context, ended: Example.start).outcome == .pass)
        checklist.begin(.receiver)
        #expect(checklist.next == .receiver)
        #expect(checklist[.receiver].attempts == 2)
        #expect(checklist[.receiver].record == nil)
    }

    @Test func `a skipped step makes the dossier incomplete and is named in it`() {
        var checklist = fresh
        for step in CommissioningStep.allCases {
            checklist.finish(step, Example.record(.commissioning, [Example.bob]))
        }
        checklist.skip(.soak, because: "no time")
        let dossier = checklist.dossier(Example.context, ended: Example.start)
        #expect(dossier.outcome == .incomplete)
        #expect(dossier.remarks.contains("step soak was skipped: no time"))
    }

    @Test func `a dossier rests on the records that were stored on the way`() {
        var checklist = fresh
        checklist.finish(.receiver, Example.record(.bob, [Example.bob]), stored: "aa")
        checklist.finish(.transmitter, Example.record(.alice, [Example.alice]), stored: "bb")
        let dossier = checklist.dossier(Example.context, ended: Example.start)
        #expect(dossier.references == ["aa", "bb"])
        #expect(dossier.units.map(\.serial) == ["B-1", "A-1"])
    }

    @Test func `a soak keeps its points over an interruption, and loses them when it is repeated`() {
        var checklist = fresh
        let point = SoakPoint(
            time: Example.start, seconds: 2, transmittance: 0.3, transmittanceSigma: 0.01, excessNoise: 0,
            excessNoiseSigma: 0.1, vacuumVariance: 1, delay: 2, missingSymbols: 0)
        checklist.begin(.soak)
        checklist.keep([point])
        checklist.begin(.soak)
        #expect(checklist[.soak].soak == [point])
        checklist.finish(.soak, Example.record(.commissioning, [Example.bob]))
        checklist.begin(.soak)
        #expect(checklist[.soak].soak.isEmpty)
    }

    @Test func `other units and other firmware are refused`() {
        var other = Example.bob
        other.serial = "B-2"
        #expect(throws: CommissioningChecklist.Mismatch.otherUnit(role: "Bob", expected: "B-1", found: "B-2")) {
            try fresh.check(alice: Example.alice, bob: other)
        }
        other = Example.bob
        other.firmware = "2.0"
        #expect(
            throws: CommissioningChecklist.Mismatch.otherFirmware(serial: "B-1", expected: "1.0", found: "2.0")
        ) {
            try fresh.check(alice: Example.alice, bob: other)
        }
    }
}
