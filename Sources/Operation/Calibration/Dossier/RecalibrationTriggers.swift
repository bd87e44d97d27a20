internal import CalibrationRecords
public import Foundation
internal import QuadratureAnalysis

/// When to calibrate again: a function of what is stored and what is seen now.
public enum RecalibrationTriggers {
    /// A change of the loss is a reason beyond this many dB, if it is beyond three σ too (false alarm 0.3 % per look at a
    /// quiet channel whose σ is above 0.17 dB, far less below).
    public static let lossChange = 0.5

    /// All reasons, in the order of the units. `records` may hold anything of any unit. The newest record of a procedure
    /// counts, also if it failed: an older one that passed does not stand for a unit that has failed since.
    /// `transmittance` is the latest T̂ of the pair with its σ.
    public static func reasons(
        records: [NamedRecord], present: [PresentUnit], transmittance: (value: Double, sigma: Double)? = nil, now: Date
    ) -> [RecalibrationReason] {
        present.flatMap { unit in
            let serial = unit.unit.serial
            let maintenance = records.filter { $0.record.procedure == .maintenance && $0.record.concerns(serial) }
            return procedures(unit, present.count).flatMap { procedure -> [RecalibrationReason] in
                guard let latest = latest(procedure, of: unit, among: present, records) else {
                    return [
                        RecalibrationReason(
                            cause: .never, unit: serial, procedure: procedure, record: nil,
                            evidence: "there is no record of it")
                    ]
                }
                let look = RecordLook(unit: unit, latest: latest)
                if let failed = look.outcome() { return [failed] + look.maintenance(maintenance) }
                return look.time(now) + look.windows() + look.firmware() + look.maintenance(maintenance)
                    + (procedure == .pair ? look.loss(transmittance) : [])
            }
        }
    }

    /// Windows of the newest records that cannot be judged now because a unit is dark, as `local_oscillator_power of B-1`.
    /// A session judges them when its light is on.
    public static func unseen(records: [NamedRecord], present: [PresentUnit]) -> [String] {
        var names: [String] = []
        for unit in present where unit.isDark {
            for procedure in procedures(unit, present.count) {
                guard let latest = latest(procedure, of: unit, among: present, records) else { continue }
                let hidden = RecordLook(unit: unit, latest: latest).windowsOfLight
                names += hidden.map { "\($0.quantity) of \($0.unit)" }.filter { !names.contains($0) }
            }
        }
        return names
    }

    /// The newest record of a procedure on a unit; of the pair, on all that are present: one with another Alice says
    /// nothing about this one. One that was broken off shows nothing, unless something had failed in it by then.
    private static func latest(
        _ procedure: CalibrationRecord.Procedure, of unit: PresentUnit, among present: [PresentUnit],
        _ records: [NamedRecord]
    ) -> NamedRecord? {
        let concerned = procedure == .pair ? present.map(\.unit.serial) : [unit.unit.serial]
        let candidates = records.filter { found in
            found.record.procedure == procedure && concerned.allSatisfy(found.record.concerns)
        }
        // All are of one chain, which counts them even where a clock was set back.
        let inOrder = candidates.sorted {
            ($0.record.sequence, $0.record.ended) < ($1.record.sequence, $1.record.ended)
        }
        return inOrder.last { $0.record.outcome != .incomplete || $0.record.hasFailure } ?? inOrder.last
    }

    /// The calibrations that a unit needs: its own, and Bob the pair's if Alice was named too.
    private static func procedures(_ unit: PresentUnit, _ units: Int) -> [CalibrationRecord.Procedure] {
        unit.unit.role == "alice" ? [.alice] : units > 1 ? [.bob, .pair] : [.bob]
    }
}

/// One unit compared with one record.
private struct RecordLook {
    var unit: PresentUnit
    var latest: NamedRecord

    private var record: CalibrationRecord { latest.record }
    private var serial: String { unit.unit.serial }

    private func reason(_ cause: RecalibrationReason.Cause, _ evidence: String) -> RecalibrationReason {
        RecalibrationReason(
            cause: cause, unit: serial, procedure: record.procedure, record: latest.name, evidence: evidence)
    }

    /// What a record says that did not end well: its validity and windows are of no interest then.
    func outcome() -> RecalibrationReason? {
        if record.outcome == .incomplete { return reason(.failed, "the newest was broken off at \(iso(record.ended))") }
        let failed = record.phases.filter { $0.outcome == .fail }.map(\.name)
        guard record.outcome == .fail || !failed.isEmpty else { return nil }
        return reason(
            .failed,
            "the newest, of \(iso(record.ended)), failed"
                + (failed.isEmpty ? "" : ": \(failed.joined(separator: ", "))"))
    }

    func time(_ now: Date) -> [RecalibrationReason] {
        // A record without a validity proves nothing about today: fail safe.
        guard let validity = record.validity else { return [reason(.unknown, "the record states no validity")] }
        // A clock that went backwards makes old records look fresh.
        if now < record.ended.addingTimeInterval(-300) {
            return [reason(.time, "the clock says \(iso(now)), before the record's end at \(iso(record.ended))")]
        }
        guard now >= validity.expires else { return [] }
        return [reason(.time, "expired at \(iso(validity.expires)) (\(validity.reason))")]
    }

    private var ownWindows: [Validity.Window] { (record.validity?.windows ?? []).filter { $0.unit == serial } }

    /// Those that can be compared only with a lit unit.
    var windowsOfLight: [Validity.Window] {
        ownWindows.filter { $0.quantity == "local_oscillator_power" || $0.quantity.hasPrefix("laser_") }
    }

    func windows() -> [RecalibrationReason] {
        let hidden = unit.isDark ? Set(windowsOfLight) : []
        return ownWindows.filter { !hidden.contains($0) }.compactMap { window in
            let range = "\(text(window.minimum)) … \(text(window.maximum)) \(window.unitOfMeasure)"
            guard let value = unit.telemetry[window.quantity], value.isFinite else {
                return reason(.unknown, "\(window.quantity) cannot be read; the record holds for \(range)")
            }
            guard !(value >= window.minimum && value <= window.maximum) else { return nil }
            let cause: RecalibrationReason.Cause =
                window.quantity.hasSuffix("_temperature")
                ? .temperature : window.quantity == "local_oscillator_power" ? .localOscillator : .conditions
            return reason(
                cause, "\(window.quantity) is \(text(value)) \(window.unitOfMeasure), the record holds for \(range)")
        }
    }

    func firmware() -> [RecalibrationReason] {
        let then = record.validity?.firmware[serial] ?? record.units.first { $0.serial == serial }?.firmware
        guard let then, then != unit.unit.firmware else { return [] }
        return [reason(.firmware, "calibrated with firmware \(then), now it is \(unit.unit.firmware)")]
    }

    func maintenance(_ visits: [NamedRecord]) -> [RecalibrationReason] {
        visits.filter { $0.record.ended >= record.ended }.map { visit in
            reason(.maintenance, "\(iso(visit.record.ended)): \(visit.record.remarks.first ?? "maintenance")")
        }
    }

    func loss(_ transmittance: (value: Double, sigma: Double)?) -> [RecalibrationReason] {
        guard let transmittance, let then = DossierComparison.loss(record) else { return [] }
        guard transmittance.value > 0, transmittance.value.isFinite, transmittance.sigma.isFinite else {
            return [reason(.loss, "there is no signal: T is \(transmittance.value)")]
        }
        let now = -10 * log10(transmittance.value)
        let sigma = hypot(then.sigma ?? 0, Decibels(relativeSigma: transmittance.sigma / transmittance.value).value)
        let change = now - then.value
        guard abs(change) > RecalibrationTriggers.lossChange, abs(change) > 3 * sigma else { return [] }
        return [
            reason(
                .loss,
                String(format: "the loss was %.3f dB and is %.3f ± %.3f dB", then.value, now, sigma))
        ]
    }

    private func iso(_ date: Date) -> String { date.formatted(.iso8601) }
    private func text(_ value: Double) -> String { String(format: "%.5g", value) }
}

extension CalibrationRecord {
    /// Whether a unit of this serial number is among the record's.
    func concerns(_ serial: String) -> Bool { units.contains { $0.serial == serial } }
}
