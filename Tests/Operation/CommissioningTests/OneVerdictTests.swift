import Calibration
import CalibrationRecords
import Foundation
import Testing

/// Whether a record holds, asked by everybody who asks: the list of records, what is due, a plan that rests on Alice's
/// V_A, and the permission to make key.
struct OneVerdictTests {
    typealias Procedure = CalibrationRecord.Procedure
    static let procedures: [Procedure] = [.alice, .bob, .pair]

    @Test(arguments: cases, procedures)
    func `list, due, plan and gate say the same`(scenario: Case, subject: Procedure) throws {
        var scene = try Scene(subject, scenario.record)
        try scenario.scene(&scene)
        let contents = try scene.shelf.contents
        let stored = try #require(contents.latest(subject, of: scene.serials))
        let (alice, bob) = (scene.alice.conditions, scene.bob.conditions)
        let use = RecordUse(by: [alice, bob])
        let units = scene.present.map(\.conditions)
        let verdict = contents.verdict(on: stored, for: use, units: units, now: scene.now)
        #expect(verdict.holds == (scenario.state == .valid), "\(verdict)")

        // The list, with the units and as the command has it.
        #expect(RecordState(verdict) == scenario.state)
        let listed = contents.verdict(on: stored, for: .overview, units: [], now: scene.now)
        #expect(RecordState(listed) == scenario.listed ?? scenario.state, "\(listed)")
        #expect(Set(listed.objections.map(\.description)).isSubset(of: verdict.objections.map(\.description)))
        #expect(
            listed.notJudged.map(\.quantity) == stored.record.validity?.windows.map(\.quantity) ?? [],
            "what the list did not look at is named")

        let due = RecalibrationTriggers.reasons(contents, present: [scene.alice, scene.bob], now: scene.now)
            .filter { $0.procedure == subject }
        #expect(due.isEmpty == verdict.holds, "due: \(due)")
        #expect(due.allSatisfy { $0.record == stored.name })

        let gate = KeyPermission(contents, alice: alice, bob: bob, isTestLink: use == .testLink, now: scene.now)
        let requirement = try #require(gate.requirements.first { $0.procedure == subject })
        #expect(requirement.record == stored.name)
        // As sentences, because a limit that is not a number equals nothing.
        #expect(requirement.objections.map(\.description) == verdict.objections.map(\.description))
        #expect(requirement.isMet == verdict.holds)
        #expect(!gate.isGranted || verdict.holds)

        guard subject == .alice else { return }
        let plan = CalibratedModulation(of: alice, in: contents, for: use, now: scene.now)
        #expect((plan != nil) == verdict.holds, "plan: \(String(describing: plan))")
    }

    @Test(arguments: procedures)
    func `without a record nobody has one`(subject: Procedure) throws {
        let contents = try Shelf().contents
        let present = [PresentUnit(Example.alice, telemetry: [:]), PresentUnit(Example.bob, telemetry: [:])]
        let (alice, bob) = (present[0].conditions, present[1].conditions)
        #expect(
            RecalibrationTriggers.reasons(contents, present: present, now: Example.start).map(\.cause) == [
                .never, .never, .never,
            ])
        #expect(CalibratedModulation(of: alice, in: contents, for: .testLink, now: Example.start) == nil)
        let gate = KeyPermission(contents, alice: alice, bob: bob, isTestLink: true, now: Example.start)
        #expect(gate.requirements.allSatisfy { !$0.isMet && $0.record == nil })
    }

    @Test(arguments: ["A-1", "B-1"])
    func `work on either unit takes the pair's record away`(serial: String) throws {
        let scene = try Scene(.pair) { _ in }
        try scene.visit(serial == "A-1" ? Example.alice : Example.bob, after: 30)
        let due = RecalibrationTriggers.reasons(
            try scene.shelf.contents, present: [scene.alice, scene.bob], now: scene.now)
        #expect(due.filter { $0.procedure == .pair }.map(\.unit) == [serial])
        #expect(due.allSatisfy { $0.cause == .maintenance })
    }

    @Test func `an older record is listed as replaced, by what proves something only`() throws {
        let scene = try Scene(.bob) { _ in }
        let contents = { () throws -> [RecordState] in
            let contents = try scene.shelf.contents
            return contents.records.filter { $0.record.procedure == .bob }.map {
                RecordState(contents.verdict(on: $0, for: .overview, units: [], now: scene.now))
            }
        }
        try scene.add(after: 10, .incomplete)
        #expect(try contents() == [.valid, .incomplete])
        try scene.add(after: 20, .fail)
        #expect(try contents() == [.replaced, .incomplete, .failed])
        try scene.add(after: 30, .pass)
        #expect(try contents() == [.replaced, .incomplete, .failed, .valid])
    }

    @Test func `a dossier and a maintenance are no calibrations: nothing replaces them`() throws {
        let scene = try Scene(.bob) { _ in }
        try scene.visit(Example.bob, after: 10)
        try scene.visit(Example.bob, after: 20)
        let contents = try scene.shelf.contents
        let visits = contents.records.filter { $0.record.procedure == .maintenance }
        #expect(
            visits.map { contents.verdict(on: $0, for: .overview, units: [], now: scene.now).objections } == [
                [.noValidity], [.noValidity],
            ])
    }

    @Test func `what belongs to the light is not judged in the dark`() throws {
        var scene = try Scene(.bob) { record in
            record.validity?.windows.append(
                .init(unit: "B-1", quantity: "local_oscillator_power", unitOfMeasure: "W", minimum: 1, maximum: 2))
        }
        let contents = try scene.shelf.contents
        let stored = try #require(contents.latest(.bob, of: ["B-1"]))
        let lit = contents.verdict(on: stored, for: .testLink, units: [scene.bob.conditions], now: scene.now)
        #expect(lit.objections == [.conditionUnknown(unit: "B-1", quantity: "local_oscillator_power")])
        scene.bob.isDark = true
        let dark = contents.verdict(on: stored, for: .testLink, units: [scene.bob.conditions], now: scene.now)
        #expect(dark.holds && dark.notJudged.map(\.quantity) == ["local_oscillator_power"])
    }
}
