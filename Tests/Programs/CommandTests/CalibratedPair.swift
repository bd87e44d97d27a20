import CalibrationRecords
import Foundation

/// Records as `calibrate` leaves them, for tests whose subject is something else.
enum CalibratedPair {
    /// What the emulated units' messages come to; another one after each change of the schema, and then the gate's tests
    /// say "the protocol of … changed".
    static let emulatedSchema = "8a171e754f40967a"

    /// Makes a station in `folder` and records of the emulated pair that hold for an hour.
    @discardableResult
    static func make(
        in folder: String, emulated: Bool = true, temperature: ClosedRange<Double>? = nil,
        schemaFingerprint: String = emulatedSchema
    ) throws -> CalibrationStore {
        let state = StateFolder(folder)
        if (try? Station.load(state)) == nil {
            _ = try Station.make(name: "rig", operatorName: "kim", in: state, now: Date())
        }
        let store = CalibrationStore(state)
        for procedure in [CalibrationRecord.Procedure.bob, .pair] {
            _ = try store.add(
                record(
                    procedure, emulated: emulated, temperature: temperature, schemaFingerprint: schemaFingerprint))
        }
        return store
    }

    /// All that key asks for: records of Bob, of Alice and of the pair, each as `change` leaves it.
    @discardableResult
    static func makeForKey(
        in folder: String, change: (inout CalibrationRecord) -> Void = { _ in }
    ) throws -> CalibrationStore {
        let state = StateFolder(folder)
        if (try? Station.load(state)) == nil {
            _ = try Station.make(name: "rig", operatorName: "kim", in: state, now: Date())
        }
        let store = CalibrationStore(state)
        for procedure in [CalibrationRecord.Procedure.bob, .alice, .pair] {
            var record = record(procedure, temperature: procedure == .bob ? -50...150 : nil)
            change(&record)
            _ = try store.add(record)
        }
        return store
    }

    /// V_on and V_off of the emulator's defaults, as sums of `samples` in each quadrature: N0 = 10,000 LSB², v_el = 0.1,
    /// and 1/12 LSB² of quantisation. `scale` multiplies both; `power` is the local oscillator's over its 10 mW.
    static func sums(
        samples: Int64 = 50_000_000, scale: Double = 1, power: Double = 1
    ) -> [CalibrationRecord.RawSums] {
        [("vacuum", 1_000.083 + 10_000 * power, power * 10e-3 as Double?), ("dark", 1_000.083, nil)].flatMap {
            kind, variance, power in
            ["x", "p"].map { quadrature in
                .init(
                    kind: kind, quadrature: quadrature, samples: samples, sum: 0,
                    sumOfSquares: Int64(scale * variance * Double(samples)), clipped: 0, localOscillatorPower: power)
            }
        }
    }

    /// A record with one result, of now.
    static func record(
        _ procedure: CalibrationRecord.Procedure, emulated: Bool = true, temperature: ClosedRange<Double>? = nil,
        clearance: Double = 10.41, schemaFingerprint: String = emulatedSchema
    ) -> CalibrationRecord {
        let now = Date()
        let unit = { (role: String, serial: String) in
            CalibrationRecord.UnitDescription(
                role: role, serial: serial, model: "NOVA LQ (emulated)", firmware: "0.1.0", emulated: emulated,
                schemaFingerprint: schemaFingerprint)
        }
        var record = CalibrationRecord(
            procedure: procedure, started: now - 60, ended: now - 1, operatorName: "kim", station: "", program: "test",
            units: procedure == .alice
                ? [unit("alice", Rig.aliceSerial)]
                : [unit("bob", Rig.bobSerial)] + (procedure == .pair ? [unit("alice", Rig.aliceSerial)] : []),
            phases: [
                .init(
                    name: "shotNoise", started: now - 60, duration: 59,
                    measurements: [
                        RecordedMeasurement(
                            "clearance", value: clearance, sigma: 0.02, unit: "dB",
                            limits: AcceptanceLimits(minimum: 8, marginalMinimum: 10))
                    ])
            ])
        let windows = temperature.map {
            [
                Validity.Window(
                    unit: Rig.bobSerial, quantity: "detector_temperature", unitOfMeasure: "degC",
                    minimum: $0.lowerBound, maximum: $0.upperBound)
            ]
        }
        record.validity = Validity(
            expires: now + 3600, reason: "policy", windows: windows ?? [], firmware: [Rig.bobSerial: "0.1.0"])
        return record
    }
}
