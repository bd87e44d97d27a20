internal import RawKey

extension LinkConfiguration {
    /// Symbols of a block: as many whole slots as a block may have.
    func symbolsPerCell(slot: UInt32) -> UInt64 { BlockGrid.largestCell(symbolsPerSlot: slot) }
}
