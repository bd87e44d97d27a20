/// The planes that an excess noise may refer to. A bare ξ is ambiguous by the loss of the link, and mixing planes is
/// the classic mistake of the field, so the plane is part of the type.
public enum Plane {
    /// Alice's output: ξ_in.
    public enum Input: ReferencePlane {
        /// The plane's name.
        public static let name = "input"
    }
    /// The end of the channel: ξ_out = T ξ_in.
    public enum Output: ReferencePlane {
        /// The plane's name.
        public static let name = "output"
    }
    /// One quadrature at Bob's detector: ξ_B = μ′ηT ξ_in.
    public enum Detector: ReferencePlane {
        /// The plane's name.
        public static let name = "detector"
    }
}

/// A plane of the link, used as a phantom type.
public protocol ReferencePlane: Sendable {
    /// The plane's name: "input", "output" or "detector".
    static var name: String { get }
}

/// Noise above vacuum and above the receiver's own, referred to a plane of the link. Estimates may be negative by
/// statistics and are never clamped: a clamped estimate hides an over-estimated V_on.
public struct ExcessNoise<At: ReferencePlane>: PhysicalQuantity {
    /// SNU at the plane `At`.
    public var value: Double
    /// An excess noise of `value` SNU at the plane `At`.
    public init(_ value: Double) { self.value = value }
}

extension ExcessNoise where At == Plane.Input {
    /// ξ_out = T ξ_in.
    public func atOutput(of channel: Transmittance) -> ExcessNoise<Plane.Output> {
        ExcessNoise<Plane.Output>(value * channel.value)
    }

    /// ξ_B = μ′ηT ξ_in. `efficiency` is η, from Bob's connector to the ADC.
    public func atDetector(
        of channel: Transmittance, efficiency: Double, detection: Detection
    ) -> ExcessNoise<Plane.Detector> {
        ExcessNoise<Plane.Detector>(value * detection.quadratureShare * efficiency * channel.value)
    }
}

extension ExcessNoise where At == Plane.Output {
    /// ξ_in = ξ_out / T.
    public func atInput(of channel: Transmittance) -> ExcessNoise<Plane.Input> {
        ExcessNoise<Plane.Input>(value / channel.value)
    }
}

extension ExcessNoise where At == Plane.Detector {
    /// ξ_in = ξ_B / (μ′ηT). `efficiency` is η, from Bob's connector to the ADC.
    public func atInput(
        of channel: Transmittance, efficiency: Double, detection: Detection
    ) -> ExcessNoise<Plane.Input> {
        ExcessNoise<Plane.Input>(value / (detection.quadratureShare * efficiency * channel.value))
    }
}

/// How Bob measures.
public enum Detection: String, Sendable, Hashable, CaseIterable, Codable {
    /// One quadrature per symbol, x or p by Bob's basis bit.
    case homodyne
    /// Both quadratures of every symbol, each after a balanced splitter.
    case heterodyne

    /// μ′: the share of the signal's power that one measured quadrature sees, 1 or ½. This is the only place of the
    /// analysis where the factor is written down; leaving it out halves the ξ that a heterodyne receiver reports.
    public var quadratureShare: Double {
        switch self {
        case .homodyne: 1
        case .heterodyne: 0.5
        }
    }

    /// Samples that one symbol yields.
    public var samplesPerSymbol: Int {
        switch self {
        case .homodyne: 1
        case .heterodyne: 2
        }
    }
}
