import Calibration
import CalibrationRecords
import Foundation
import LinkControl
import LinkMonitors
import LinkOperation
import NodeReports
import QuadratureAnalysis

/// What a session is compared with, for scripts.
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
        reasons = reference.gaps.map(\.words)
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

extension SessionReference.Gap {
    /// What is missing, and the command that mends it.
    fileprivate var words: String {
        switch self {
        case .store(let error): CommandFailure(any: error).message
        case .unit(let doubt): CommandFailure(doubt).message
        case .damage(let file): file
        case .record(let need): "\(need.reason). '\(need.remedy)' makes one"
        case .values(let gap, let bob): "\(gap). 'cvqkd calibrate bob \(bob)' makes a new one"
        }
    }
}
