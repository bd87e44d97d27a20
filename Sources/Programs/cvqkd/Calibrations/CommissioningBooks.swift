import Calibration
import CalibrationRecords
import Foundation

/// Where `calibrate commission` keeps things: the checklist in its file, records in the station's store.
struct CommissioningBooks: CommissioningArchive {
    let file: CommissioningFile
    let keeper: RecordKeeper

    func checklist() throws -> CommissioningChecklist? { try file.read() }

    func keep(_ checklist: CommissioningChecklist) throws { try file.write(checklist) }

    func keep(_ record: CalibrationRecord) throws -> NamedRecord {
        let stored = try keeper.keep(record)
        return NamedRecord(name: stored.name, record: stored.record)
    }

    func factoryEfficiency(of serial: String) throws -> FactoryEfficiency? {
        try keeper.factoryEfficiency(of: serial)
    }

    func modulation(of alice: any CalibratedEnd, beside bob: any CalibratedEnd) async throws -> CalibratedModulation? {
        try await keeper.modulation(of: alice, beside: bob)
    }
}
