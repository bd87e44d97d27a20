public import Calibration
internal import CalibrationRecords
public import Foundation

/// An installation as far as it has come.
public struct CommissioningDocument: Codable, Sendable, Hashable {
    /// One step.
    public struct Step: Codable, Sendable, Hashable {
        /// Its name.
        public var step: String
        /// `pending`, `begun`, `done`, `skipped`.
        public var state: String
        /// Absent until it is done.
        public var outcome: String?
        /// Name of the signed record in the store.
        public var record: String?
        /// Why it was skipped, or what stopped it last time.
        public var reason: String?
        /// How often it was begun.
        public var attempts: Int
        /// Points of an unfinished soak.
        public var soakIntervals: Int
    }

    /// The checklist's file.
    public var file: String
    /// Serial number.
    public var alice: String
    /// Serial number.
    public var bob: String
    /// When it began.
    public var started: Date
    /// The step to do now; absent if all are done.
    public var next: String?
    /// In order.
    public var steps: [Step]

    /// The document of a checklist.
    public init(_ checklist: CommissioningChecklist, file: String) {
        self.file = file
        alice = checklist.alice.serial
        bob = checklist.bob.serial
        started = checklist.started
        next = checklist.next?.rawValue
        steps = checklist.entries.map {
            Step(
                step: $0.step.rawValue, state: $0.state.rawValue, outcome: $0.record?.outcome.rawValue,
                record: $0.stored, reason: $0.reason, attempts: $0.attempts, soakIntervals: $0.soak.count)
        }
    }
}

/// What is left of a commissioning to do.
public struct CommissioningPlanDocument: Codable, Sendable, Hashable {
    /// One step.
    public struct Step: Codable, Sendable, Hashable {
        /// Its name.
        public var step: String
        /// Its phases, in order.
        public var phases: [CalibrationPlanDocument.Phase]
        /// Quadrature samples in all.
        public var samples: Int64
        /// s in all, without the people.
        public var seconds: Double
        /// What whoever begins it should know.
        public var remarks: [String]
    }

    /// Serial number.
    public var alice: String
    /// Serial number.
    public var bob: String
    /// Those that are left, in order.
    public var steps: [Step]
    /// Quadrature samples in all.
    public var samples: Int64
    /// s in all, without the people.
    public var seconds: Double

    /// The document of plans.
    public init(_ checklist: CommissioningChecklist, _ plans: [StepPlan]) {
        alice = checklist.alice.serial
        bob = checklist.bob.serial
        steps = plans.map { plan in
            Step(
                step: plan.step.rawValue,
                phases: plan.phases.map {
                    CalibrationPlanDocument.Phase(
                        name: $0.name, title: $0.title, samples: $0.samples, seconds: $0.seconds)
                }, samples: plan.samples, seconds: plan.seconds, remarks: plan.remarks)
        }
        samples = plans.reduce(0) { $0 + $1.samples }
        seconds = plans.reduce(0) { $0 + $1.seconds }
    }
}
