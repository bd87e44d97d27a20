import CalibrationRecords
import Foundation

/// A station with a store in a folder that goes with its owner, and records with few numbers.
final class RecordBench {
    static let now = Date(timeIntervalSince1970: 1_700_000_000)
    let state: StateFolder
    var store: CalibrationStore { CalibrationStore(state) }
    private let path: String

    init() throws {
        path = "/tmp/cvqkd-reports-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        state = StateFolder(path)
        _ = try Station.make(name: "bench", operatorName: nil, in: state, now: Self.now)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes something else into a record's file.
    func damage(_ stored: StoredRecord) throws {
        let file = "\(path)/records/\(stored.name).json"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacing("kim", with: "lee").write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// A receiver's record, with the loss and V_on per power that a dossier is compared by.
    static func record(
        _ procedure: CalibrationRecord.Procedure = .bob, value: Double? = 10.5, sigma: Double? = 0.25,
        ended: TimeInterval = 0
    ) -> CalibrationRecord {
        var record = CalibrationRecord(
            procedure: procedure, started: now + ended - 60, ended: now + ended, operatorName: "kim", station: "bench",
            program: "test",
            units: [
                .init(
                    role: "bob", serial: "B-1", model: "NOVA", firmware: "1.2.0", emulated: true,
                    schemaFingerprint: "00")
            ],
            phases: [
                .init(
                    name: "shotNoise", started: now + ended - 60, duration: 60,
                    measurements: [
                        RecordedMeasurement(
                            "clearanceDecibels", value: value, sigma: sigma, unit: "dB", samples: 1_000,
                            limits: AcceptanceLimits(minimum: 8, marginalMinimum: 9)),
                        RecordedMeasurement("excessNoise", value: 0.01, unit: "SNU", plane: "input"),
                    ])
            ])
        record.validity = Validity(
            expires: now + ended + 3_600, reason: "policy", windows: [], firmware: ["B-1": "1.2.0"])
        record.shotNoiseMethod = "two-time"
        return record
    }
}
