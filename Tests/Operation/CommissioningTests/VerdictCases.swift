import Calibration
import CalibrationRecords
import Foundation
import Testing

extension OneVerdictTests {
    /// A store with a record of each procedure, two units and a time, all of it in order.
    struct Scene {
        let shelf: Shelf
        /// The procedure whose record the case is about.
        let subject: Procedure
        var alice = PresentUnit(Example.alice, telemetry: ["modulator_temperature": 30])
        var bob = PresentUnit(Example.bob, telemetry: ["detector_temperature": 22])
        /// Seconds since the records ended.
        var age = 60.0

        var now: Date { Example.start.addingTimeInterval(age) }
        var present: [PresentUnit] { subject == .alice ? [alice] : subject == .bob ? [bob] : [bob, alice] }
        var serials: [String] { present.map(\.unit.serial) }

        init(_ subject: Procedure, _ change: (inout CalibrationRecord) -> Void) throws {
            self.subject = subject
            shelf = try Shelf(
                OneVerdictTests.procedures.map { procedure in
                    var record = Self.record(procedure)
                    if procedure == subject { change(&record) }
                    return record
                })
        }

        static func record(_ procedure: Procedure, after seconds: Double = 0) -> CalibrationRecord {
            let units =
                procedure == .alice
                ? [Example.alice] : procedure == .bob ? [Example.bob] : [Example.bob, Example.alice]
            var record = Example.record(
                procedure, units,
                [RecordedMeasurement("modulationVariance", value: 5, sigma: 0.1, unit: "SNU")],
                ended: Example.start.addingTimeInterval(seconds))
            record.validity = Validity(
                expires: record.ended.addingTimeInterval(3600), reason: "policy",
                windows: units.map { unit in
                    .init(
                        unit: unit.serial,
                        quantity: unit.role == "alice" ? "modulator_temperature" : "detector_temperature",
                        unitOfMeasure: "degC", minimum: 20, maximum: 32)
                }, firmware: Dictionary(uniqueKeysWithValues: units.map { ($0.serial, $0.firmware) }))
            return record
        }

        /// Adds another record of the subject's procedure.
        @discardableResult
        func add(after seconds: Double, _ outcome: Outcome) throws -> StoredRecord {
            var later = Self.record(subject, after: seconds)
            later.outcome = outcome
            return try shelf.store.add(later)
        }

        func visit(_ unit: CalibrationRecord.UnitDescription, after seconds: Double) throws {
            var visit = Example.record(.maintenance, [unit], ended: Example.start.addingTimeInterval(seconds))
            visit.remarks = ["cleaned"]
            _ = try shelf.store.add(visit)
        }
    }

    /// One thing that is wrong, or is not.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the list says when it knows the units.
        let state: RecordState
        /// What it says without them; nil if that is the same.
        var listed: RecordState?
        var record: @Sendable (inout CalibrationRecord) -> Void = { _ in }
        var scene: @Sendable (inout Scene) throws -> Void = { _ in }

        init(
            _ name: String, _ state: RecordState, listed: RecordState? = nil,
            record: @escaping @Sendable (inout CalibrationRecord) -> Void = { _ in },
            scene: @escaping @Sendable (inout Scene) throws -> Void = { _ in }
        ) {
            testDescription = name
            self.state = state
            self.listed = listed
            self.record = record
            self.scene = scene
        }
    }

    static let cases: [Case] = [
        Case("all in order", .valid),
        Case("its last second", .valid, scene: { $0.age = 3599.9 }),
        Case("its time is over", .expired, scene: { $0.age = 3600 }),
        Case("a clock one second behind", .clock, scene: { $0.age = -1 }),
        Case("a clock four minutes behind", .clock, scene: { $0.age = -240 }),
        Case("marginal", .valid, record: { $0.outcome = .marginal }),
        Case("failed", .failed, record: { $0.outcome = .fail }),
        Case("passed with a phase that failed", .failed, record: { $0.phases[0].outcome = .fail }),
        Case(
            "passed with a measurement that failed", .failed, record: { $0.phases[0].measurements[0].outcome = .fail }),
        Case("broken off", .incomplete, record: { $0.outcome = .incomplete }),
        Case("no validity", .none, record: { $0.validity = nil }),
        Case("a life of a century", .none, record: { $0.validity?.expires = $0.ended + 36_525 * 86_400 }),
        Case("ends before it began", .clock, record: { $0.started = $0.ended + 60 }),
        Case("later one broken off", .valid, scene: { try $0.add(after: 10, .incomplete) }),
        Case("later one failed", .failed, scene: { try $0.add(after: 10, .fail) }),
        Case(
            "later one passed again", .valid,
            scene: {
                try $0.add(after: 10, .fail)
                try $0.add(after: 20, .pass)
            }),
        Case(
            "later one failed while the clock was set back", .failed, scene: { try $0.add(after: -30, .fail) }),
        Case(
            "firmware", .changed, listed: .valid,
            scene: {
                $0.alice.unit.firmware = "1.1"
                $0.bob.unit.firmware = "1.1"
            }),
        Case("firmware that the validity does not name", .valid, record: { $0.validity?.firmware = [:] }),
        Case(
            "other firmware that the validity does not name", .changed, listed: .valid,
            record: {
                $0.validity?.firmware = [:]
                for index in $0.units.indices { $0.units[index].firmware = "0.9" }
            }),
        Case(
            "protocol", .changed, listed: .valid,
            scene: {
                $0.alice.unit.schemaFingerprint = "01"
                $0.bob.unit.schemaFingerprint = "01"
            }),
        Case("temperature moved", .changed, listed: .valid, scene: { $0.set(telemetry: 33) }),
        Case("temperature is not a number", .changed, listed: .valid, scene: { $0.set(telemetry: .nan) }),
        Case("temperature cannot be read", .changed, listed: .valid, scene: { $0.set(telemetry: nil) }),
        Case(
            "a limit is not a number", .changed, listed: .valid, record: { $0.validity?.windows[0].maximum = .nan }),
        Case(
            "units with optics", .changed, listed: .valid,
            scene: {
                $0.alice.unit.emulated = false
                $0.bob.unit.emulated = false
            }),
        Case(
            "a record with optics, units without", .changed, listed: .valid,
            record: { for index in $0.units.indices { $0.units[index].emulated = false } }),
        Case("maintenance since", .maintained, scene: { try $0.visit($0.present[0].unit, after: 30) }),
        Case(
            "maintenance since, while the clock was set back", .maintained,
            scene: { try $0.visit($0.present[0].unit, after: -3000) }),
        Case(
            "maintenance, then calibrated again", .valid,
            scene: {
                try $0.visit($0.present[0].unit, after: 10)
                try $0.add(after: 90, .pass)
                $0.age = 100
            }),
        Case("a signer that is unknown", .untrusted, scene: { _ = try $0.shelf.changeHands() }),
        Case(
            "a signer that is trusted", .valid,
            scene: {
                _ = try TrustedKeys.add(
                    $0.shelf.changeHands(), name: "far", role: .station, in: $0.shelf.folder, now: Example.start)
            }),
        Case(
            "a signer that is trusted no longer", .untrusted,
            scene: {
                _ = try TrustedKeys.add(
                    $0.shelf.changeHands(), name: "far", role: .station, in: $0.shelf.folder, now: Example.start)
                _ = try TrustedKeys.revoke("far", in: $0.shelf.folder, now: Example.start)
            }),
        Case(
            "a maker's key signs no calibrations", .untrusted,
            scene: {
                _ = try TrustedKeys.add(
                    $0.shelf.changeHands(), name: "maker", role: .factory, in: $0.shelf.folder, now: Example.start)
            }),
        Case(
            "a newer record of an unknown signer", .untrusted,
            scene: { scene in
                let key = try scene.shelf.changeHands()
                _ = try TrustedKeys.add(key, name: "far", role: .station, in: scene.shelf.folder, now: Example.start)
                try scene.add(after: 10, .pass)
                try FileManager.default.removeItem(atPath: "\(scene.shelf.path)/station.json")
                try FileManager.default.removeItem(atPath: "\(scene.shelf.path)/station.key")
            }),
        Case(
            "a damaged file that may be newer", .damaged,
            scene: { scene in
                let file = scene.shelf.file(try scene.add(after: 10, .fail))
                try Data(Data(contentsOf: URL(filePath: file)).prefix(100)).write(to: URL(filePath: file))
            }),
        Case(
            "a file of another unit that is gone", .damaged,
            scene: { scene in
                var other = OneVerdictTests.Scene.record(.bob, after: 10)
                other.units[0].serial = "B-9"
                try FileManager.default.removeItem(atPath: scene.shelf.file(try scene.shelf.store.add(other)))
            }),
        Case(
            "a hole behind it", .damaged,
            scene: { scene in
                let failed = scene.shelf.file(try scene.add(after: 10, .fail))
                try scene.add(after: 20, .incomplete)
                try FileManager.default.removeItem(atPath: failed)
            }),
    ]
}

extension OneVerdictTests.Scene {
    /// Temperatures of both units.
    mutating func set(telemetry value: Double?) {
        alice.telemetry["modulator_temperature"] = value
        bob.telemetry["detector_temperature"] = value
    }
}
