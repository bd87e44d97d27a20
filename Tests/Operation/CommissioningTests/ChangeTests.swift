import Calibration
import CalibrationRecords
import Foundation
import Testing

/// What a calibration measures otherwise than the commissioning is a finding until a person explains it.
struct ChangeTests {
    private static let link = [Example.bob, Example.alice]

    private static func record(
        _ procedure: CalibrationRecord.Procedure, loss: Double, sigma: Double = 0.04, after seconds: Double = 0,
        efficiency: Double? = nil
    ) -> CalibrationRecord {
        let transmittance = pow(10, -loss / 10)
        var measurements = [
            RecordedMeasurement(
                "transmittance", value: transmittance, sigma: transmittance * sigma * log(10) / 10, unit: "1")
        ]
        if let efficiency {
            measurements.append(
                RecordedMeasurement("detectorEfficiency", value: 0.6, sigma: efficiency, unit: "1", source: .stated))
        }
        var record = Example.record(
            procedure, link, measurements, ended: Example.start.addingTimeInterval(seconds))
        record.validity = Validity(
            expires: record.ended.addingTimeInterval(3600), reason: "policy", windows: [], firmware: [:])
        return record
    }

    private func due(_ shelf: Shelf, _ transmittance: (value: Double, sigma: Double)? = nil) throws
        -> [RecalibrationReason]
    {
        RecalibrationTriggers.reasons(
            try shelf.contents,
            present: [PresentUnit(Example.alice, telemetry: [:]), PresentUnit(Example.bob, telemetry: [:])],
            transmittance: transmittance, now: Example.start.addingTimeInterval(900)
        ).filter { $0.procedure == .pair }
    }

    private func isMet(_ shelf: Shelf) throws -> Bool {
        let (alice, bob) = (
            PresentUnit(Example.alice, telemetry: [:]).conditions, PresentUnit(Example.bob, telemetry: [:]).conditions
        )
        let permission = KeyPermission(
            try shelf.contents, alice: alice, bob: bob, isTestLink: true, now: Example.start.addingTimeInterval(900))
        return permission.requirements[2].isMet
    }

    @discardableResult
    private func explain(_ stored: StoredRecord, _ shelf: Shelf) throws -> StoredRecord {
        try shelf.store.add(
            shelf.contents.explanation(
                of: stored, because: "a splice at km 4", by: "kim", at: "bench", program: "test",
                now: Example.start.addingTimeInterval(850)))
    }

    /// 0.7 dB at 12 σ.
    @Test(arguments: [CalibrationRecord.Procedure.commissioning, .pair])
    func `a new calibration swallows no change of the loss, until somebody explains it`(
        first: CalibrationRecord.Procedure
    ) throws {
        let shelf = try Shelf([Self.record(first, loss: 5)])
        let later = Self.record(.pair, loss: 5.7, after: 60)
        let remarked = try shelf.contents.remarkingChanges(later)
        #expect(remarked.remarks.contains { $0.hasPrefix("loss +0.7 dB (12.4 σ)") && $0.hasSuffix("NOT EXPLAINED") })
        let stored = try shelf.store.add(remarked)
        #expect(try due(shelf).map(\.cause) == [.changed])
        #expect(try due(shelf).first?.evidence.contains("12.4 σ") == true)
        #expect(try shelf.contents.changes(of: stored).first?.explanation == nil)
        #expect(try isMet(shelf), "more loss is no reason to refuse key")
        #expect(throws: RecordError.noReason) {
            try shelf.contents.explanation(
                of: stored, because: " ", by: "kim", at: "bench", program: "test", now: Example.start)
        }
        let statement = try explain(stored, shelf)
        #expect(try due(shelf).isEmpty)
        let change = try #require(try shelf.contents.changes(of: stored).first)
        #expect(change.explanation?.reason == "a splice at km 4" && change.explanation?.statement == statement.name)
        #expect(throws: RecordError.nothingToExplain(record: stored.name)) { try explain(stored, shelf) }
        // The next calibration is compared with what was explained, and a second change is another one.
        let same = try shelf.store.add(Self.record(.pair, loss: 5.75, after: 120))
        #expect(try due(shelf).isEmpty && shelf.contents.changes(of: same).first?.explanation != nil)
        _ = try shelf.store.add(Self.record(.pair, loss: 6.2, after: 180))
        #expect(try due(shelf).map(\.cause) == [.changed])
    }

    @Test func `small steps add up`() throws {
        let shelf = try Shelf([Self.record(.commissioning, loss: 5)])
        for step in 1...6 {
            _ = try shelf.store.add(Self.record(.pair, loss: 5 + 0.05 * Double(step), after: 60 * Double(step)))
            #expect(try due(shelf).isEmpty == (step <= 3), "\(step)")
        }
    }

    @Test func `whoever is not trusted explains nothing, and nor does an explanation of another pair`() throws {
        let shelf = try Shelf([Self.record(.commissioning, loss: 5)])
        let stored = try shelf.store.add(Self.record(.pair, loss: 5.7, after: 60))
        let statement = try explain(stored, shelf)
        #expect(try due(shelf).isEmpty)
        var foreign = statement.record
        foreign.units[1].serial = "A-9"
        try FileManager.default.removeItem(atPath: shelf.file(statement))
        _ = try shelf.store.add(foreign)
        #expect(try due(shelf).map(\.cause).contains(.changed))
    }

    /// T = gT: the key is overstated, and every noise monitor is quiet.
    @Test func `T above the commissioned one stops key until it is explained`() throws {
        let shelf = try Shelf([Self.record(.commissioning, loss: 5)])
        let stored = try shelf.store.add(Self.record(.pair, loss: 4.8, after: 60))
        #expect(try due(shelf).map(\.cause) == [.transmitterStronger])
        #expect(try due(shelf).first?.evidence.contains("power at Alice's output") == true)
        #expect(try !isMet(shelf))
        try explain(stored, shelf)
        #expect(try isMet(shelf) && due(shelf).isEmpty)
    }

    /// The error of η is the same before and after: a tenth of it must not hide 4 % more light.
    @Test func `an error that both have in common hides no change`() throws {
        let common = 0.02 / 0.6 * 10 / log(10)
        let sigma = hypot(0.01, common)
        let shelf = try Shelf([Self.record(.commissioning, loss: 5, sigma: sigma, efficiency: 0.02)])
        let stored = try shelf.store.add(Self.record(.pair, loss: 4.83, sigma: sigma, after: 60, efficiency: 0.02))
        #expect(try shelf.contents.changes(of: stored).isEmpty)
        #expect(try !isMet(shelf) && due(shelf).map(\.cause) == [.transmitterStronger])
        try explain(stored, shelf)
        #expect(try isMet(shelf))
    }

    @Test func `T of a session says the same by its sign`() throws {
        let shelf = try Shelf([Self.record(.pair, loss: 5, sigma: 0.005)])
        let then = pow(10, -0.5)
        #expect(try due(shelf, (then * 1.02, 0.001)).map(\.cause) == [.transmitterStronger])
        #expect(try due(shelf, (then * 1.02, 0.01)).isEmpty)
        #expect(try due(shelf, (then * 1.3, 0.001)).map(\.cause) == [.transmitterStronger], "no tap")
        #expect(try due(shelf, (then * 0.8, 0.001)).map(\.cause) == [.loss])
    }
}
