public import CalibrationRecords
public import Foundation
internal import QuadratureAnalysis
internal import UnitProtocol

/// When to calibrate again: what the one verdict on records says of the units that are present, and the channel's loss,
/// of which no record can know.
public enum RecalibrationTriggers {
    /// A rise of the loss is a reason beyond this many dB, if it is beyond three σ too (false alarm 0.3 % per look at a
    /// quiet channel whose σ is above 0.17 dB, far less below).
    public static let lossChange = 0.5

    /// All reasons, in the order of the units. The newest record of a procedure counts, also if it failed: an older one
    /// that passed does not stand for a unit that has failed since. `transmittance` is the latest T̂ of the pair with its σ.
    public static func reasons(
        _ contents: StoreContents, present: [PresentUnit], transmittance: (value: Double, sigma: Double)? = nil,
        now: Date
    ) -> [RecalibrationReason] {
        looks(contents, present).flatMap { look -> [RecalibrationReason] in
            guard let stored = look.stored, let verdict = look.verdict(in: contents, present, now) else {
                return [look.reason(.never, "there is no record of it")]
            }
            return look.reasons(stored, verdict.objections) + look.changes(stored, contents, verdict.objections)
                + (look.procedure == .pair ? look.loss(stored, transmittance) : [])
        }
    }

    /// Windows of the newest records that cannot be judged now because a unit is dark, as `local_oscillator_power of B-1`.
    /// A session judges them when its light is on.
    public static func unseen(_ contents: StoreContents, present: [PresentUnit], now: Date) -> [String] {
        let windows = looks(contents, present).flatMap { $0.verdict(in: contents, present, now)?.notJudged ?? [] }
        return windows.reduce(into: []) { names, window in
            let name = "\(window.quantity) of \(window.unit)"
            if !names.contains(name) { names.append(name) }
        }
    }

    /// The calibrations that units need: each its own, and Bob the pair's if Alice was named too. Of the pair the record of
    /// exactly these two counts: one with another Alice says nothing about this one.
    private static func looks(_ contents: StoreContents, _ present: [PresentUnit]) -> [RecordLook] {
        present.flatMap { unit -> [RecordLook] in
            var needs: [(CalibrationRecord.Procedure, [PresentUnit])] = [
                (unit.unit.role == "alice" ? .alice : .bob, [unit])
            ]
            if unit.unit.role != "alice", present.count > 1 { needs.append((.pair, present)) }
            return needs.map { procedure, units in
                RecordLook(
                    unit: unit.unit.serial, procedure: procedure, units: units,
                    stored: contents.latest(procedure, of: units.map(\.unit.serial)))
            }
        }
    }
}

/// One procedure of one unit, compared with its newest record.
private struct RecordLook {
    /// Serial number of the unit that needs it.
    var unit: String
    var procedure: CalibrationRecord.Procedure
    var units: [PresentUnit]
    var stored: StoredRecord?

    func reason(
        _ cause: RecalibrationReason.Cause, _ evidence: String, of unit: String? = nil
    ) -> RecalibrationReason {
        RecalibrationReason(
            cause: cause, unit: unit ?? self.unit, procedure: procedure, record: stored?.name, evidence: evidence)
    }

    func verdict(in contents: StoreContents, _ present: [PresentUnit], _ now: Date) -> RecordVerdict? {
        stored.map {
            contents.verdict(
                on: $0, for: RecordUse(by: present.map(\.conditions)), units: units.map(\.conditions), now: now)
        }
    }

    /// Of a record that did not end well, validity and windows are of no interest.
    func reasons(_ stored: StoredRecord, _ objections: [RecordObjection]) -> [RecalibrationReason] {
        let hasFailed = objections.contains { if case .outcome = $0 { true } else { false } }
        return objections.compactMap { objection in
            switch objection {
            case .noValidity, .expired, .conditionMoved, .conditionUnknown, .firmwareChanged, .schemaChanged:
                hasFailed ? nil : reason(objection, stored.record)
            default: reason(objection, stored.record)
            }
        }
    }

    private func reason(_ objection: RecordObjection, _ record: CalibrationRecord) -> RecalibrationReason {
        switch objection {
        case .outcome: return reason(.failed, failure(record))
        case .noValidity: return reason(.unknown, "the record states no validity")
        case .expired(let date):
            return reason(.time, "expired at \(iso(date)) (\(record.validity?.reason ?? "unknown"))")
        case .clockImplausible(let now, let ended):
            return reason(.clock, "the clock says \(iso(now)), before the record's end at \(iso(ended))")
        case .conditionMoved(let unit, let quantity, let value, let minimum, let maximum, let unitOfMeasure):
            let cause: RecalibrationReason.Cause =
                switch TelemetryQuantity(named: quantity) {
                case .localOscillatorPower: .localOscillator
                case let known?: known.isTemperature ? .temperature : .conditions
                // A quantity of a maker's own: its name is all there is to go by.
                case nil: quantity.hasSuffix("_temperature") ? .temperature : .conditions
                }
            return reason(
                cause,
                "\(quantity) is \(text(value)) \(unitOfMeasure), the record holds for "
                    + range(minimum, maximum, unitOfMeasure), of: unit)
        case .conditionUnknown(let unit, let quantity):
            let window = record.validity?.windows.first { $0.unit == unit && $0.quantity == quantity }
            return reason(
                .unknown,
                "\(quantity) cannot be read"
                    + (window.map { "; the record holds for \(range($0.minimum, $0.maximum, $0.unitOfMeasure))" } ?? ""),
                of: unit)
        case .firmwareChanged(let unit, let was, let now):
            return reason(.firmware, "calibrated with firmware \(was), now it is \(now)", of: unit)
        case .schemaChanged(let unit): return reason(.schema, objection.description, of: unit)
        case .maintained(let unit, let date, let note): return reason(.maintenance, "\(iso(date)): \(note)", of: unit)
        case .transmitterStronger(let found):
            return reason(
                .transmitterStronger, "\(found.description); measure the power at Alice's output, then explain it")
        case .validityTooLong, .timesReversed: return reason(.implausible, objection.description)
        case .emulated: return reason(.emulated, objection.description)
        case .signer: return reason(.untrusted, objection.description)
        case .chainDamaged, .replaced: return reason(.chain, objection.description)
        case .fileDamaged: return reason(.damagedFile, objection.description)
        }
    }

    private func failure(_ record: CalibrationRecord) -> String {
        if record.outcome == .incomplete { return "the newest was broken off at \(iso(record.ended))" }
        let failed = record.phases.filter { $0.outcome == .fail }.map(\.name)
        return "the newest, of \(iso(record.ended)), failed"
            + (failed.isEmpty ? "" : ": \(failed.joined(separator: ", "))")
    }

    func loss(_ stored: StoredRecord, _ transmittance: (value: Double, sigma: Double)?) -> [RecalibrationReason] {
        guard let transmittance, let then = DossierComparison.loss(stored.record) else { return [] }
        guard transmittance.value > 0, transmittance.value.isFinite, transmittance.sigma.isFinite else {
            return [reason(.loss, "there is no signal: T is \(text(transmittance.value))")]
        }
        let rise = transmittance.value / pow(10, -then.value / 10) - 1
        let error =
            hypot(
                transmittance.sigma / transmittance.value, (then.sigma ?? 0) * log(10) / 10) * (1 + rise)
        if rise > TransmitterStrength.limit * error {
            return [
                reason(
                    .transmitterStronger,
                    String(
                        format: "T is %.2f %% (%.1f σ) above that of the record: the transmitter may be stronger than "
                            + "characterised; measure the power at Alice's output", rise * 100, rise / error))
            ]
        }
        let now = -10 * log10(transmittance.value)
        let sigma = hypot(then.sigma ?? 0, Decibels(relativeSigma: transmittance.sigma / transmittance.value).value)
        let change = now - then.value
        guard change > RecalibrationTriggers.lossChange, change > 3 * sigma else { return [] }
        return [
            reason(.loss, String(format: "the loss was %.3f dB and is %.3f ± %.3f dB", then.value, now, sigma))
        ]
    }

    /// What the calibration took over without anybody saying why.
    func changes(
        _ stored: StoredRecord, _ contents: StoreContents, _ objections: [RecordObjection]
    ) -> [RecalibrationReason] {
        // Of a record that did not end well, nothing has to be explained.
        guard !objections.contains(where: { if case .outcome = $0 { true } else { false } }) else { return [] }
        let isStronger = objections.contains { if case .transmitterStronger = $0 { true } else { false } }
        return contents.changes(of: stored).filter {
            $0.explanation == nil && !(isStronger && $0.difference.quantity == "loss")
        }.map { reason(.changed, $0.description) }
    }

    private func range(_ minimum: Double, _ maximum: Double, _ unit: String) -> String {
        "\(text(minimum)) … \(text(maximum)) \(unit)"
    }
    private func iso(_ date: Date) -> String { date.formatted(.iso8601) }
    private func text(_ value: Double) -> String { String(format: "%.5g", value) }
}
