internal import Foundation
public import RawKeyMessages

/// Whether two statements are of the same window, and do not contradict each other.
public enum WindowComparison {
    /// Cells that both ends hold, in order.
    ///
    /// It throws if the other end's statement cannot be one, does not follow from its own numbers, is of another link,
    /// session, window, interval, rule or policy, does not continue the chain, answers another statement, or sees other kinds
    /// of symbols. Whether the other end's evidence passes is `other.passes`: it is believed only if this does not throw.
    ///
    /// - Parameters:
    ///   - own: what this end stated, or will.
    ///   - otherPrevious: digest of the other end's statement about the window before; empty for the first. Nil leaves the
    ///     chain to somebody who has it.
    ///   - answering: digest of this end's statement, if the other's has to be the answer to it.
    public static func compare(
        own: Cvqkd_Rawkey_V1_WindowStatement, other: Cvqkd_Rawkey_V1_WindowStatement, otherPrevious: [UInt8]? = nil,
        answering: [UInt8]? = nil
    ) throws(EvidenceError) -> [UInt64] {
        try StatementForm.check(other)
        guard Set([own.end, other.end]) == [.alice, .bob] else { throw .wrongEnd }
        guard own.rule == other.rule else { throw .rule(other.rule) }
        let fields: [(String, Bool)] = [
            ("link", own.link == other.link), ("binding", own.binding == other.binding),
            ("ordinal", own.ordinal == other.ordinal), ("first_cell", own.firstCell == other.firstCell),
            ("cells", own.cells == other.cells), ("policy", own.policy == other.policy),
        ]
        for (name, isSame) in fields where !isSame { throw .differs(field: name) }
        if let otherPrevious, Array(other.previous) != otherPrevious { throw .brokenChain(ordinal: other.ordinal) }
        if let answering, Array(other.answers) != answering { throw .answersAnother }
        return try common(bob: own.end == .bob ? own : other, alice: own.end == .alice ? own : other)
    }

    private static func common(
        bob: Cvqkd_Rawkey_V1_WindowStatement, alice: Cvqkd_Rawkey_V1_WindowStatement
    ) throws(EvidenceError) -> [UInt64] {
        let hers = Dictionary(alice.held.map { ($0.cell, $0) }, uniquingKeysWith: { first, _ in first })
        var cells: [UInt64] = []
        for his in bob.held {
            guard let her = hers[his.cell] else { continue }
            try compareKinds(bob: his, alice: her)
            cells.append(his.cell)
        }
        return cells
    }

    /// Bob's signal has to be signal at Alice's end, and his training hers: a symbol that one end keeps as raw key and the
    /// other discloses would be key that everybody knows. Where he has no light, she may have sent either.
    private static func compareKinds(
        bob: Cvqkd_Rawkey_V1_HeldCell, alice: Cvqkd_Rawkey_V1_HeldCell
    ) throws(EvidenceError) {
        var (hers, place) = (alice.kinds[...], UInt64(0))
        var left = hers.first?.symbols ?? 0
        for his in bob.kinds {
            var symbols = his.symbols
            while symbols > 0 {
                while left == 0, !hers.isEmpty {
                    hers = hers.dropFirst()
                    left = hers.first?.symbols ?? 0
                }
                guard let her = hers.first else { throw .kindsDiffer(cell: bob.cell, symbol: place) }
                let isLit = his.kind == .signal || his.kind == .training
                guard !isLit || her.kind == his.kind else { throw .kindsDiffer(cell: bob.cell, symbol: place) }
                let step = min(symbols, left)
                symbols -= step
                left -= step
                place += UInt64(step)
            }
        }
        // Cells with another number of symbols at each end.
        guard left == 0, hers.dropFirst().allSatisfy({ $0.symbols == 0 }) else {
            throw .kindsDiffer(cell: bob.cell, symbol: place)
        }
    }
}
