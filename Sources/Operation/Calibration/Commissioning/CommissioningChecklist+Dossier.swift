public import CalibrationRecords
public import Foundation

extension CommissioningChecklist {
    /// The dossier: all steps in one record, which names the records that were stored on the way. A skipped or missing step
    /// makes it incomplete.
    public func dossier(_ context: CalibrationContext, ended: Date) -> CalibrationRecord {
        var dossier = CalibrationRecord(
            procedure: .commissioning, started: started, ended: ended, operatorName: context.operatorName,
            station: context.station, program: context.program, units: [bob, alice],
            phases: entries.flatMap { phases($0) })
        dossier.references = entries.compactMap { $0.stored }
        for record in entries.compactMap({ $0.record }) {
            dossier.instruments += record.instruments.filter { !dossier.instruments.contains($0) }
            dossier.shotNoiseMethod = dossier.shotNoiseMethod ?? record.shotNoiseMethod
            dossier.rawSums += record.rawSums
            dossier.budget += record.budget
            dossier.curves += record.curves
            dossier.remarks += record.remarks.filter { !dossier.remarks.contains($0) }
        }
        // Conditions of the last step that was measured: what later visits are compared with.
        dossier.conditions = entries.last { $0.record?.conditions.isEmpty == false }?.record?.conditions ?? []
        for entry in entries where entry.state == .skipped {
            dossier.remarks.append("step \(entry.step.rawValue) was skipped: \(entry.reason ?? "no reason given")")
        }
        return dossier
    }

    private func phases(_ entry: Entry) -> [CalibrationRecord.Phase] {
        if let record = entry.record { return record.phases }
        let reason = entry.state == .skipped ? "skipped: \(entry.reason ?? "no reason given")" : "not done"
        return [
            CalibrationRecord.Phase(
                name: entry.step.rawValue, started: started, duration: 0, measurements: [], note: reason,
                isComplete: false)
        ]
    }
}
