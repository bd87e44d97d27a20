import Calibration
import CalibrationRecords
import Foundation

/// Where records of calibrations go, and what is known of units from earlier ones.
struct CalibrationKeeper: Sendable {
    private let store: CalibrationStore
    private let isKept: Bool
    private let hasOutput: Bool

    init(_ options: CalibrationOptions, isKept: Bool) {
        store = CalibrationStore(StateFolder(options.store))
        self.isKept = isKept
        hasOutput = options.output != nil
    }

    /// The station that will sign. Nil if nothing is to be signed: only a file is wanted, or nothing at all. Throws before
    /// a long procedure whose record could not be kept.
    func station() throws -> Station? {
        guard isKept else { return nil }
        do throws(RecordError) { return try store.station() } catch {
            if case .noStation = error, hasOutput { return nil }
            throw CommandFailure(.notFound, "\(error.description). Or write an unsigned record with --output FILE")
        }
    }

    /// Stores a record, if there is a station.
    func keep(_ record: CalibrationRecord, _ station: Station?) throws -> StoredRecord? {
        guard isKept, station != nil else { return nil }
        do throws(RecordError) { return try store.add(record) } catch {
            throw CommandFailure(.failure, "the record could not be stored: \(error.description)")
        }
    }

    /// η from the latest signed factory import of a unit; nil if there is none.
    func factoryEfficiency(of serial: String) throws -> FactoryEfficiency? {
        guard let contents = try? store.contents(),
            let found = contents.records.last(where: { $0.record.procedure == .factory && $0.concerns(serial) }),
            let efficiency = found.record.measurement("detectorEfficiency"), let value = efficiency.value
        else { return nil }
        return FactoryEfficiency(value: value, sigma: efficiency.sigma ?? 0, record: found.name)
    }
}
