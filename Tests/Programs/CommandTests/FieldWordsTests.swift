import Calibration
import CalibrationRecords
import Foundation
import ReadableText
import Testing

@testable import cvqkd

/// What somebody in a cabinet reads: whole sentences, units that people use, and what is about to happen.
struct FieldWordsTests {
    private static func found(
        _ name: String, _ value: Double?, sigma: Double? = nil, unit: String, limits: AcceptanceLimits? = nil
    ) -> RecordedMeasurement {
        RecordedMeasurement(name, value: value, sigma: sigma, unit: unit, limits: limits)
    }

    @Test func `frequencies and powers have prefixes, and a power that was asked in dBm is shown in dBm`() {
        #expect(CalibrationTable.value(Self.found("laserFrequency", 1.934e14, unit: "Hz")) == "193.4 THz")
        #expect(
            CalibrationTable.value(Self.found("laserFrequency", 1.934e14, sigma: 1e8, unit: "Hz"))
                == "193.40000 ± 0.00010 THz")
        #expect(CalibrationTable.value(Self.found("localOscillatorPower", 0.0095, unit: "W")) == "9.500 mW")
        #expect(CalibrationTable.value(Self.found("receivedPower", 1e-5, unit: "W")) == "-20 dBm (10 µW)")
        #expect(CalibrationTable.value(Self.found("delay", 2, sigma: 0, unit: "symbol")) == "2 symbols")
        #expect(CalibrationTable.value(Self.found("delay", 1, sigma: 0, unit: "symbol")) == "1 symbol")
    }

    @Test func `limits have the unit of their quantity`() {
        let limits = AcceptanceLimits(minimum: 5, marginalMinimum: 8)
        #expect(CalibrationTable.limits(Self.found("clearance", 9, unit: "dB", limits: limits)) == "≥ 5 (8) dB")
        let share = AcceptanceLimits(maximum: 0.01)
        #expect(CalibrationTable.limits(Self.found("lostSymbols", 0, unit: "1", limits: share)) == "≤ 0.01")
    }

    @Test func `what was not measured is said to be not measured, and a step is named once`() {
        let phase = CalibrationRecord.Phase(
            name: "fibre", started: Date(), duration: 0,
            measurements: [
                Self.found("fibreLoss", 26, unit: "dB", limits: FibreMeasurement.lossLimits),
                Self.found("excessNoise", nil, unit: "SNU", limits: AcceptanceLimits(maximum: 0.1)),
            ])
        let record = CalibrationRecord(
            procedure: .commissioning, started: Date(), ended: Date(), operatorName: "kim", station: "bench",
            program: "test", units: [], phases: [phase])
        let words = record.failures(in: .fibre)
        #expect(words.hasPrefix("fibre: fibre loss 26") && !words.contains("fibre: fibre: "), "\(words)")
        #expect(words.contains("excess noise not measured, wanted ≤ 0.1 SNU"), "\(words)")
    }

    @Test func `a question says which light comes on before it asks whether to start`() {
        let question = Consent.question([(.bob, "B-1"), (.alice, "A-1")]).text
        #expect(
            question == "This switches on the signal laser of A-1 (LIGHT LEAVES IT) and the local oscillator of B-1.\n"
                + "Start? [Y/n]")
    }

    @Test func `a trace is named on a line of its own`() {
        let fibre = FibreMeasurement(
            loss: 4.2, lossSigma: 0.1, returnLoss: 31.4, source: .instrument,
            trace: .init(file: "ring.sor", wavelength: 1550e-9, time: Date(timeIntervalSince1970: 1_790_000_000)))
        #expect(fibre.meaning.count == 2 && fibre.meaning[1].hasPrefix("by ring.sor, at 1550 nm"))
        #expect(!fibre.meaning.lines.text.contains("\\n"))
    }

    @Test(arguments: [
        ("0.316", "a transmittance of 0.316 would be 5.003 dB"), ("0", "no fibre at all"),
        ("-5", "a loss is not negative"),
        ("61", "0 to 60 dB"),
    ])
    func `a loss that may be a transmittance is doubted wherever it is typed`(loss: String, words: String) {
        for command in [
            ["calibrate", "pair", "--alice", "A", "--bob", "B", "--loss", loss],
            ["calibrate", "bob", "B", "--sigma-excess-noise", "0.01", "--loss", loss],
            ["shot-noise", "measure", "B", "--sigma-excess-noise", "0.01", "--loss", loss],
        ] {
            #expect {
                try CVQKD.parse(command)
            } throws: {
                CVQKD.message(for: $0).contains(words)
            }
        }
    }

    @Test func `a small loss that is meant is taken`() throws {
        let command = try #require(
            try CVQKD.parse([
                "calibrate", "pair", "--alice", "A", "--bob", "B", "--loss", "0.3 dB", "--accept-loss", "small-loss",
            ]) as? CalibratePairCommand)
        #expect(command.link.loss == 0.3)
    }
}
