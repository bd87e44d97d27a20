public import CalibrationRecords
public import Foundation
internal import RawKeyMessages

/// Windows of one session, in order, judged again from their records alone.
public struct SessionAudit: Sendable {
    /// Each window.
    public private(set) var windows: [WindowAudit]
    /// V_on over all windows, whatever became of them: the one to use.
    public private(set) var vacuum: VacuumEstimate?
    /// V_on over the released windows only, for comparison: it is biased.
    public private(set) var releasedVacuum: VacuumEstimate?

    /// Whether nothing is wrong.
    public var holds: Bool { windows.allSatisfy(\.findings.isEmpty) }

    /// Judges records.
    ///
    /// - Parameter pinned: the nodes' keys; nil to believe the keys that the records bring along.
    public init(records: [Data], pinned: [PublicKey]?) {
        windows = records.map { WindowAudit(record: $0, pinned: pinned) }
        for index in windows.indices.dropFirst() { compare(index) }
        vacuum = Self.vacuum(of: windows)
        releasedVacuum = Self.vacuum(of: windows.filter { $0.outcome == .released })
    }

    private static func vacuum(of windows: [WindowAudit]) -> VacuumEstimate? {
        let evidence = windows.compactMap(\.receiver?.statement).filter(\.hasReceiver).map(\.receiver)
        return evidence.isEmpty ? nil : try? VacuumEstimate(evidence)
    }

    /// A window continues the one before it: same session and policy, the next number, the next cell, and each end names its
    /// own statement about the window before.
    private mutating func compare(_ index: Int) {
        guard let own = windows[index].anyStatement, let before = windows[index - 1].anyStatement else { return }
        let fields: [(String, Bool)] = [
            ("link", own.link == before.link), ("binding", own.binding == before.binding),
            ("policy", own.policy == before.policy),
        ]
        for (name, isSame) in fields where !isSame { windows[index].findings.append(.differs(field: name)) }
        let (next, overflowed) = before.ordinal.addingReportingOverflow(1)
        let (cell, overflowedToo) = before.firstCell.addingReportingOverflow(before.cells)
        guard !overflowed, own.ordinal == next else {
            windows[index].findings.append(.brokenChain(ordinal: own.ordinal))
            return
        }
        if overflowedToo || own.firstCell != cell {
            windows[index].findings.append(.malformed(field: "first_cell", reason: "the window before ends elsewhere"))
        }
        compareChain(index, "Bob", \.receiver)
        compareChain(index, "Alice", \.transmitter)
    }

    private mutating func compareChain(
        _ index: Int, _ end: String, _ part: KeyPath<WindowAudit, WindowAudit.Statement?>
    ) {
        guard let own = windows[index][keyPath: part]?.statement else { return }
        guard let before = windows[index - 1][keyPath: part] else {
            // A statement that never came is a window that was revoked: what is behind it cannot be tied to it.
            if windows[index - 1].outcome == .released {
                windows[index].findings.append(.missingStatement(end: end, ordinal: own.ordinal - 1))
            }
            return
        }
        if Array(own.previous) != before.digest { windows[index].findings.append(.brokenChain(ordinal: own.ordinal)) }
    }
}
