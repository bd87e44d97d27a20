import NodeDoctor

/// Findings for a person: one line each; below what is not ok, what it threatens and the command that mends it.
enum DoctorTable {
    static func text(_ diagnosis: NodeDiagnosis) -> String {
        let names = diagnosis.findings.map { ([$0.check] + [$0.subject].compactMap { $0 }).joined(separator: " ") }
        let width = names.map(\.count).max() ?? 0
        let indent = String(repeating: " ", count: 9)
        let lines: [String] = zip(diagnosis.findings, names).flatMap { finding, name -> [String] in
            let gap = String(repeating: " ", count: width - name.count + 2)
            var lines = ["\(padded(finding.state))  \(name)\(gap)\(finding.found)"]
            if let threatens = finding.threatens { lines.append("\(indent)threatens  \(threatens)") }
            if let repair = finding.repair { lines.append("\(indent)repair     \(repair)") }
            return lines
        }
        return (lines + ["", summary(diagnosis)]).joined(separator: "\n")
    }

    private static func padded(_ state: NodeFinding.State) -> String {
        let word = state == .ok ? "ok" : state.rawValue.uppercased()
        return word + String(repeating: " ", count: 7 - word.count)
    }

    private static func summary(_ diagnosis: NodeDiagnosis) -> String {
        NodeFinding.State.allCases.map { "\(diagnosis.count($0)) \($0.rawValue)" }.joined(separator: ", ")
    }
}
