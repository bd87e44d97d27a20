public import Foundation
internal import UnitProtocol

/// What a record is wanted for.
public enum RecordUse: Sendable, Hashable, Codable {
    /// A link that may carry key: what was made without optics does not count.
    case link
    /// A link without any optics, for tests: what was made without optics counts.
    case testLink
    /// To say what there is: no link is meant, and whether units are emulated is not compared.
    case overview

    /// The use by these units. There is no configuration of links: only where no unit has optics it is surely a test.
    public init(by units: [UnitConditions]) { self = units.allSatisfy(\.isEmulated) ? .testLink : .link }
}

/// Whether a record holds: the one answer for whoever asks. The list of records, what is due, plans that rest on a record
/// and the permission to make key differ in the facts that they have, and in nothing else.
public struct RecordVerdict: Sendable, Hashable {
    /// Name of the record.
    public var record: String
    /// Why it does not hold.
    public var objections: [RecordObjection]
    /// Windows that were not compared, because nobody could read the unit, or because they belong to light that is off.
    public var notJudged: [Validity.Window]

    /// Whether nothing speaks against it.
    public var holds: Bool { objections.isEmpty }
}

extension StoreContents {
    /// Judges one record.
    ///
    /// - Parameters:
    ///   - stored: a record of this store.
    ///   - use: what it is wanted for.
    ///   - units: the units as they are now. Windows, firmware and protocol of a unit that is not among them are not
    ///     compared; what is among them and cannot be known counts against the record.
    ///   - now: the time by the clock of whoever asks. No tolerance: a record of the future is of unknown age.
    public func verdict(
        on stored: StoredRecord, for use: RecordUse, units: [UnitConditions], now: Date
    ) -> RecordVerdict {
        var verdict = RecordVerdict(record: stored.name, objections: [], notJudged: [])
        let record = stored.record
        if !stored.signer.isTrustedStation { verdict.objections.append(.signer(stored.signer.description)) }
        if record.outcome >= .fail || record.hasFailure {
            verdict.objections.append(.outcome(max(record.outcome, .fail)))
        }
        if isEmulationWrong(record, use, units) { verdict.objections.append(.emulated) }
        if record.ended < record.started { verdict.objections.append(.timesReversed) }
        if now < record.ended { verdict.objections.append(.clockImplausible(now: now, ended: record.ended)) }
        if let validity = record.validity {
            let life = validity.expires.timeIntervalSince(record.ended)
            // Written so that a date that is not a number refuses.
            if !(life <= Validity.longestLife) {
                verdict.objections.append(.validityTooLong(days: life / 86_400))
            }
            if now >= validity.expires { verdict.objections.append(.expired(validity.expires)) }
            for unit in units { verdict.compare(record, validity, unit) }
            let present = Set(units.map(\.serial))
            verdict.notJudged += validity.windows.filter { !present.contains($0.unit) }
        } else {
            verdict.objections.append(.noValidity)
        }
        verdict.objections += maintenance(since: stored) + damage(around: stored)
        if let newer = successor(of: stored) {
            verdict.objections.append(.replaced(by: newer.name))
        } else if let found = strongerTransmitter(stored) {
            verdict.objections.append(.transmitterStronger(found))
        }
        return verdict
    }

    /// A record of emulated units serves emulated units only, and never a link with optics.
    private func isEmulationWrong(_ record: CalibrationRecord, _ use: RecordUse, _ units: [UnitConditions]) -> Bool {
        guard use != .overview, !units.isEmpty else { return false }
        return record.units.contains(where: \.emulated) != units.contains(where: \.isEmulated)
            || record.isEmulated && use == .link
    }

    /// Work on a unit of the record's that came after it.
    private func maintenance(since stored: StoredRecord) -> [RecordObjection] {
        guard stored.record.procedure.isCalibration else { return [] }
        return records.compactMap { visit in
            guard visit.record.procedure == .maintenance else { return nil }
            // In the chain of both, the chain tells what came later; else the clock does.
            let isLater =
                visit.chain == stored.chain
                ? visit.record.sequence > stored.record.sequence : visit.record.ended >= stored.record.started
            guard isLater, let unit = visit.record.units.map(\.serial).first(where: stored.concerns) else { return nil }
            return .maintained(unit: unit, visit.record.ended, note: visit.record.remarks.first ?? "maintenance")
        }
    }

    private func damage(around stored: StoredRecord) -> [RecordObjection] {
        var found: [RecordObjection] = []
        // A fork, a wrong number or a foreign predecessor at this record: its place cannot be relied on. A missing
        // predecessor further back was there when this one was signed, and says nothing about this one.
        for finding in damage where finding.name == stored.name {
            switch finding.damage {
            case .missingPredecessor, .damagedPredecessor: continue
            default: found.append(.chainDamaged(finding.damage.description))
            }
        }
        // A hole after it may have held a newer record of this procedure, one that failed: a later record of another
        // procedure must not cover it up.
        let later = Set(chain(of: stored.chain).filter { $0.record.sequence > stored.record.sequence }.map(\.name))
        for finding in damage where later.contains(finding.name) && finding.damage.concernsPlace {
            found.append(.chainDamaged("after it, at \(finding.name.prefix(12)): \(finding.damage)"))
        }
        return found + refusing.map { .fileDamaged($0.description) }
    }

    /// The record that stands in the place of this one; nil if none does. One that was broken off shows nothing, and
    /// takes no other's place.
    private func successor(of stored: StoredRecord) -> StoredRecord? {
        guard stored.record.procedure.isCalibration,
            let newest = latest(stored.record.procedure, of: stored.record.units.map(\.serial)),
            newest.name != stored.name, newest.isNewer(than: stored)
        else { return nil }
        return newest
    }
}

extension RecordVerdict {
    /// Firmware, protocol and windows of one unit.
    fileprivate mutating func compare(_ record: CalibrationRecord, _ validity: Validity, _ unit: UnitConditions) {
        let then = record.units.first { $0.serial == unit.serial }
        if let was = validity.firmware[unit.serial] ?? then?.firmware, was != unit.firmware {
            objections.append(.firmwareChanged(unit: unit.serial, was: was, now: unit.firmware))
        }
        if let was = then?.schemaFingerprint, let now = unit.schemaFingerprint, was != now {
            objections.append(.schemaChanged(unit: unit.serial))
        }
        for window in validity.windows where window.unit == unit.serial {
            guard let telemetry = unit.telemetry, !(unit.isDark && window.belongsToLight) else {
                notJudged.append(window)
                continue
            }
            guard let value = telemetry[window.quantity] ?? nil, value.isFinite else {
                objections.append(.conditionUnknown(unit: unit.serial, quantity: window.quantity))
                continue
            }
            // Written so that a limit which is not a number refuses.
            guard value >= window.minimum, value <= window.maximum else {
                objections.append(
                    .conditionMoved(
                        unit: unit.serial, quantity: window.quantity, value: value, minimum: window.minimum,
                        maximum: window.maximum, unitOfMeasure: window.unitOfMeasure))
                continue
            }
        }
    }
}

extension CalibrationRecord.Procedure {
    /// Whether its records are measurements that hold for a time. A dossier sums others up, a factory's values are the
    /// maker's, and a maintenance measures nothing.
    public var isCalibration: Bool {
        switch self {
        case .bob, .alice, .pair: true
        case .commissioning, .factory, .maintenance, .setAside, .explanation: false
        }
    }
}

extension Validity.Window {
    /// Whether only a lit unit can be compared with it.
    public var belongsToLight: Bool {
        // Of a quantity of a maker's own there is only the name to go by.
        TelemetryQuantity(named: quantity)?.belongsToLight ?? quantity.hasPrefix("laser_")
    }
}
