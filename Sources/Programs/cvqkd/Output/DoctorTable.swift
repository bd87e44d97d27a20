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

/// The same for scripts.
struct DoctorDocument: Encodable {
    struct Entry: Encodable {
        var check: String
        var subject: String?
        var state: String
        var found: String
        var threatens: String?
        var repair: String?
    }

    var findings: [Entry]
    var counts: [String: Int]

    init(_ diagnosis: NodeDiagnosis) {
        findings = diagnosis.findings.map {
            Entry(
                check: $0.check, subject: $0.subject, state: $0.state.rawValue, found: $0.found,
                threatens: $0.threatens, repair: $0.repair)
        }
        counts = Dictionary(uniqueKeysWithValues: NodeFinding.State.allCases.map { ($0.rawValue, diagnosis.count($0)) })
    }
}
