public import Foundation

/// What the log is for: to miss what is gone, and to keep what a person says of it.
extension CalibrationStore {
    /// The log with all that is there and all that is damaged now: what is stored next is newer than that. A log that is
    /// lost is begun anew, and its loss is noted under a name of its own, which only one statement sets aside.
    func noting(_ contents: StoreContents) throws(RecordError) -> StoreLog {
        var log = contents.effectiveLog
        for finding in contents.refusing {
            guard case .logLost(let reason) = finding.damage else {
                log.note([finding.name])
                continue
            }
            guard finding.name == StoreLog.lostName else { continue }
            // What is left of it stays beside, for whoever looks for the cause.
            _ = rename(folder.logFile, "\(folder.logFile).lost")
            log.note(
                ["\(StoreLog.lostName)-\(UInt64.random(in: 0 ... .max))"], remark: reason)
        }
        return log
    }

    /// Sets damage of the store aside: a person has looked at it. Signed by this station, in its own chain.
    ///
    /// - Throws: `.notDamaged`, `.ambiguous`; `.newestOfUnit` while nothing newer than what the file may have been is there;
    ///   `.noReason`; what `add` throws.
    public func setAside(
        _ name: String, because reason: String, by operatorName: String, program: String, now: Date
    ) throws(RecordError) -> (finding: StoreFinding, statement: StoredRecord) {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
        let station = try station()
        try makeFolders()
        let lock = try lock(exclusive: true)
        defer { lock.end() }
        clean()
        var contents = try read()
        if contents.refusing.contains(where: { $0.name == StoreLog.lostName }) {
            try noting(contents).write(folder)
            contents = try read()
        }
        let finding = try contents.finding(named: name)
        let needed = contents.calibrationsNeeded(before: finding)
        guard needed.isEmpty else { throw .newestOfUnit(name: finding.name, needed: needed) }
        let record = CalibrationRecord(
            settingAside: [finding.name], because: reason, by: operatorName, at: station.name, program: program,
            now: now)
        return (finding, try append(record, record.units[0].serial, station, to: contents))
    }

    /// What the log misses, and what is wrong with the log.
    func missed(_ reading: StoreLog.Reading, _ own: Station?, there: Set<String>) -> [StoreFinding] {
        let log = reading.log
        var found = log.entries.compactMap { entry -> StoreFinding? in
            guard let record = entry.record else {
                return entry.remark.map {
                    StoreFinding(name: entry.name, unit: nil, damage: .logLost(reason: $0))
                }
            }
            let what = "\(record.procedure.rawValue) of \(record.units.joined(separator: " and "))"
            return there.contains(entry.name)
                ? nil : StoreFinding(name: entry.name, unit: record.units.first, damage: .removed(what))
        }
        switch reading {
        case .absent where own?.keepsLog == true:
            found.append(
                StoreFinding(name: StoreLog.lostName, unit: nil, damage: .logLost(reason: "it is not there")))
        case .damaged(let reason):
            found.append(StoreFinding(name: StoreLog.lostName, unit: nil, damage: .logLost(reason: reason)))
        default: break
        }
        return found
    }
}
