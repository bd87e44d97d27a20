internal import CalibrationRecords
internal import Foundation

/// Signature and chain as they were verified when the page was written.
struct SignatureSection {
    let stored: StoredRecord
    let contents: StoreContents
    let written: Date

    func write(_ page: inout HTMLText) {
        let record = stored.record
        let chain = contents.chain(of: stored.chain)
        let findings = contents.findings.filter { $0.name == stored.name || $0.unit == stored.chain }
        page.raw("<section>\n")
        page.element("h2", "Signature and chain")
        page.sheet([
            ("Verified", ReportWords.time(written)),
            ("Signature", "right, by \(stored.signer)\(stored.signer.isTrustedStation ? "" : ": NOT TRUSTED HERE")"),
            ("Key", stored.envelope.signature.publicKey.fingerprint),
            ("Public key", stored.envelope.signature.publicKey.description),
            ("Record", stored.name),
            ("Place", "number \(record.sequence) of \(chain.count) in the chain of \(stored.chain), counted from 0"),
            ("Record before", record.previous ?? "none: the chain begins here"),
            ("Rests on", record.references.joined(separator: ", ")),
            ("Chain", findings.isEmpty ? "whole" : nil),
        ])
        if !findings.isEmpty {
            page.table(
                ["In the chain", "Finding"],
                findings.map {
                    (style: $0.damage.isWarning ? "marginal" : "fail", cells: [$0.name, $0.damage.description])
                })
        }
        page.element(
            "p",
            "The station's key lies on the station: this is evidence against tampering by others, not proof against "
                + "whoever holds the key. This page itself is not signed; 'cvqkd calibration verify' checks the record.",
            class: "note")
        page.raw("</section>\n")
    }
}
