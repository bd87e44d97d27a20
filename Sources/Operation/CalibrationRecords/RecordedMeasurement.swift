/// One measured (or imported, or entered) number of a record, with everything needed to judge it later.
public struct RecordedMeasurement: Codable, Sendable, Hashable {
    /// Name in lowerCamelCase from the field's vocabulary, unique within its phase: `shotNoiseVariance`.
    public var name: String
    /// The number; nil if it could not be had.
    public var value: Double?
    /// Its standard uncertainty, in the same unit; nil if unknown.
    public var sigma: Double?
    /// SI unit, `LSB^2`, `SNU`, `dB`, or `1`.
    public var unit: String
    /// The plane that an excess noise refers to: `input`, `output`, `detector`.
    public var plane: String?
    /// Samples that it rests on.
    public var samples: Int64?
    /// Where the number comes from.
    public var source: Source
    /// `lower` if nothing was seen and the truth is at least `value` (at 3σ), else nil: `value` is the number itself.
    public var bound: Bound?
    /// What it was judged by; nil if it is reported only.
    public var limits: AcceptanceLimits?
    /// The judgement, nil without limits.
    public var outcome: Outcome?

    /// A measurement that `limits`, if any, have judged.
    public init(
        _ name: String, value: Double?, sigma: Double? = nil, unit: String, plane: String? = nil,
        samples: Int64? = nil, source: Source = .measured, bound: Bound? = nil, limits: AcceptanceLimits? = nil,
        judging: Judging = .interval
    ) {
        self.name = name
        self.value = value?.isFinite == true ? value : nil
        self.sigma = sigma?.isFinite == true ? sigma : nil
        self.unit = unit
        self.plane = plane
        self.samples = samples
        self.source = source
        self.bound = bound
        self.limits = limits
        outcome = limits.map { limits in
            switch judging {
            case .interval: limits.judge(self.value, sigma: sigma, bound)
            case .value: limits.judge(self.value, bound)
            }
        }
    }

    /// What of a measurement is compared with its limits.
    public enum Judging: Sendable, Hashable {
        /// value ± 3σ: a value that passes, but whose interval reaches beyond a limit, is not shown to be within it.
        case interval
        /// The value alone, because the limits are themselves so many σ away.
        case value
    }

    /// What a number says that is not an estimate.
    public enum Bound: String, Codable, Sendable, Hashable, CaseIterable {
        /// The truth is at least this.
        case lower
    }

    /// Where a number comes from. A reader must be able to tell what this field visit proved.
    public enum Source: String, Codable, Sendable, Hashable, CaseIterable {
        /// By this procedure, absolutely.
        case measured
        /// By this procedure, but only as a ratio to an imported or stated value.
        case verifiedRatio
        /// From a signed factory import.
        case factory
        /// As the unit declares it; nobody has verified it here.
        case stated
        /// Typed in by the operator.
        case entered
        /// Read from another instrument.
        case instrument
        /// Set by a rule, where nothing was measured that could say it.
        case policy
    }
}

/// The judgement of a number, a phase, a record. Ordered from good to bad.
public enum Outcome: String, Codable, Sendable, Hashable, CaseIterable, Comparable {
    /// Within limits.
    case pass
    /// Within limits, but close to one: look at it at the next visit.
    case marginal
    /// Outside limits, or not a number.
    case fail
    /// The procedure was cancelled or could not be carried out: nothing is proven.
    case incomplete

    /// Worse is greater.
    public static func < (lhs: Outcome, rhs: Outcome) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int {
        switch self {
        case .pass: 0
        case .marginal: 1
        case .fail: 2
        case .incomplete: 3
        }
    }
}

/// Limits with a marginal band inside them, in the unit of the measurement. A missing bound does not exist.
public struct AcceptanceLimits: Codable, Sendable, Hashable {
    /// Below it: fail.
    public var minimum: Double?
    /// Above it: fail.
    public var maximum: Double?
    /// Below it, but not below `minimum`: marginal.
    public var marginalMinimum: Double?
    /// Above it, but not above `maximum`: marginal.
    public var marginalMaximum: Double?

    /// Limits; the marginal ones lie inside the others.
    public init(
        minimum: Double? = nil, maximum: Double? = nil, marginalMinimum: Double? = nil, marginalMaximum: Double? = nil
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.marginalMinimum = marginalMinimum
        self.marginalMaximum = marginalMaximum
    }

    /// The judgement of a number or of a bound. A lower bound below a minimum proves no fault, and no soundness either:
    /// marginal.
    public func judge(_ value: Double?, _ bound: RecordedMeasurement.Bound?) -> Outcome {
        guard bound == .lower, let value, value.isFinite else { return judge(value) }
        if let maximum, !(value <= maximum) { return .fail }
        if let minimum, minimum.isNaN { return .fail }
        if let lowest = marginalMinimum ?? minimum, !(value >= lowest) { return .marginal }
        return .pass
    }

    /// The judgement of a number and its standard uncertainty: what passes by itself, but might lie beyond `minimum` or
    /// `maximum` by 3σ, is marginal, because nothing shows that it is within. So is what has a σ that is not a number. Without a
    /// σ the number is judged alone; what fails, fails however uncertain it is.
    public func judge(_ value: Double?, sigma: Double?, _ bound: RecordedMeasurement.Bound? = nil) -> Outcome {
        let outcome = judge(value, bound)
        guard outcome == .pass, bound == nil, let value, let sigma else { return outcome }
        let reach = 3 * abs(sigma)
        guard reach.isFinite else { return .marginal }
        if let minimum, value - reach < minimum { return .marginal }
        if let maximum, value + reach > maximum { return .marginal }
        return .pass
    }

    /// A value that is not a number fails, and so does any value if the limit is not a number: fail safe.
    public func judge(_ value: Double?) -> Outcome {
        guard let value, value.isFinite else { return .fail }
        if let minimum, !(value >= minimum) { return .fail }
        if let maximum, !(value <= maximum) { return .fail }
        if let marginalMinimum, !(value >= marginalMinimum) { return .marginal }
        if let marginalMaximum, !(value <= marginalMaximum) { return .marginal }
        return .pass
    }
}
