public import UnitEmulator

extension VirtualTime {
    /// An emulated pair that lives in this time, without a thread of its own.
    public func pair(_ configuration: PairConfiguration) -> EmulatedPair {
        var configuration = configuration
        configuration.hasThread = false
        let pair = EmulatedPair(configuration, clock: clock)
        drive { [weak pair] in pair.map { $0.step() ? .zero : $0.pause } }
        return pair
    }
}
