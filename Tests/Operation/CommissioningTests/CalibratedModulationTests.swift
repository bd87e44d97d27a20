import Calibration
import CalibrationRecords
import Foundation
import Testing

/// Which of Alice's records says how well V_A is known.
struct CalibratedModulationTests {
    /// A record of Alice's with V_A = 5 ± `sigma` that holds for an hour.
    private static func record(_ sigma: Double?, outcome: Outcome = .pass, ended: Date = Example.start)
        -> CalibrationRecord
    {
        var record = Example.record(
            .alice, [Example.alice],
            [RecordedMeasurement("modulationVariance", value: 5, sigma: sigma, unit: "SNU")], ended: ended)
        record.outcome = outcome
        record.validity = Validity(
            expires: ended.addingTimeInterval(3600), reason: "policy", windows: [], firmware: ["A-1": "1.0"])
        return record
    }

    /// Stores records one after the other, and says what they come to.
    private static func known(
        _ records: [CalibrationRecord], firmware: String = "1.0", after seconds: Double = 60,
        _ change: (String) throws -> Void = { _ in }
    ) throws -> Double? {
        let shelf = try Shelf(records) { try change($1) }
        var alice = Example.alice
        alice.firmware = firmware
        return CalibratedModulation(
            of: PresentUnit(alice, telemetry: [:]).conditions, in: try shelf.contents, for: .testLink,
            now: Example.start.addingTimeInterval(seconds))?.relativeSigma
    }

    @Test func `a record that holds gives the relative uncertainty`() throws {
        let found = try #require(try Self.known([Self.record(0.1)]))
        #expect(abs(found - 0.02) < 1e-12)
        #expect(try Self.known([Self.record(0.1, outcome: .marginal)]) != nil)
        #expect(try Self.known([]) == nil)
    }

    @Test func `one that is expired, of other firmware, of the future or without σ does not count`() throws {
        #expect(try Self.known([Self.record(0.1)], after: 3600) == nil)
        #expect(try Self.known([Self.record(0.1)], firmware: "1.1") == nil)
        #expect(try Self.known([Self.record(0.1)], after: -3600) == nil)
        #expect(try Self.known([Self.record(nil)]) == nil)
    }

    @Test func `a later failure takes an older pass away, a cancelled one does not`() throws {
        let later = Example.start.addingTimeInterval(10)
        #expect(try Self.known([Self.record(0.1), Self.record(0.1, outcome: .fail, ended: later)]) == nil)
        #expect(try Self.known([Self.record(0.1), Self.record(nil, outcome: .incomplete, ended: later)]) != nil)
    }

    @Test func `one with a broken signature does not count`() throws {
        let found = try Self.known([Self.record(0.1)]) { file in
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let forged = text.replacing("\"sigma\":0.1", with: "\"sigma\":0.0")
            try #require(forged != text)
            try forged.write(toFile: file, atomically: true, encoding: .utf8)
        }
        #expect(found == nil)
    }
}
