/// What a recording holds: `cvqkd:kind`.
public enum RecordingKind: String, Codable, Sendable, Hashable, CaseIterable {
    /// Bob, local oscillator off, signal blocked: V_off.
    case electronicNoise = "electronic_noise"
    /// Bob, local oscillator on, signal blocked: V_on.
    case vacuum
    /// Bob, local oscillator on, signal open.
    case signal
    /// What Alice sent: x and p of each symbol, in steps of `cvqkd:scale`.
    case modulation
    /// Which quadrature a homodyne Bob measured: a byte per symbol, 0 = x, 1 = p.
    case basis
    /// Samples as a unit takes them once, for a look.
    case capture

    /// In a sentence.
    public var name: String { rawValue.replacing("_", with: " ") }
}

/// What a session was for, as far as its samples may be kept: a session of purpose key has no value here, so that no
/// recording of one can be described, let alone written.
public enum RecordablePurpose: String, Codable, Sendable, Hashable, CaseIterable {
    /// A calibration.
    case calibration
    /// A test.
    case test
}

/// How samples lie in the data file, by the name that SigMF gives it.
public enum SampleLayout: String, Codable, Sendable, Hashable, CaseIterable {
    /// One int16 per symbol: a homodyne receiver, or one quadrature.
    case oneQuadrature = "ri16_le"
    /// Two int16 per symbol, x then p.
    case bothQuadratures = "ci16_le"
    /// One byte per symbol: basis choices.
    case bytes = "ru8"

    /// Bytes of a symbol.
    public var symbolBytes: Int {
        switch self {
        case .oneQuadrature: 2
        case .bothQuadratures: 4
        case .bytes: 1
        }
    }

    /// int16 values of a symbol; 0 for bytes.
    public var valuesPerSymbol: Int {
        switch self {
        case .oneQuadrature: 1
        case .bothQuadratures: 2
        case .bytes: 0
        }
    }

    /// All of them, for messages.
    static let accepted = allCases.map(\.rawValue).joined(separator: ", ")
}
