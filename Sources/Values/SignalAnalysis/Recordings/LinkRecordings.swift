/// The recordings that a channel is estimated from, each by its name or that of either file.
public struct LinkRecordings: Sendable, Hashable {
    /// What Alice sent.
    public var modulation: String
    /// What Bob measured.
    public var signal: String
    /// For homodyne detection, which quadrature he measured; nil takes the recording that the signal names, or `basis`
    /// beside it.
    public var basis: String?
    /// Electronic noise: local oscillator off.
    public var off: String
    /// Vacuum: local oscillator on, signal blocked.
    public var on: String

    /// Recordings by their names.
    public init(modulation: String, signal: String, basis: String? = nil, off: String, on: String) {
        self.modulation = modulation
        self.signal = signal
        self.basis = basis
        self.off = off
        self.on = on
    }
}
