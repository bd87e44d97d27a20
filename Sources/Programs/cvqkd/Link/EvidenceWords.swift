import Foundation
import NodeReports

extension EvidenceDocument {
    /// A line for a person.
    var text: String {
        "\(record.prefix(12)) of \(units.joined(separator: " + ")), \(ended.formatted(.iso8601)), signed by \(signer), key "
            + "\(fingerprint), in \(store)" + remarks.map { "; \($0)" }.joined()
    }
}
