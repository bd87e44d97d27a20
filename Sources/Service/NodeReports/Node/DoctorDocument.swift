public import NodeDoctor

/// What keeps units from working on a machine.
public struct DoctorDocument: Codable, Sendable, Hashable {
    /// One thing that was looked at.
    public struct Entry: Codable, Sendable, Hashable {
        /// Name of the check.
        public var check: String
        /// The unit or line that it is about.
        public var subject: String?
        /// `ok`, `warning`, `failure`, `unknown`.
        public var state: String
        /// What was found.
        public var found: String
        /// What may happen if it stays so.
        public var threatens: String?
        /// The one command that mends it.
        public var repair: String?
    }

    /// In order of the checks.
    public var findings: [Entry]
    /// How many there are of each state.
    public var counts: [String: Int]

    /// The document of a diagnosis.
    public init(_ diagnosis: NodeDiagnosis) {
        findings = diagnosis.findings.map {
            Entry(
                check: $0.check, subject: $0.subject, state: $0.state.rawValue, found: $0.found,
                threatens: $0.threatens, repair: $0.repair)
        }
        counts = Dictionary(uniqueKeysWithValues: NodeFinding.State.allCases.map { ($0.rawValue, diagnosis.count($0)) })
    }
}
