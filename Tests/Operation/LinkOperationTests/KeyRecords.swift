import CalibrationRecords
import Foundation
import UnitControl
import UnitTransport

/// A store with records of a pair that hold for an hour, signed by a station of the test, and ways to end that.
struct KeyRecords: Sendable {
    /// What makes the records not hold.
    enum End: String, CaseIterable, Sendable {
        case expired, failed, maintained, storeRemoved, recordsRemoved
    }

    let folder = StateFolder("/tmp/cvqkd-key-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
    private let day = Guarded(Date())
    private let units = Guarded<[CalibrationRecord.UnitDescription]>([])

    /// The wall clock of the test.
    var date: @Sendable () -> Date { { [day] in day.withLock { $0 } } }

    func make(alice: UnitIdentity, bob: UnitIdentity) throws {
        units.withLock { $0 = [.init(bob), .init(alice)] }
        _ = try Station.make(name: "rig", operatorName: "kim", in: folder, now: date())
        for procedure in [CalibrationRecord.Procedure.bob, .alice, .pair] { try add(procedure) }
    }

    func end(by end: End) throws {
        switch end {
        case .expired: day.withLock { $0 += 7200 }
        case .failed: try add(.bob, outcome: .fail)
        case .maintained:
            let bob = units.withLock { $0[0] }
            _ = try CalibrationStore(folder).add(
                CalibrationRecord(
                    maintenance: "cleaned the connector", of: bob, by: "kim", at: "", program: "test", now: date()))
        case .storeRemoved: try FileManager.default.removeItem(atPath: folder.path)
        case .recordsRemoved: try FileManager.default.removeItem(atPath: folder.path + "/records")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder.path) }

    private func add(_ procedure: CalibrationRecord.Procedure, outcome: Outcome = .pass) throws {
        let now = date()
        let concerned = units.withLock { units in
            switch procedure {
            case .bob: [units[0]]
            case .alice: [units[1]]
            default: units
            }
        }
        var record = CalibrationRecord(
            procedure: procedure, started: now - 60, ended: now - 1, operatorName: "kim", station: "",
            program: "test", units: concerned,
            phases: [
                .init(
                    name: "shotNoise", started: now - 60, duration: 59,
                    measurements: [
                        RecordedMeasurement(
                            "clearance", value: outcome == .pass ? 10.4 : 1, sigma: 0.02, unit: "dB",
                            limits: AcceptanceLimits(minimum: 8, marginalMinimum: 10))
                    ])
            ])
        // Detector and laser have the same id, and a window at each unit.
        record.validity = Validity(
            expires: now + 3600, reason: "policy",
            windows: record.units.map {
                .init(
                    unit: $0.serial, quantity: $0.role == "bob" ? "detector_temperature" : "laser_temperature",
                    unitOfMeasure: "degC", minimum: -50, maximum: 150)
            }, firmware: Dictionary(record.units.map { ($0.serial, $0.firmware) }) { first, _ in first })
        _ = try CalibrationStore(folder).add(record)
    }
}
