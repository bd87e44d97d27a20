internal import Foundation
public import RawKeyMessages

/// Whether a statement can be one at all, and whether it follows from its own numbers: looked at before anything of it is
/// believed.
public enum StatementForm {
    /// Cells of a window, at most: a day at the slowest.
    static let mostCells: UInt64 = 1 << 20
    private static let mostText = 256

    /// Judges the statement's evidence again, by the limits that stand in it.
    ///
    /// Throws if the statement cannot be one, or if what it says it judged is not what follows. Whether it *passes* is not
    /// the question here.
    public static func check(_ statement: Cvqkd_Rawkey_V1_WindowStatement) throws(EvidenceError) {
        try checkShape(statement)
        if let field = try contradictions(of: statement).first { throw .contradictsItself(field: field) }
    }

    /// Whether a statement can be one at all; its judgements are not looked at.
    static func checkShape(_ statement: Cvqkd_Rawkey_V1_WindowStatement) throws(EvidenceError) {
        try checkFrame(statement)
        try checkCells(statement)
        try checkCounts(statement.sessionCounts, field: "session_counts")
        try checkCounts(statement.dayCounts, field: "day_counts")
        let policy = try EvidencePolicy(bytes: statement.policy)
        try checkEvidence(statement, policy)
    }

    /// Names of what a statement says otherwise than it follows from its own numbers: quantities, `hidden_excess_noise`, and
    /// `passes`.
    static func contradictions(
        of statement: Cvqkd_Rawkey_V1_WindowStatement
    ) throws(EvidenceError) -> [String] {
        let found = try judge(statement)
        let stated = statement.judged
        var names: [String] = []
        if stated.map(\.name) == found.map(\.name) {
            names = zip(stated, found).filter { !agree($0, $1) }.map(\.0.name)
        } else {
            names = ["judged"]
        }
        if statement.end == .bob {
            let hidden = try ReceiverRule.hiddenExcessNoise(
                statement.receiver, deviations: statement.receiver.boundSigmas)
            if !isSame(hidden, statement.receiver.hiddenExcessNoise) { names.append("hidden_excess_noise") }
        }
        if statement.passes != (EvidenceVerdict(found) == .passed) { names.append("passes") }
        return names
    }

    /// What the rule makes of a statement's evidence: the list that should stand in it.
    public static func judge(
        _ statement: Cvqkd_Rawkey_V1_WindowStatement
    ) throws(EvidenceError) -> [Cvqkd_Rawkey_V1_JudgedQuantity] {
        let policy = try EvidencePolicy(bytes: statement.policy)
        return switch statement.end {
        case .bob:
            try ReceiverRule.judge(
                statement.receiver, held: statement.held.count, gaps: statement.gaps, alarms: statement.alarms,
                policy: policy)
        case .alice:
            TransmitterRule.judge(
                statement.transmitter, held: statement.held.count, gaps: statement.gaps, alarms: statement.alarms,
                policy: policy)
        default: throw .malformed(field: "end", reason: "it is neither Alice nor Bob")
        }
    }

    private static func checkFrame(_ statement: Cvqkd_Rawkey_V1_WindowStatement) throws(EvidenceError) {
        guard statement.rule == EvidencePolicy.rule else { throw .rule(statement.rule) }
        guard statement.end == .bob || statement.end == .alice else {
            throw .malformed(field: "end", reason: "it is neither Alice nor Bob")
        }
        guard !statement.link.isEmpty, statement.link.utf8.count <= mostText else {
            throw .malformed(field: "link", reason: "its name has 1 to \(mostText) bytes")
        }
        try checkDigest(statement.binding, field: "binding", mayBeEmpty: false)
        try checkDigest(statement.answers, field: "answers", mayBeEmpty: true)
        try checkDigest(statement.previous, field: "previous", mayBeEmpty: statement.ordinal == 0)
        guard statement.ordinal > 0 || statement.previous.isEmpty else { throw .brokenChain(ordinal: 0) }
        guard statement.alarms.count <= mostText, statement.alarms.allSatisfy({ $0.utf8.count <= 4 * mostText }) else {
            throw .malformed(field: "alarms", reason: "they are too many, or too long")
        }
    }

    private static func checkDigest(_ bytes: Data, field: String, mayBeEmpty: Bool) throws(EvidenceError) {
        guard bytes.count == 32 || mayBeEmpty && bytes.isEmpty else {
            throw .malformed(field: field, reason: "it has \(bytes.count) bytes, not 32")
        }
    }

    private static func checkCounts(
        _ counts: Cvqkd_Rawkey_V1_WindowCounts, field: String
    ) throws(EvidenceError) {
        let ended =
            UInt64(counts.passed) + UInt64(counts.revoked) + UInt64(counts.interrupted) + UInt64(counts.insufficient)
        guard ended <= UInt64(counts.attempted) else {
            throw .malformed(field: field, reason: "more windows ended than were attempted")
        }
    }

    /// Blocks and gaps together are the window, each cell once.
    private static func checkCells(_ statement: Cvqkd_Rawkey_V1_WindowStatement) throws(EvidenceError) {
        let (first, count) = (statement.firstCell, statement.cells)
        guard count > 0, count <= mostCells, !first.addingReportingOverflow(count).overflow else {
            throw .malformed(field: "cells", reason: "a window has 1 to \(mostCells)")
        }
        guard statement.held.count + statement.gaps.count <= Int(count) else {
            throw .malformed(field: "held", reason: "there are more blocks and gaps than cells")
        }
        var symbols: UInt64?
        for cell in statement.held {
            try checkDigest(cell.digest, field: "held.digest", mayBeEmpty: false)
            let sum = cell.kinds.reduce(UInt64(0)) { $0 + UInt64($1.symbols) }
            guard sum > 0, sum <= BlockGrid.mostSymbols, cell.kinds.count <= Int(sum), symbols == nil || symbols == sum
            else { throw .malformed(field: "held.kinds", reason: "cells have as many symbols as each other") }
            symbols = sum
        }
        for gap in statement.gaps {
            guard gap.cells > 0, gap.cells <= count, gap.cause != .unspecified else {
                throw .malformed(field: "gaps", reason: "one is empty, too long, or without a cause")
            }
            if case .UNRECOGNIZED = gap.cause {
                throw .malformed(field: "gaps", reason: "one has a cause that is not known")
            }
        }
        try checkPartition(statement)
    }

    private static func checkPartition(_ statement: Cvqkd_Rawkey_V1_WindowStatement) throws(EvidenceError) {
        let blocks = statement.held.map { (first: $0.cell, count: UInt64(1)) }
        let gaps = statement.gaps.map { (first: $0.firstCell, count: $0.cells) }
        for (parts, field) in [(blocks, "held"), (gaps, "gaps")] {
            for (part, next) in zip(parts, parts.dropFirst()) where part.first >= next.first {
                throw .malformed(field: field, reason: "they are not in order")
            }
        }
        var next = statement.firstCell
        for part in (blocks + gaps).sorted(by: { $0.first < $1.first }) {
            guard part.first == next else {
                throw .malformed(
                    field: "held", reason: "cell \(min(next, part.first)) is missing, or is there twice")
            }
            let (end, overflowed) = next.addingReportingOverflow(part.count)
            guard !overflowed else { throw .malformed(field: "gaps", reason: "one goes beyond all cells") }
            next = end
        }
        guard next == statement.firstCell + statement.cells else {
            throw .malformed(field: "cells", reason: "blocks and gaps are not the whole window")
        }
    }

    private static func checkEvidence(
        _ statement: Cvqkd_Rawkey_V1_WindowStatement, _ policy: EvidencePolicy
    ) throws(EvidenceError) {
        if statement.end == .alice {
            guard statement.hasTransmitter, !statement.hasReceiver else { throw .wrongEnd }
            return
        }
        guard statement.hasReceiver, !statement.hasTransmitter else { throw .wrongEnd }
        let evidence = statement.receiver
        guard evidence.plannedVacuumSamples == policy.plannedVacuumSamples else {
            throw .contradictsItself(field: "planned_vacuum_samples")
        }
        guard isSame(evidence.boundSigmas, policy.boundSigmas) else { throw .contradictsItself(field: "bound_sigmas") }
        guard evidence.cells.map(\.cell) == statement.held.map(\.cell) else {
            throw .contradictsItself(field: "receiver.cells")
        }
        for (vacuum, cell) in zip(evidence.cells, statement.held) {
            let symbols = cell.kinds.reduce(UInt64(0)) { $0 + ($1.kind == .vacuum ? UInt64($1.symbols) : 0) }
            guard vacuum.x.samples == symbols, !evidence.hasVacuumP || vacuum.p.samples == symbols else {
                throw .contradictsItself(field: "receiver.cells")
            }
        }
    }

    /// Whether two lists say the same about a quantity.
    static func agree(
        _ stated: Cvqkd_Rawkey_V1_JudgedQuantity, _ found: Cvqkd_Rawkey_V1_JudgedQuantity
    ) -> Bool {
        isSame(stated.value, found.value) && isSame(stated.sigma, found.sigma) && isSame(stated.lower, found.lower)
            && isSame(stated.upper, found.upper) && stated.passes == found.passes
    }

    /// The same number, as far as another order of operations would leave it the same; or both are not numbers.
    static func isSame(_ left: Double, _ right: Double) -> Bool {
        left == right || left.isNaN && right.isNaN || abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1e-6)
    }
}
