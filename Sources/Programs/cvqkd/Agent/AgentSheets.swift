import Foundation
import NodeReports
import ReadableText

extension AgentStatusDocument {
    /// For people.
    var text: Page {
        let head: Page = "\(node): \(program) (pid \(String(pid))), for \(NumberText.clock(uptimeSeconds))"
        let log: Page = "Audit log: \(String(audit.entries)) entries, digest \(String(audit.digest.prefix(16)))"
        var table = Table([
            .init("LINK"), .init("END"), .init("UNIT", wraps: true), .init("STATE"), .init("SINCE", .left, .useful),
            .init("RELEASED", .right), .init("REVOKED", .right), .init("BLOCKS", .right), .init("WHY", wraps: true),
        ])
        table.rows = links.map { link in
            [
                link.id, link.end, link.unit, link.state, NumberText.clock(link.ageSeconds),
                String(link.dayWindows.passed), String(link.dayWindows.revoked), String(link.spool.blocks), link.reason,
            ]
        }
        let plans: [Page] = links.compactMap { link in
            link.windowPlan.map { "\(link.id): a window takes \($0.text)" }
        }
        let planned: Page = plans.isEmpty ? "" : "\n\(plans.joined(separator: "\n"))"
        return
            "\(head)\n\(log)\n\n\(table.text)\n\nRELEASED and REVOKED: windows of 24 h. Released does not mean secure.\(planned)"
    }
}

extension AgentLinkDocument.WindowPlan {
    /// For people.
    var text: Page {
        let time = NumberText.clock(seconds)
        let size = NumberText.engineering(Double(bytes.value), "B", digits: 3)
        return """
            \(vacuumSamples.description) vacuum samples, \(blocks.description) blocks, \(time), \(size) at each end \
            at most; it hides \(String(format: "%.2g", hiddenExcessNoise)) SNU
            """
    }
}

extension AgentBlocksDocument {
    /// For people.
    var text: Page {
        items.isEmpty ? "Nothing behind this position; the newest is \(newest)." : Self.table(items).text
    }

    /// Things in order, one a row.
    static func table(_ items: [Item]) -> Table {
        var table = Table([
            .init("POSITION", .right), .init("WHAT"), .init("SESSION"), .init("CELL", .right),
            .init("BYTES", .right, .useful), .init("STATE", wraps: true), .init("DIGEST", .left, .useful),
        ])
        table.rows = items.map { item in
            [
                item.position.description, item.kind, item.session ?? "–", cells(item), item.bytes?.description ?? "–",
                state(item), item.digest.map { String($0.prefix(16)) } ?? "–",
            ]
        }
        return table
    }

    private static func cells(_ item: Item) -> String {
        guard let first = item.cell else { return "–" }
        guard let count = item.cells, count.value > 1 else { return first.description }
        return "\(first)…\(first.value.addingReportingOverflow(count.value - 1).partialValue)"
    }

    private static func state(_ item: Item) -> String {
        var words = [item.outcome, item.reason].compactMap { $0 }
        if let here = item.hasCiphertext { words.append(here ? "ciphertext here" : "ciphertext gone") }
        if let here = item.hasKey { words.append(here ? "key here" : "key gone") }
        return words.isEmpty ? "–" : words.joined(separator: ", ")
    }
}

extension AgentVerbDocument {
    /// For people.
    var text: Page {
        let noted: Page =
            auditEntry.map { "Noted in the audit log, entry \(String($0))." }
            ?? "It could NOT be noted in the audit log."
        let name: Page = link.map { "\($0): " } ?? ""
        return "\(name)\(outcome). \(noted)"
    }
}
