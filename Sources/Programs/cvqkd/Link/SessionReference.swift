import Calibration
import CalibrationRecords
import Foundation
import LinkControl
import LinkOperation
import LinkMonitors
import QuadratureAnalysis
import UnitControl
import UnitProtocol

/// What a session of `link start` is compared with: the records of Bob and of the pair if they hold here and now, else its
/// own first windows, and then it says so. Looked for when the light is on, because only then conditions can be compared.
struct SessionReference: Sendable {
    /// The records and their values; nil if nothing is proven.
    var found: SessionBaseline?
    /// What is missing, and the command that mends it.
    var reasons: [String] = []

    /// Never throws: a store that cannot be read is a reason, and whether a key session may go on is `KeyGate`'s business.
    static func find(_ state: StateFolder, _ pair: LinkUnits, _ settings: LinkSettings) async -> SessionReference {
        do {
            let contents = try CalibrationStore(state).contents()
            let alice = try await KeyQuestion.conditions(of: pair.alice, lit: true)
            let bob = try await KeyQuestion.conditions(of: pair.bob, lit: true)
            return SessionReference(contents, alice, bob, settings, now: Date())
        } catch {
            return SessionReference(reasons: ["\(CommandFailure(any: error).message)"])
        }
    }

    private init(reasons: [String]) { self.reasons = reasons }

    init(
        _ contents: StoreContents, _ alice: UnitConditions, _ bob: UnitConditions, _ settings: LinkSettings, now: Date
    ) {
        let permission = KeyPermission(
            contents, alice: alice, bob: bob, isTestLink: alice.isEmulated && bob.isEmulated, now: now)
        reasons = permission.damage.map(\.description)
        func record(_ procedure: CalibrationRecord.Procedure) -> NamedRecord? {
            guard permission.damage.isEmpty,
                let need = permission.requirements.first(where: { $0.procedure == procedure })
            else { return nil }
            guard need.isMet, let stored = contents.records.first(where: { $0.name == need.record }) else {
                reasons.append("\(need.reason). '\(need.command)' makes one")
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
            reasons.append("\(error). 'cvqkd calibrate bob \(bob.serial)' makes a new one")
        }
    }

    /// Age of a record as a part of its life; all of it if the record does not say how long it lives.
    private static func age(_ record: CalibrationRecord, _ now: Date) -> Double {
        guard let expires = record.validity?.expires, expires > record.ended else { return 1 }
        return now.timeIntervalSince(record.ended) / expires.timeIntervalSince(record.ended)
    }
}

/// The same for scripts.
struct BaselineDocument: Encodable, Sendable {
    struct Record: Encodable, Sendable {
        var name: String
        var ended: Date
        var expires: Date?
        var emulated: Bool
    }

    /// calibration, or unproven: then the session is compared with its own first windows, which cannot show what was wrong
    /// from the start.
    var status: String
    var bobRecord: Record?
    var pairRecord: Record?
    /// Age of Bob's record as a part of its useful life.
    var ageing: Double?
    /// As calibrated.
    var vacuumVariance: LinkDocument.Value?
    /// As it should be at the power that the local oscillator has in this session: windows are compared with it.
    var expectedVacuumVariance: LinkDocument.Value?
    var electronicVariance: LinkDocument.Value?
    var shotNoise: LinkDocument.Value?
    var electronicNoise: LinkDocument.Value?
    var localOscillatorPower: LinkDocument.Value?
    /// As this session would find it, which takes η as the unit states it.
    var transmittance: LinkDocument.Value?
    /// What is missing, and what mends it.
    var reasons: [String]

    init(_ reference: SessionReference) {
        reasons = reference.reasons
        status = reference.found == nil ? "unproven" : "calibration"
        guard let found = reference.found else { return }
        let baseline = found.baseline
        bobRecord = Record(found.bob)
        pairRecord = found.pair.map(Record.init)
        ageing = baseline.ageing
        let (on, off) = (baseline.reference(.calibration).variance, baseline.dark.variance)
        let shot = on.value.value - off.value.value
        let sigma = (on.sigma.value * on.sigma.value + off.sigma.value * off.sigma.value).squareRoot()
        vacuumVariance = LinkDocument.Value(on, "LSB²")
        expectedVacuumVariance = LinkDocument.Value(baseline.reference(.calibration).expected.variance, "LSB²")
        electronicVariance = LinkDocument.Value(off, "LSB²")
        shotNoise = LinkDocument.Value(value: shot.finite, sigma: sigma.finite, unit: "LSB²")
        electronicNoise = found.bob.record.measurement("electronicNoise").map {
            LinkDocument.Value(value: $0.value, sigma: $0.sigma, unit: $0.unit)
        }
        localOscillatorPower = baseline.localOscillatorPower.map {
            LinkDocument.Value(value: $0.finite, sigma: nil, unit: "W")
        }
        transmittance = baseline.transmittance.map { LinkDocument.Value($0, "1") }
    }

    /// For a person.
    var text: String {
        guard let bobRecord else {
            return "UNPROVEN, compared with its own first windows: " + reasons.joined(separator: "; ")
        }
        let pair = pairRecord.map { ", T of record \($0.name.prefix(12))" } ?? ", T of its own first windows"
        return "record \(bobRecord.name.prefix(12)) of \(bobRecord.ended.formatted(.iso8601))"
            + (bobRecord.emulated ? " (emulated)" : "") + pair
            + (reasons.isEmpty ? "" : "; UNPROVEN: " + reasons.joined(separator: "; "))
    }
}

extension BaselineDocument.Record {
    init(_ record: NamedRecord) {
        self.init(
            name: record.name, ended: record.record.ended, expires: record.record.validity?.expires,
            emulated: record.record.isEmulated)
    }
}
