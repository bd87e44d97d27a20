import CalibrationRecords
import Foundation

/// Where finished records go: the station's store, signed.
enum RecordKeeping {
    /// What has to be there before a day's work: somebody who can sign it. Returns the station's name.
    static func station() throws -> String {
        do throws(RecordError) { return try CalibrationStore().station().name } catch { throw failure(error) }
    }

    /// Signs and stores a record; returns its name.
    static func keep(_ record: CalibrationRecord) throws -> StoredRecord {
        do throws(RecordError) { return try CalibrationStore().add(record) } catch { throw failure(error) }
    }

    /// Everything that can be used.
    static func contents() throws -> StoreContents {
        do throws(RecordError) { return try CalibrationStore().contents() } catch { throw failure(error) }
    }

    /// The record that a name or its beginning means.
    static func record(_ name: String, _ contents: StoreContents) throws -> StoredRecord {
        do throws(RecordError) { return try contents.record(named: name) } catch { throw failure(error) }
    }

    /// The newest dossier that all units of a record belong to.
    static func dossier(for later: StoredRecord, _ contents: StoreContents) throws -> StoredRecord {
        let serials = Set(later.record.units.map(\.serial))
        let dossiers = contents.records.filter {
            $0.record.procedure == .commissioning && serials.isSubset(of: $0.record.units.map(\.serial))
                && $0.name != later.name
        }
        guard let newest = dossiers.max(by: { $0.record.ended < $1.record.ended }) else {
            throw CommandFailure(
                .notFound,
                "there is no dossier of \(serials.sorted().joined(separator: ", ")). 'cvqkd calibrate commission' makes one; --with names any other record"
            )
        }
        return newest
    }

    private static func failure(_ error: RecordError) -> CommandFailure {
        if case .busy = error { return CommandFailure(.busy, error.description) }
        if case .noStation = error { return CommandFailure(.notFound, error.description) }
        return CommandFailure(.failure, error.description)
    }
}
