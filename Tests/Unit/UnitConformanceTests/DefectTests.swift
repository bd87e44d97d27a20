import Testing
import UnitEmulator

@testable import UnitConformance

/// Each check is there because something breaks its rule, and each broken rule is caught by the check that is named for
/// it. A check that catches nothing would pass on anything.
@Suite(.serialized)
struct DefectTests {
    @Test(arguments: FirmwareDefect.allCases)
    func `a broken rule is caught by name`(defect: FirmwareDefect) async {
        for check in defect.checks {
            let isPair = ConformanceSuite.checks.first { $0.id == check }?.needs.contains(.pair) == true
            let record = await InProcess(defect, detection: defect.needsHomodyne ? .homodyne : .heterodyne)
                .run([check], on: isPair ? [.alice, .bob] : [defect.role])
            let subject = isPair ? "pair" : defect.role == .alice ? "alice" : "bob"
            let phase = record.phases.first { $0.check == check && $0.subject == subject }
            #expect(phase?.outcome == .fail, "\(defect.rawValue), \(check): \(record.complaints)")
            #expect(!record.hasPassed)
        }
    }

    @Test func `every check catches a defect, and every defect names checks that exist`() {
        let checks = Set(ConformanceSuite.checks.map(\.id))
        let caught = Set(FirmwareDefect.allCases.flatMap(\.checks))
        #expect(checks.subtracting(caught).isEmpty)
        #expect(caught.subtracting(checks).isEmpty)
        #expect(checks.count == ConformanceSuite.checks.count)
    }

    @Test func `an unbroken pair passes every check`() async {
        let record = await InProcess().run()
        #expect(record.hasPassed, "\(record.complaints)")
        #expect(record.count(.skip) == 0, "\(record.complaints)")
        #expect(record.count(.pass) > 150)
    }

    @Test func `a whole run finds what one check finds, and a homodyne Bob passes`() async {
        async let homodyne = InProcess(detection: .homodyne).run()
        await withTaskGroup(of: Void.self) { group in
            for defect in [FirmwareDefect.crcIgnored, .lossesUndeclared, .deadManKeepsControl] {
                group.addTask {
                    let record = await InProcess(defect).run(on: [defect.role])
                    let caught = record.phases.contains { $0.outcome == .fail && defect.checks.contains($0.check) }
                    #expect(caught && record.outcome == "FAIL", "\(defect): \(record.complaints)")
                }
            }
        }
        let record = await homodyne
        #expect(record.hasPassed, "\(record.complaints)")
    }

    @Test(arguments: [0.0003, 0.001, 0.002, 0.004, 0.01, 0.02])
    func `a unit that warms up faster than it can be asked breaks no rule by that`(warmUp: Double) async {
        let record = await InProcess(warmUp: warmUp).run(["gating-warming-up"], on: [.bob])
        #expect(record.phases.map(\.check) == ["gating-warming-up"])
        #expect(record.phases.allSatisfy { [.pass, .skip].contains($0.outcome) }, "\(record.complaints)")
    }

    /// Neither the machine's speed nor its wall clock: 1.25 heartbeat time-outs of 0.8 s are a second, though nobody waits.
    @Test func `a check lasts as long as the clock says that was given, and two runs last alike`() async throws {
        let began = ContinuousClock.now
        let records = [
            await InProcess().run(["heartbeat-holds-light", "light-up"]),
            await InProcess().run(["heartbeat-holds-light", "light-up"]),
        ]
        let real = ContinuousClock.now - began
        let held = records[0].phases.filter { $0.check == "heartbeat-holds-light" }
        #expect(held.count == 2, "one of each unit")
        for phase in held {
            #expect(phase.seconds >= 1 && phase.seconds < 2, "\(phase.name) \(phase.seconds) s")
            #expect(phase.endMillis - phase.startMillis == Int64((phase.seconds * 1_000).rounded()))
        }
        #expect(records[0].seconds > 2.5 && real < .seconds(records[0].seconds), "\(records[0].seconds) s in \(real)")
        #expect(records[0].phases.map(\.seconds) == records[1].phases.map(\.seconds))
        #expect(JUnitText.of(records[0]).contains("time=\"\((records[0].seconds * 1_000).rounded() / 1_000)\""))
    }

    @Test func `one unit alone gets its checks, and the rest is skipped with a reason`() async throws {
        let record = await InProcess().run(["hello-identity", "shutter", "pair-echo"], on: [.alice])
        #expect(record.phases.map(\.name) == ["alice/hello-identity", "bob/shutter", "pair/pair-echo"])
        #expect(record.phases.map(\.outcome) == [.pass, .skip, .skip])
        #expect(record.phases[1].seen == ["no unit of this role was given"])
        #expect(record.phases[2].seen == ["needs both units of a pair (--bob)"])
        #expect(record.hasPassed)
    }
}
