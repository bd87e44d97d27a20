public import RawKeyMessages

/// What a consumer is told, in the order of `position`.
public struct RawKeyEvent: Sendable {
    /// Grows; 0 for `.opened`. The same again for what is sent again.
    public let position: UInt64
    /// What it is.
    public let kind: Kind

    /// What can be told.
    public enum Kind: Sendable {
        /// The stream is open.
        case opened(Cvqkd_Rawkey_V1_Opened)
        /// A block, whole, or its header only (`isComplete`): it was received before, or revoked.
        case block(SealedBlock)
        /// The key of a block: evidence rule passed, not "secure".
        case release(BlockRelease)
        /// Cells without a block.
        case gap(Cvqkd_Rawkey_V1_Gap)
        /// A window ended: released, or its keys were destroyed.
        case window(Cvqkd_Rawkey_V1_Window)
        /// Cells that were released at this end only.
        case orphaned(Cvqkd_Rawkey_V1_Orphaned)
        /// Something turned up about an interval after its release.
        case suspect(Cvqkd_Rawkey_V1_Suspect)
        /// The link has another state.
        case state(Cvqkd_Rawkey_V1_StateChanged)
    }
}
