public import Foundation

/// Whether a pair may make key now. Three records must hold: Bob's, because every sample is divided by its shot noise;
/// Alice's, because V_A scales T̂ and the key rate and nobody downstream can measure it; and the pair's. None of them
/// holds once somebody has worked on a unit that it concerns. Fail safe: what is missing, damaged or unknown refuses.
public struct KeyPermission: Sendable, Hashable {
    /// One record that is needed.
    public struct Requirement: Sendable, Hashable {
        /// Of which procedure.
        public var procedure: CalibrationRecord.Procedure
        /// Of which units.
        public var units: [String]
        /// Name of the newest record; nil if there is none.
        public var record: String?
        /// Why it does not hold.
        public var objections: [RecordObjection]

        /// Whether it is met.
        public var isMet: Bool { record != nil && objections.isEmpty }

        /// What is wrong; for one that is met, nothing.
        public var reason: String {
            let subject = "\(procedure.rawValue) calibration of \(units.joined(separator: " and "))"
            guard let record else { return "there is no \(subject)" }
            return "the \(subject) (\(record.prefix(12))) does not hold: "
                + objections.map(\.description).joined(separator: "; ")
        }
    }

    /// What is needed.
    public var requirements: [Requirement]
    /// Damage of the store that nobody has set aside: bytes that were changed say nothing about whose they were, and each
    /// could be a newer record that failed.
    public var damage: [StoreFinding]

    /// Whether everything holds.
    public var isGranted: Bool { damage.isEmpty && requirements.allSatisfy(\.isMet) }

    /// Judges a pair. With telemetry missing in both units (light still off) conditions are not judged: ask again when
    /// the light is on.
    public init(_ contents: StoreContents, alice: UnitConditions, bob: UnitConditions, isTestLink: Bool, now: Date) {
        let needs: [(CalibrationRecord.Procedure, [UnitConditions])] = [
            (.bob, [bob]), (.alice, [alice]), (.pair, [bob, alice]),
        ]
        requirements = needs.map { procedure, units in
            let serials = units.map(\.serial)
            guard let stored = contents.latest(procedure, of: serials) else {
                return Requirement(procedure: procedure, units: serials, record: nil, objections: [])
            }
            let objections = contents.verdict(
                on: stored, for: isTestLink ? .testLink : .link, units: units, now: now
            ).objections
            return Requirement(
                procedure: procedure, units: serials, record: stored.name, objections: objections)
        }
        damage = contents.refusing
    }

    /// Why not; nil if granted.
    public var refusal: String? {
        guard !isGranted else { return nil }
        if let first = damage.first {
            let others = damage.count - 1
            return "the store is damaged, and what is damaged could be the newest record of any unit: \(first)"
                + (others == 0 ? "" : ", and \(others) more")
                + ". Restore it from a backup; or calibrate again and have it set aside by a person"
        }
        let reasons = requirements.filter { !$0.isMet }.map(\.reason)
        return "no key without a valid calibration: \(reasons.joined(separator: "; "))"
    }
}
