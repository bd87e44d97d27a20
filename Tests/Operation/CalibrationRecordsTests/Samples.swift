import CalibrationRecords
import Foundation

/// A folder that goes with its owner, and a station in it.
final class Bench {
    let path: String
    let folder: StateFolder
    var store: CalibrationStore { CalibrationStore(folder, lockLimit: .seconds(5)) }
    static let now = Date(timeIntervalSince1970: 1_795_000_000)

    init(station: Bool = true) throws {
        path = "/tmp/cvqkd-records-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        folder = StateFolder(path)
        if station { _ = try Station.make(name: "bench", operatorName: "kim", in: folder, now: Self.now) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ stored: StoredRecord) -> String { "\(path)/records/\(stored.name).json" }

    /// Changes the bytes of a stored record.
    func damage(_ stored: StoredRecord, _ change: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(filePath: file(stored)))
        change(&data)
        try data.write(to: URL(filePath: file(stored)))
    }
}

/// Records as procedures write them.
enum Samples {
    static func unit(_ role: String, _ serial: String, emulated: Bool = false) -> CalibrationRecord.UnitDescription {
        .init(
            role: role, serial: serial, model: "NOVA LQ", firmware: "0.1.0", emulated: emulated,
            schemaFingerprint: "00112233aabbccdd")
    }

    static func bob(_ serial: String = "B-1", ended: Date = Bench.now, emulated: Bool = false) -> CalibrationRecord {
        var record = CalibrationRecord(
            procedure: .bob, started: ended - 120, ended: ended, operatorName: "kim", station: "", program: "test",
            units: [unit("bob", serial, emulated: emulated)],
            phases: [
                .init(
                    name: "shotNoise", started: ended - 120, duration: 100,
                    measurements: [
                        RecordedMeasurement(
                            "shotNoiseVariance", value: 421_337.25, sigma: 190.5, unit: "LSB^2", samples: 10_000_000),
                        RecordedMeasurement(
                            "clearance", value: 10.41, sigma: 0.02, unit: "dB",
                            limits: AcceptanceLimits(minimum: 8, marginalMinimum: 10)),
                    ])
            ])
        record.validity = Validity(
            expires: ended + 86_400, reason: "policy",
            windows: [
                .init(
                    unit: serial, quantity: "detector_temperature", unitOfMeasure: "degC", minimum: 24, maximum: 26)
            ], firmware: [serial: "0.1.0"])
        return record
    }

    static func alice(ended: Date = Bench.now, emulated: Bool = false) -> CalibrationRecord {
        var record = bob(ended: ended, emulated: emulated)
        record.procedure = .alice
        record.units = [unit("alice", "A-1", emulated: emulated)]
        record.validity = Validity(expires: ended + 86_400, reason: "policy", windows: [], firmware: ["A-1": "0.1.0"])
        return record
    }

    static func pair(ended: Date = Bench.now, emulated: Bool = false) -> CalibrationRecord {
        var record = bob(ended: ended, emulated: emulated)
        record.procedure = .pair
        record.units.append(unit("alice", "A-1", emulated: emulated))
        return record
    }

    static func conditions(
        _ serial: String, temperature: Double? = 25, firmware: String = "0.1.0", emulated: Bool = false
    ) -> UnitConditions {
        UnitConditions(
            serial: serial, firmware: firmware, isEmulated: emulated, telemetry: ["detector_temperature": temperature])
    }
}
