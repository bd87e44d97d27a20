import Calibration
import CalibrationRecords
import Foundation
import Testing

struct RecalibrationTests {
    private static let now = Example.start.addingTimeInterval(3600)

    private static func bobRecord(expires: Double = 86_400) -> CalibrationRecord {
        var record = Example.record(.bob, [Example.bob])
        record.validity = Validity(
            expires: Example.start.addingTimeInterval(expires), reason: "allan",
            windows: [
                .init(unit: "B-1", quantity: "detector_temperature", unitOfMeasure: "degC", minimum: 20, maximum: 25),
                .init(
                    unit: "B-1", quantity: "local_oscillator_power", unitOfMeasure: "W", minimum: 0.009, maximum: 0.011),
            ], firmware: ["B-1": "1.0"])
        return record
    }

    private static let healthy = ["detector_temperature": 22.0, "local_oscillator_power": 0.01]

    private static func reasons(
        _ records: [CalibrationRecord], _ present: [PresentUnit], transmittance: (value: Double, sigma: Double)? = nil,
        now: Date = now
    ) throws -> [RecalibrationReason] {
        RecalibrationTriggers.reasons(
            try Shelf(records).contents, present: present, transmittance: transmittance, now: now)
    }

    private static func causes(
        _ records: [CalibrationRecord], _ telemetry: [String: Double] = healthy, firmware: String = "1.0",
        now: Date = now
    ) throws -> [RecalibrationReason.Cause] {
        var bob = Example.bob
        bob.firmware = firmware
        return try reasons(records, [PresentUnit(bob, telemetry: telemetry)], now: now).map(\.cause)
    }

    @Test func `a record that holds gives no reason`() throws {
        #expect(try Self.causes([Self.bobRecord()]).isEmpty)
    }

    @Test func `each cause is found by itself`() throws {
        let record = Self.bobRecord()
        #expect(try Self.causes([]) == [.never])
        #expect(try Self.causes([Self.bobRecord(expires: 3600)]) == [.time])
        #expect(try Self.causes([record], now: Example.start.addingTimeInterval(-86_400)) == [.clock])
        #expect(
            try Self.causes([record], ["detector_temperature": 25.1, "local_oscillator_power": 0.01]) == [.temperature])
        #expect(
            try Self.causes([record], ["detector_temperature": 22, "local_oscillator_power": 0.0089])
                == [.localOscillator])
        #expect(
            try Self.causes([record], ["detector_temperature": .nan, "local_oscillator_power": 0.01]) == [.unknown])
        #expect(try Self.causes([record], ["local_oscillator_power": 0.01]) == [.unknown])
        var damp = record
        damp.validity?.windows.append(
            .init(unit: "B-1", quantity: "humidity", unitOfMeasure: "%", minimum: 10, maximum: 60))
        #expect(
            try Self.causes([damp], Self.healthy.merging(["humidity": 80]) { $1 }) == [.conditions])
        #expect(try Self.causes([record], firmware: "1.1") == [.firmware])
        var visit = Example.record(.maintenance, [Example.bob], ended: Example.start.addingTimeInterval(60))
        visit.remarks = ["cleaned"]
        #expect(try Self.causes([record, visit]) == [.maintenance])
        #expect(try Self.causes([visit, record]).isEmpty)
        var newer = Example.bob
        newer.schemaFingerprint = "01"
        #expect(
            try Self.reasons([record], [PresentUnit(newer, telemetry: Self.healthy)]).map(\.cause) == [.schema])
        var real = Example.bob
        real.emulated = false
        #expect(
            try Self.reasons([record], [PresentUnit(real, telemetry: Self.healthy)]).map(\.cause) == [.emulated])
    }

    private static func later(_ outcome: Outcome) -> CalibrationRecord {
        var later = bobRecord()
        later.ended += 60
        later.outcome = outcome
        return later
    }

    @Test func `a newest record that failed is due, whatever came before it, until one passes`() throws {
        let failed = Self.later(.fail)
        let shelf = try Shelf([Self.bobRecord(), failed])
        let reasons = RecalibrationTriggers.reasons(
            try shelf.contents, present: [PresentUnit(Example.bob, telemetry: Self.healthy)], now: Self.now)
        #expect(reasons.map(\.cause) == [.failed])
        #expect(try reasons.first?.record == shelf.contents.records.last?.name)
        // Even if the clock was set back in between.
        var good = Self.bobRecord()
        good.ended -= 60
        #expect(try Self.causes([Self.bobRecord(), failed, good]).isEmpty)
    }

    @Test func `one that was broken off shows nothing, unless something had failed in it`() throws {
        var broken = Self.later(.incomplete)
        #expect(try Self.causes([Self.bobRecord(), broken]).isEmpty)
        #expect(try Self.causes([broken]) == [.failed])
        broken.phases[0].outcome = .fail
        #expect(try Self.causes([Self.bobRecord(), broken]) == [.failed])
    }

    @Test func `the pair's record with another Alice does not stand for this one`() throws {
        var pair = Example.record(.pair, [Example.bob, Example.alice])
        pair.units[1].serial = "A-9"
        pair.validity = Self.bobRecord().validity
        let reasons = try Self.reasons(
            [Self.bobRecord(), pair],
            [PresentUnit(Example.alice, telemetry: [:]), PresentUnit(Example.bob, telemetry: Self.healthy)])
        #expect(reasons.map(\.procedure) == [.alice, .pair])
        #expect(reasons.map(\.cause) == [.never, .never])
    }

    @Test func `what belongs to the light is named in the dark and not held against a unit that has to be dark`() throws
    {
        func look(_ telemetry: [String: Double]) throws -> (causes: [RecalibrationReason.Cause], unseen: [String]) {
            let present = [PresentUnit(Example.bob, telemetry: telemetry, isDark: true)]
            let contents = try Shelf([Self.bobRecord()]).contents
            return (
                RecalibrationTriggers.reasons(contents, present: present, now: Self.now).map(\.cause),
                RecalibrationTriggers.unseen(contents, present: present, now: Self.now)
            )
        }
        let dark = try look(["detector_temperature": 22, "local_oscillator_power": 0])
        #expect(dark.causes.isEmpty && dark.unseen == ["local_oscillator_power of B-1"])
        #expect(try look(["detector_temperature": 26, "local_oscillator_power": 0]).causes == [.temperature])
        #expect(try look([:]).causes == [.unknown])
        #expect(
            try Self.causes([Self.bobRecord()], ["detector_temperature": 22, "local_oscillator_power": 0]) == [
                .localOscillator
            ])
    }

    @Test func `a record without validity proves nothing`() throws {
        var bare = Self.bobRecord()
        bare.validity = nil
        #expect(try Self.causes([bare]) == [.unknown])
    }

    @Test(arguments: [
        (0.316, 0.001, false), (0.30, 0.001, false), (0.27, 0.001, true), (0.27, 0.2, false), (0, 0.1, true),
        (.nan, 0.1, true),
    ])
    func `a changed loss is a reason if it is large and certain`(value: Double, sigma: Double, isDue: Bool) throws {
        var pair = Example.record(
            .pair, [Example.bob, Example.alice],
            [RecordedMeasurement("transmittance", value: 0.316, sigma: 0.001, unit: "1")])
        pair.validity = Validity(
            expires: Example.start.addingTimeInterval(86_400), reason: "policy", windows: [], firmware: [:])
        var alice = Example.record(.alice, [Example.alice])
        alice.validity = pair.validity
        let reasons = try Self.reasons(
            [Self.bobRecord(), pair, alice],
            [PresentUnit(Example.alice, telemetry: [:]), PresentUnit(Example.bob, telemetry: Self.healthy)],
            transmittance: (value, sigma))
        #expect(reasons.map(\.cause) == (isDue ? [.loss] : []), "\(reasons)")
    }
}

struct DossierComparisonTests {
    @Test func `changes carry their σ and are judged`() throws {
        func record(_ transmittance: Double, vacuum: Int64) -> CalibrationRecord {
            var record = Example.record(
                .commissioning, [Example.bob],
                [RecordedMeasurement("transmittance", value: transmittance, sigma: 0.001, unit: "1")])
            record.rawSums = [
                .init(
                    kind: "vacuum", quadrature: "x", samples: 1_000_000, sum: 0, sumOfSquares: vacuum, clipped: 0,
                    localOscillatorPower: 0.01)
            ]
            return record
        }
        // T from 0.316 to 0.2: 1.986 dB more. V_on 3 % more: marginal. σ is √2 times √(2/n) = 0.14 % and a reading of the power, 0.1 %.
        let found = DossierComparison.differences(
            dossier: record(0.316, vacuum: 11_000_000_000), later: record(0.2, vacuum: 11_330_000_000))
        #expect(found.map(\.quantity) == ["loss", "vacuumPerPower"])
        #expect(abs(found[0].change - 1.9866) < 1e-3)
        let sigma = try #require(found[0].sigma)
        #expect(abs(sigma - 4.3429 * ((0.001 / 0.316) * (0.001 / 0.316) + 0.005 * 0.005).squareRoot()) < 1e-4)
        #expect(found[0].outcome == .fail)
        #expect(abs(found[1].change - 0.03) < 1e-9)
        #expect(found[1].outcome == .marginal)
        #expect(
            try abs(#require(found[1].significance) - 0.03 / (1.03 * 0.006.squareRoot() / 1000.0.squareRoot())) < 0.01)
    }
}

struct ComparedQuantityTests {
    private static func record(_ name: String, _ value: Double, sigma: Double) -> CalibrationRecord {
        Example.record(
            .commissioning, [Example.bob],
            [RecordedMeasurement(name, value: value, sigma: sigma, unit: "1")])
    }

    @Test(arguments: ["detectorEfficiency", "responsivity", "monitorConversion"])
    func `η and the factor of V_A are compared by the names that procedures write`(name: String) throws {
        let found = DossierComparison.differences(
            dossier: Self.record(name, 0.6, sigma: 0.001), later: Self.record(name, 0.5, sigma: 0.001))
        #expect(found.map(\.quantity) == [name])
        #expect(found.first?.outcome == .fail)
    }

    @Test func `a change beyond its limit within three σ is not shown`() {
        let found = DossierComparison.differences(
            dossier: Self.record("excessNoise", 0.01, sigma: 0.05), later: Self.record("excessNoise", 0.1, sigma: 0.05))
        #expect(found.first?.outcome == .marginal)
    }

    @Test func `a lower bound proves no fault, and above its limit it passes`() {
        let limits = AcceptanceLimits(minimum: 20, marginalMinimum: 30)
        for (value, outcome) in [(15.0, Outcome.marginal), (25, .marginal), (31, .pass), (.nan, .fail)] {
            #expect(
                RecordedMeasurement("x", value: value, unit: "dB", bound: .lower, limits: limits).outcome
                    == outcome)
        }
        #expect(RecordedMeasurement("x", value: 15, unit: "dB", limits: limits).outcome == .fail)
    }
}
