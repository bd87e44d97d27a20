public import Calibration
public import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import LinkMonitors
internal import UnitControl
internal import UnitProtocol

/// What a session is compared with: the records of Bob and of the pair if they hold here and now, else its own first
/// windows, and then it says so. Looked for when the light is on, because only then conditions can be compared.
public struct SessionReference: Sendable {
    /// What is missing.
    public enum Gap: Sendable {
        /// The store cannot be read.
        case store(RecordError)
        /// A unit does not say how it is.
        case unit(KeyDoubt)
        /// A file is damaged, and may have been the newest record.
        case damage(String)
        /// A record is missing or does not hold.
        case record(KeyPermission.Requirement)
        /// Bob's record holds and has not what a session is compared with.
        case values(SessionBaseline.Gap, bob: String)
    }

    /// The records and their values; nil if nothing is proven.
    public private(set) var found: SessionBaseline?
    /// What is missing.
    public private(set) var gaps: [Gap] = []
    /// The records that the session rests on, also where one does not hold, and who signed them.
    public private(set) var evidence: SessionEvidence

    /// Looks for it. Never throws: a store that cannot be read is a gap, and whether a key session may go on is the key
    /// question's business. Records expire by `date`, the wall clock.
    static func find(
        _ records: StateFolder, _ pins: StationPins?, _ units: LinkUnits, _ settings: LinkSettings,
        date: @Sendable () -> Date
    ) async -> SessionReference {
        let contents: StoreContents
        do throws(RecordError) { contents = try CalibrationStore(records, pins: pins).contents() } catch {
            return SessionReference(gap: .store(error), store: records.path)
        }
        do throws(KeyDoubt) {
            let alice = try await KeyQuestion.conditions(of: units.alice, lit: true)
            let bob = try await KeyQuestion.conditions(of: units.bob, lit: true)
            return SessionReference(contents, alice, bob, settings, now: date())
        } catch {
            return SessionReference(gap: .unit(error), store: records.path)
        }
    }

    private init(gap: Gap, store: String) {
        gaps = [gap]
        evidence = SessionEvidence(store: store)
    }

    init(
        _ contents: StoreContents, _ alice: UnitConditions, _ bob: UnitConditions, _ settings: LinkSettings, now: Date
    ) {
        let permission = KeyPermission(
            contents, alice: alice, bob: bob, isTestLink: alice.isEmulated && bob.isEmulated, now: now)
        evidence = SessionEvidence(contents, permission)
        gaps = permission.damage.map { .damage($0.description) }
        func record(_ procedure: CalibrationRecord.Procedure) -> NamedRecord? {
            guard permission.damage.isEmpty,
                let need = permission.requirements.first(where: { $0.procedure == procedure })
            else { return nil }
            guard need.isMet, let stored = contents.records.first(where: { $0.name == need.record }) else {
                gaps.append(.record(need))
                return nil
            }
            return NamedRecord(name: stored.name, record: stored.record)
        }
        let (receiver, link) = (record(.bob), record(.pair))
        guard let receiver else { return }
        do throws(SessionBaseline.Gap) {
            found = try SessionBaseline(
                bob: receiver, pair: link,
                others: contents.records.map { NamedRecord(name: $0.name, record: $0.record) },
                capabilities: settings.receiver, modulationVariance: settings.plan.modulationVariance,
                age: Self.age(receiver.record, now),
                sessionPower: bob.telemetry?[TelemetryQuantity.localOscillatorPower.name] ?? nil)
        } catch {
            gaps.append(.values(error, bob: bob.serial))
        }
    }

    /// Age of a record as a part of its life; all of it if the record does not say how long it lives.
    private static func age(_ record: CalibrationRecord, _ now: Date) -> Double {
        guard let expires = record.validity?.expires, expires > record.ended else { return 1 }
        return now.timeIntervalSince(record.ended) / expires.timeIntervalSince(record.ended)
    }
}
