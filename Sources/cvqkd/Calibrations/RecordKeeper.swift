import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation

/// The station's store as commands use it: who signs, where finished records go, what earlier ones say.
struct RecordKeeper: Sendable {
    private let store: CalibrationStore

    init(_ options: StoreOptions) { store = options.calibrations }

    /// The station that will sign. Asked for before hours of work whose record could not be kept.
    func station() throws -> Station {
        do throws(RecordError) { return try store.station() } catch { throw Self.failure(error) }
    }

    /// Signs and stores a record.
    func keep(_ record: CalibrationRecord) throws -> StoredRecord {
        do throws(RecordError) { return try store.add(record) } catch {
            throw Self.failure(error, "the record could not be stored: ")
        }
    }

    /// Everything that can be used.
    func contents() throws -> StoreContents {
        do throws(RecordError) { return try store.contents() } catch { throw Self.failure(error) }
    }

    /// The record that a name or its beginning means.
    static func record(_ name: String, _ contents: StoreContents) throws -> StoredRecord {
        do throws(RecordError) { return try contents.record(named: name) } catch { throw failure(error) }
    }

    /// The newest dossier that all units of a record belong to; nil if there is none.
    static func dossier(for later: StoredRecord, _ contents: StoreContents) -> StoredRecord? {
        let serials = Set(later.record.units.map(\.serial))
        return contents.records.filter {
            $0.record.procedure == .commissioning && serials.isSubset(of: $0.record.units.map(\.serial))
                && $0.name != later.name
        }.max { $0.record.ended < $1.record.ended }
    }

    /// η of a unit by the maker's newest import whose key is still trusted; nil if there is none. A store that cannot be
    /// read is an error: silence would put the unit's own statement in the maker's place.
    func factoryEfficiency(of serial: String) throws -> FactoryEfficiency? {
        let contents = try contents()
        guard let found = contents.factoryRecord(of: serial),
            let efficiency = found.record.measurement("detectorEfficiency"), let value = efficiency.value
        else { return nil }
        return FactoryEfficiency(value: value, sigma: efficiency.sigma ?? 0, record: found.name)
    }

    /// Who calibrates, where and with what, for a record. Without a station the machine's name stands in its place.
    static func context(operator name: String?, _ station: Station?) -> CalibrationContext {
        CalibrationContext(
            operatorName: station.map { StoreOptions.operatorName(name, $0) } ?? name
                ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName(),
            station: station?.name ?? ProcessInfo.processInfo.hostName,
            program: "cvqkd \(CVQKD.configuration.version)")
    }

    private static func failure(_ error: RecordError, _ what: String = "") -> CommandFailure {
        let kind: FailureKind =
            switch error {
            case .busy: .busy
            case .noStation, .noRecord: .notFound
            default: .failure
            }
        return CommandFailure(kind, what + error.description)
    }
}
