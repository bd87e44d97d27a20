public import RawKeyMessages

/// Something that is to be known about a link's raw key, in order.
public enum SpoolItem: Sendable {
    /// A block closed. Its ciphertext may be gone already.
    case block(StoredBlock)
    /// Cells without a block.
    case gap(session: UInt64, Cvqkd_Rawkey_V1_GapCells)
    /// A window ended: what both ends stated, and the cells that both hold.
    case window(session: UInt64, ordinal: UInt64, Cvqkd_Rawkey_V1_WindowRecord, cells: [UInt64])
    /// The key of a block may be handed over, because the window with this digest passed.
    case release(StoredBlock, windowDigest: [UInt8], binding: [UInt8])
    /// Cells that were released here only.
    case orphaned(session: UInt64, ordinal: UInt64, cells: [UInt64])
    /// Something turned up about an interval after its release.
    case suspect(session: UInt64, cells: ClosedRange<UInt64>, cause: String)
    /// The link has another state.
    case state(String, reason: String, session: UInt64)
}

/// An item in its place.
public struct SpoolEntry: Sendable {
    /// Counts the items of a link from 1; never used twice, also not after a restart.
    public var position: UInt64
    /// What it is.
    public var item: SpoolItem
}

/// Why an acknowledgement does not hold.
public enum SpoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing here has this session and cell.
    case unknownBlock(session: UInt64, cell: UInt64)
    /// The digest is not that of header and tag.
    case wrongDigest(session: UInt64, cell: UInt64)
    /// A key is acknowledged that was never handed over.
    case notReleased(session: UInt64, cell: UInt64)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .unknownBlock(let session, let cell): "there is no block \(cell) of session \(session)"
        case .wrongDigest(let session, let cell):
            "the digest is not that of header and tag of block \(cell) of session \(session)"
        case .notReleased(let session, let cell):
            "the key of block \(cell) of session \(session) was not handed over"
        }
    }
}
