import Calibration
import CalibrationRecords
import NodeReports

extension CalibrationFollowUp {
    /// For a person; nil if there is nothing to say.
    var text: Page? {
        var lines: [Page] = []
        if let comparison, !comparison.differences.isEmpty { lines.append("since the dossier: " + comparison.text) }
        lines += due.map { "due  \($0.procedure.rawValue) of \($0.unit): \($0.cause.rawValue), \($0.evidence)" }
        for name in Set(due.filter(\.cause.wantsExplanation).compactMap(\.record)).sorted() {
            lines.append(
                "\(SuggestedCommand.explainRecord(String(name.prefix(12)))) explains a change to those who ask")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
