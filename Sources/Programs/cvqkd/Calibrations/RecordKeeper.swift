import ArgumentParser
import Calibration
import ForeignFiles
import CalibrationRecords
import Foundation
import UnitControl
import LinkControl

/// The station's store as commands use it: who signs, where finished records go, what earlier ones say.
struct RecordKeeper: Sendable {
    private let store: CalibrationStore
    private let folder: StateFolder

    /// What a record with all its curves may take, bytes.
    private static let room = 1 << 20

    init(_ options: StoreOptions) {
        store = options.calibrations
        folder = options.folder
    }

    /// The station that will sign. Asked for before hours of work whose record could not be kept: a store that takes no
    /// file now will take none then.
    func station(for units: [String] = []) throws -> Station {
        let found: Station
        do throws(RecordError) { found = try store.stationReady(for: units) } catch { throw Self.failure(error) }
        let probe = "\(folder.path)/probe.\(getpid())"
        defer { unlink(probe) }
        do {
            try AtomicFile.write(Data(count: Self.room), to: probe, replacing: true, mode: 0o600)
        } catch let failure as CommandFailure {
            throw CommandFailure(
                failure.kind, "nothing was begun, for its record could not be kept: \(failure.message)")
        }
        return found
    }

    /// The station, if there is one, for the names of a record that is not signed.
    var stationIfAny: Station? { try? store.station() }

    /// Signs and stores a record. One that the store does not take is kept beside it, unsigned: it may be a day's work.
    func keep(_ record: CalibrationRecord) throws -> StoredRecord {
        do throws(RecordError) {
            // What a calibration takes over otherwise than it was commissioned is said in its record.
            let contents: StoreContents?
            do throws(RecordError) { contents = try store.contents() } catch {
                // Who has waited for another program once has waited long enough.
                if case .busy = error { throw error }
                contents = nil
            }
            return try store.add(contents?.remarkingChanges(record) ?? record)
        } catch {
            // A folder of everybody's: the name cannot be taken before, and a serial number in it is no path.
            let unit = FileName.part(record.units.first?.serial ?? "unit")
            let spare =
                FileManager.default.temporaryDirectory.path
                + "/cvqkd-\(record.procedure.rawValue)-\(unit)-\(UUID().uuidString).json"
            do {
                try AtomicFile.write(
                    Data((Output.json(record) + "\n").utf8), to: spare, replacing: false, mode: 0o600)
            } catch let second {
                throw Self.failure(
                    error,
                    "the record could be stored neither in \(spare) (\(CommandFailure(any: second).message)) nor here: "
                )
            }
            throw Self.failure(error, "the record could not be stored, and lies unsigned in \(spare): ")
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

    /// η of a unit by the maker's newest import whose key is still trusted; nil if there is none. A store that cannot be
    /// read is an error: silence would put the unit's own statement in the maker's place.
    func factoryEfficiency(of serial: String) throws -> FactoryEfficiency? {
        try contents().factoryEfficiency(of: serial)
    }

    /// How well V_A is known by Alice's newest record; nil if there is none that holds for her as she is now. A store that
    /// cannot be read is an error: silence would make V_A exact.
    func modulation(of alice: any CalibratedEnd, beside bob: any CalibratedEnd) async throws -> CalibratedModulation? {
        let contents = try contents()
        let conditions = try await PresentUnit(reading: alice).conditions
        let other = UnitConditions(bob.identity)
        return CalibratedModulation(
            of: conditions, in: contents, for: RecordUse(by: [conditions, other]), now: Date())
    }

    /// Who calibrates, where and with what, for a record. Without a station the machine's name stands in its place.
    static func context(operator name: String?, _ station: Station?) -> CalibrationContext {
        CalibrationContext(
            operatorName: station.map { StoreOptions.operatorName(name, $0) } ?? name
                ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName(),
            station: station?.name ?? ProcessInfo.processInfo.hostName,
            program: CVQKD.nameAndVersion)
    }

    private static func failure(_ error: RecordError, _ what: String = "") -> CommandFailure {
        CommandFailure(error.kind, what + error.advice)
    }
}
