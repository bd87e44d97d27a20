public import LinkMonitors

/// What the monitors say of one window of a running session.
public struct WindowVerdict: Sendable {
    /// Counts from 0.
    public var index: Int
    /// What there was to judge.
    public var evidence: BlockEvidence
    /// What every rule found. Rules that need a reference are unavailable until there is one.
    public var verdict: MonitorVerdict
    /// The cause, as far as it can be told; nil if nothing was raised.
    public var diagnosis: LinkDiagnosis?
    /// The shot noise of the session so far; nil if nothing of it is known yet.
    public var shotNoise: ShotNoiseState?
    /// What it was compared with, and where that comes from.
    public var baseline: LinkBaseline
}
