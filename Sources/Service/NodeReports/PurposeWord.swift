public import UnitProtocol

extension SessionPurpose {
    /// As command lines and documents write it: `key`, `calibration`, `test`.
    public var word: String { description.lowercased() }
}
