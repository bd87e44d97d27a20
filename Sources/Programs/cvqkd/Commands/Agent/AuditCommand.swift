import ArgumentParser
import AuditTrail
import CalibrationRecords
import ForeignFiles
import Foundation
import NodeReports
import ReadableText

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Verifies an agent's log of who did what.",
        discussion: """
            EXAMPLE:
              cvqkd audit verify /var/lib/cvqkd-agent/audit.log --node-key node.pub
            """,
        subcommands: [AuditVerifyCommand.self])
}

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verifies signatures and chain of an audit log, and shows its entries.",
        discussion: """
            A log that was cut at the end of a line looks whole: compare its digest with one that was kept elsewhere, as \
            'cvqkd agent status --json' shows it.

            EXAMPLE:
              cvqkd audit verify audit.log --node-key node.pub --digest 3f2a…
            """)

    @Argument(help: "The log.")
    var file: String
    @Option(help: ArgumentHelp("The node's public signing key, PEM or base64.", valueName: "FILE"))
    var nodeKey: String
    @Option(help: ArgumentHelp("Fail unless the log contains a line with this SHA-256.", valueName: "DIGEST"))
    var digest: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let kind = ForeignFileKind("a public key", mostBytes: 64 << 10)
        guard let key = PublicKey(String(decoding: try ForeignFile.bytes(of: nodeKey, kind), as: UTF8.self)) else {
            throw CommandFailure(.usage, "\(nodeKey) is not an Ed25519 public key, neither PEM nor base64")
        }
        let found = try AuditVerification(file: file, key: key)
        let document = AuditLogDocument(found, file: file, contains: digest.map(found.contains))
        try Output.show(document.text, json: document, if: output.json)
        if let damage = found.damage { throw CommandFailure(.damaged, "\(file): \(damage)") }
        if let digest, !found.contains(digest) {
            throw CommandFailure(
                .damaged, "\(file) has no line with the digest \(digest): it was cut, or is another log")
        }
    }
}

/// A log that was verified.
private struct AuditLogDocument: Codable {
    var file: String
    var holds: Bool
    var damage: String?
    var digest: String
    var contains: Bool?
    var entries: [AuditEntry]

    init(_ found: AuditVerification, file: String, contains: Bool?) {
        self.file = file
        holds = found.damage == nil && contains != false
        damage = found.damage?.description
        digest = found.digest
        self.contains = contains
        entries = found.entries
    }

    var text: Page {
        var table = Table([
            .init("ENTRY", .right), .init("TIME"), .init("USER", .right), .init("PID", .right, .useful), .init("VERB"),
            .init("OUTCOME"), .init("LINK"), .init("WHY", wraps: true), .init("WHAT", wraps: true),
        ])
        table.rows = entries.map { entry in
            [
                String(entry.sequence), entry.time, entry.by.map { String($0.uid) } ?? "–",
                entry.by.map { String($0.pid) } ?? "–", entry.verb, entry.outcome, entry.link ?? "–",
                entry.reason ?? "–", entry.detail ?? "–",
            ]
        }
        let end: Page = "\(String(entries.count)) entries hold. Digest of the last: \(digest)"
        return entries.isEmpty ? end : "\(table.text)\n\n\(end)"
    }
}
