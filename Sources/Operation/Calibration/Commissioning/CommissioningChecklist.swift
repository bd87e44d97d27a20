public import CalibrationRecords
public import Foundation

/// An installation as far as it has come: what was done, what is next. Kept in a file that a person can read, so that a
/// power cut costs one step.
public struct CommissioningChecklist: Codable, Sendable, Hashable {
    /// Version of this layout.
    public var version = 1
    /// When it began.
    public var started: Date
    /// The transmitter, as it was then.
    public var alice: CalibrationRecord.UnitDescription
    /// The receiver.
    public var bob: CalibrationRecord.UnitDescription
    /// All steps, in order.
    public private(set) var entries: [Entry]

    /// One step.
    public struct Entry: Codable, Sendable, Hashable {
        /// Which.
        public var step: CommissioningStep
        /// How far it is.
        public var state: State
        /// What it found; nil until it is done.
        public var record: CalibrationRecord?
        /// Name of the signed record in the store, for the steps that leave one there.
        public var stored: String?
        /// Why it was skipped, or what stopped it last time.
        public var reason: String?
        /// How often it was begun.
        public var attempts: Int
        /// Points of an unfinished soak.
        public var soak: [SoakPoint]
        /// Symbols that a session needs to show what the last one could not, by what it found; nil if nothing is known of it.
        public var symbolsWanted: UInt64?
    }

    /// How far a step is.
    public enum State: String, Codable, Sendable, Hashable {
        /// Not begun.
        case pending
        /// Begun. If nobody works on it, it was interrupted, and is to be done again.
        case begun
        /// Carried out; what it found may be outside limits.
        case done
        /// Left out on purpose: the dossier is incomplete.
        case skipped
    }

    /// Why a checklist is not one for these units.
    public enum Mismatch: Error, Equatable, Sendable, CustomStringConvertible {
        /// It was begun with other units.
        case otherUnit(role: String, expected: String, found: String)
        /// A unit has other firmware than when it began.
        case otherFirmware(serial: String, expected: String, found: String)

        /// One sentence for a person.
        public var description: String {
            switch self {
            case .otherUnit(let role, let expected, let found):
                "the checklist was begun with \(role) \(expected), and this is \(found). Another installation needs a checklist of its own"
            case .otherFirmware(let serial, let expected, let found):
                "\(serial) had firmware \(expected) when the checklist was begun, and has \(found) now: what was measured may not hold. Begin again"
            }
        }
    }

    /// A new one.
    public init(started: Date, alice: CalibrationRecord.UnitDescription, bob: CalibrationRecord.UnitDescription) {
        self.started = started
        self.alice = alice
        self.bob = bob
        entries = CommissioningStep.allCases.map { Entry(step: $0, state: .pending, attempts: 0, soak: []) }
    }

    /// Throws if it belongs to other units, or to these with other firmware.
    public func check(
        alice: CalibrationRecord.UnitDescription, bob: CalibrationRecord.UnitDescription
    ) throws(Mismatch) {
        for (role, expected, found) in [("Alice", self.alice, alice), ("Bob", self.bob, bob)] {
            guard expected.serial == found.serial else {
                throw .otherUnit(role: role, expected: expected.serial, found: found.serial)
            }
            guard expected.firmware == found.firmware else {
                throw .otherFirmware(serial: found.serial, expected: expected.firmware, found: found.firmware)
            }
        }
    }

    /// The first step that is neither done nor skipped; nil if all are.
    public var next: CommissioningStep? {
        entries.first { $0.state == .pending || $0.state == .begun }?.step
    }

    /// A step's entry.
    public subscript(step: CommissioningStep) -> Entry {
        entries.first { $0.step == step } ?? Entry(step: step, state: .pending, attempts: 0, soak: [])
    }

    private mutating func change(_ step: CommissioningStep, _ body: (inout Entry) -> Void) {
        if let index = entries.firstIndex(where: { $0.step == step }) { body(&entries[index]) }
    }

    /// A step begins; what it found before no longer counts, except the points of an unfinished soak.
    public mutating func begin(_ step: CommissioningStep) {
        change(step) { entry in
            let soak = entry.state == .begun ? entry.soak : []
            entry = Entry(
                step: step, state: .begun, attempts: entry.attempts + 1, soak: soak, symbolsWanted: entry.symbolsWanted)
        }
    }

    /// A session has shown how many symbols the next one needs.
    public mutating func want(symbols: UInt64?, for step: CommissioningStep) {
        change(step) { $0.symbolsWanted = symbols }
    }

    /// A soak has gone on.
    public mutating func keep(_ points: [SoakPoint]) { change(.soak) { $0.soak = points } }

    /// A step was carried out to its end.
    public mutating func finish(_ step: CommissioningStep, _ record: CalibrationRecord, stored: String? = nil) {
        change(step) { entry in
            entry.state = .done
            entry.record = record
            entry.stored = stored
            entry.reason = nil
        }
    }

    /// A step was stopped in its middle.
    public mutating func stop(_ step: CommissioningStep, because reason: String) { change(step) { $0.reason = reason } }

    /// A step is left out on purpose.
    public mutating func skip(_ step: CommissioningStep, because reason: String) {
        change(step) {
            $0 = Entry(step: step, state: .skipped, reason: reason, attempts: $0.attempts, soak: [])
        }
    }
}
