import ReadableText
import NodeDoctor

/// Findings for a person: one line each; below what is not ok, what it threatens and the command that mends it.
enum DoctorTable {
    static func text(_ diagnosis: NodeDiagnosis) -> Page {
        var sheet = Sheet()
        let indent = padded("")
        for finding in diagnosis.findings {
            let name = ([finding.check] + [finding.subject].compactMap { $0 }).joined(separator: " ")
            let state = finding.state == .ok ? "ok" : finding.state.rawValue.uppercased()
            sheet.add(padded(state) + name, finding.found)
            sheet.add(indent + "threatens", finding.threatens)
            sheet.add(indent + "repair", finding.repair)
        }
        return "\(sheet)\n\n\(summary(diagnosis))"
    }

    private static func padded(_ state: String) -> String {
        state + String(repeating: " ", count: max(0, 9 - state.count))
    }

    private static func summary(_ diagnosis: NodeDiagnosis) -> String {
        NodeFinding.State.allCases.map { state in
            let count = diagnosis.count(state)
            return state == .warning || state == .failure
                ? NumberText.count(count, state.rawValue) : "\(count) \(state.rawValue)"
        }.joined(separator: ", ")
    }
}
