public import CalibrationRecords
internal import LinkControl
public import UnitProtocol

/// What is wanted of a link: nil wherever the units' own values shall do.
public struct LinkRequest: Sendable {
    /// Key, calibration or test; fixed for a session.
    public var purpose: SessionPurpose
    /// Hz; nil for the highest that both units and their lines can do.
    public var symbolRate: Double?
    /// Part of the slots that Bob makes vacuum.
    public var vacuumFraction = LinkPlan.usualVacuumFraction
    /// Part of the slots that Bob makes dark.
    public var darkFraction = 0.0
    /// Part of the slots that Alice makes training.
    public var trainingFraction = LinkPlan.usualTrainingFraction
    /// V_A per quadrature, SNU.
    public var modulationVariance: Double?
    /// Stride of stream frames.
    public var frameBytes: Int?
    /// Dark samples of V_off.
    public var electronicNoiseSamples: UInt64?
    /// Longest warm-up; nil for what the units state, with a margin.
    public var warmUpLimit: Duration?
    /// The sessions end after so much streaming together; nil for never.
    public var duration: Duration?
    /// A session ends when its estimates are as precise as this; nil for never.
    public var precision: PrecisionGoal?
    /// Whether failures of a unit are recovered from.
    public var recovers = true
    /// How long a unit that is gone may stay away.
    public var absence: Duration = .seconds(30)
    /// What an alarm does; nil for what the purpose asks for.
    public var onAlarm: MonitorPolicy?
    /// Where the records are that a session is compared with, and that one of purpose `key` needs.
    public var records: StateFolder
    /// The stations that the installation believes; nil if it has pinned none: then whoever is trusted in the store.
    public var pins: StationPins?

    /// A link for a purpose, and the folder with its records.
    public init(_ purpose: SessionPurpose, records: StateFolder) {
        self.purpose = purpose
        self.records = records
    }
}
