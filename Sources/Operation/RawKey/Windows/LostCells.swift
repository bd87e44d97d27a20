/// Cells of a session whose keys went before anybody took them.
public struct LostCells: Sendable, Equatable {
    /// Number of the session.
    public var session: UInt64
    /// In order.
    public var cells: [UInt64]

    /// Some cells.
    public init(session: UInt64, cells: [UInt64]) { (self.session, self.cells) = (session, cells) }

    /// The same as intervals.
    public var intervals: [ClosedRange<UInt64>] {
        var found: [ClosedRange<UInt64>] = []
        for cell in cells {
            if let last = found.last, last.upperBound &+ 1 == cell {
                found[found.count - 1] = last.lowerBound...cell
            } else {
                found.append(cell...cell)
            }
        }
        return found
    }
}
