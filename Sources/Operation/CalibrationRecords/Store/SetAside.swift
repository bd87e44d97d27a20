public import Foundation

/// Damage that a person has looked at and set aside: a signed statement in the station's own chain.
public struct SetAside: Sendable, Hashable, Codable {
    /// Name of the statement.
    public var statement: String
    /// Why, in the person's words.
    public var reason: String
    /// Who.
    public var operatorName: String
    /// When.
    public var date: Date
}

extension CalibrationRecord {
    /// A statement that damage of a store was looked at and no longer stands in the way.
    init(
        settingAside names: [String], because reason: String, by operatorName: String, at station: String,
        program: String, now: Date
    ) {
        self.init(
            procedure: .setAside, started: now, ended: now, operatorName: operatorName, station: station,
            program: program, units: [.station(station)], phases: [])
        outcome = .pass
        remarks = [reason]
        setsAside = names
    }
}

extension CalibrationRecord.UnitDescription {
    /// The station itself, whose chain keeps what concerns its store and no unit.
    static func station(_ name: String) -> Self {
        .init(
            role: "station", serial: "station \(name)", model: "", firmware: "", emulated: false, schemaFingerprint: "")
    }
}

extension StoreContents {
    /// Damage that keeps every unit and link of this store from making key: changed bytes say nothing about whose they
    /// were, and a file that is gone says nothing at all. What a person has set aside is not among it.
    public var refusing: [StoreFinding] { damage.filter(\.damage.concernsStore) }

    /// Who has set damage of this name aside, by a station that is believed here.
    func statement(on name: String) -> SetAside? {
        records.last {
            $0.record.procedure == .setAside && $0.signer.isTrustedStation
                && $0.record.setsAside?.contains(name) == true
        }.map {
            SetAside(
                statement: $0.name, reason: $0.record.remarks.first ?? "", operatorName: $0.record.operatorName,
                date: $0.record.ended)
        }
    }

    /// Marks the findings that were set aside, and what follows from them.
    mutating func markSetAside() {
        for index in findings.indices {
            switch findings[index].damage {
            case .damagedPredecessor(let name), .missingPredecessor(let name):
                findings[index].setAside = statement(on: name)
            default: findings[index].setAside = statement(on: findings[index].name)
            }
        }
    }

    /// The finding that a name or its beginning means.
    ///
    /// - Throws: `.notDamaged`, `.ambiguous`.
    public func finding(named name: String) throws(RecordError) -> StoreFinding {
        let found = refusing.filter { $0.name == name || !name.isEmpty && $0.name.hasPrefix(name) }
        guard let first = found.first(where: { $0.name == name }) ?? found.first else { throw .notDamaged(name: name) }
        guard first.name == name || found.count == 1 else {
            throw .ambiguous(name: name, candidates: found.map { String($0.name.prefix(16)) })
        }
        return first
    }

    /// Calibrations whose newest record may be older than what a damaged file was: each has to be made anew before the
    /// file can be set aside. `bob of B-1`, in order.
    public func calibrationsNeeded(before finding: StoreFinding) -> [String] {
        let log = effectiveLog
        if let place = log.place(of: finding.name), let lost = log.entries[place].record {
            return needed(by: lost, at: place, log)
        }
        if let after = records.first(where: { $0.record.previous == finding.name }),
            let place = log.place(of: after.name)
        {
            // Of which procedure it was nobody knows: of the same chain, what came before its successor may be older.
            return newest(log).filter { $0.units.contains(after.chain) && $0.place < place }.map(\.text).sorted()
        }
        // Whatever this store has written has the digest of its bytes for a name, and stands in the log unless it was
        // written before a loss of it: under another name it is missed.
        let lost = log.entries.lastIndex { $0.record == nil && $0.remark != nil } ?? -1
        let found = log.entries.firstIndex { $0.name == finding.name && $0.record == nil } ?? Int.max
        let noted = finding.damage == .strangeFile ? lost : found
        return newest(log).filter { $0.place < noted }.map(\.text).sorted()
    }

    private func needed(by lost: StoreLog.Identity, at place: Int, _ log: StoreLog) -> [String] {
        switch lost.procedure {
        case .bob, .alice, .pair, .commissioning, .factory:
            let isReplaced = records.contains { stored in
                stored.record.procedure == lost.procedure && stored.record.outcome != .incomplete
                    && Set(stored.record.units.map(\.serial)) == Set(lost.units)
                    && (log.place(of: stored.name) ?? -1) > place
            }
            return isReplaced ? [] : ["\(lost.procedure.rawValue) of \(lost.units.joined(separator: " and "))"]
        case .maintenance:
            return newest(log).filter { !Set($0.units).isDisjoint(with: lost.units) && $0.place < place }
                .map(\.text).sorted()
        // Without them, what they allowed is refused again.
        case .setAside, .explanation: return []
        }
    }

    private struct Newest {
        var procedure: CalibrationRecord.Procedure
        var units: [String]
        var place: Int
        var text: String { "\(procedure.rawValue) of \(units.joined(separator: " and "))" }
    }

    /// The newest calibration of each procedure and units, with its place in the log.
    private func newest(_ log: StoreLog) -> [Newest] {
        var found: [[String]: Newest] = [:]
        for stored in records where stored.record.procedure.isCalibration && stored.record.outcome != .incomplete {
            let units = stored.record.units.map(\.serial)
            let key = [stored.record.procedure.rawValue] + units.sorted()
            let place = log.place(of: stored.name) ?? -1
            if place >= found[key]?.place ?? -1 {
                found[key] = Newest(procedure: stored.record.procedure, units: units, place: place)
            }
        }
        return Array(found.values)
    }
}
