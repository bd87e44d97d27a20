internal import Calibration
internal import CalibrationRecords
public import Foundation
internal import LinkControl
internal import LinkMonitors
public import LinkOperation
internal import QuadratureAnalysis

/// What a session is compared with.
public struct BaselineDocument: Codable, Sendable, Hashable {
    /// A record that holds.
    public struct Record: Codable, Sendable, Hashable {
        /// SHA-256 of its bytes.
        public var name: String
        /// When it was finished.
        public var ended: Date
        /// Absent if it does not say how long it holds.
        public var expires: Date?
        /// Whether a unit had no optics behind it.
        public var emulated: Bool

        init(_ record: NamedRecord) {
            name = record.name
            ended = record.record.ended
            expires = record.record.validity?.expires
            emulated = record.record.isEmulated
        }
    }

    /// `calibration`, or `unproven`: then the session is compared with its own first windows, which cannot show what was
    /// wrong from the start.
    public var status: String
    /// Bob's.
    public var bobRecord: Record?
    /// Of the pair.
    public var pairRecord: Record?
    /// Age of Bob's record as a part of its useful life.
    public var ageing: Double?
    /// As calibrated.
    public var vacuumVariance: LinkValue?
    /// As it should be at the power that the local oscillator has in this session: windows are compared with it.
    public var expectedVacuumVariance: LinkValue?
    /// V_off.
    public var electronicVariance: LinkValue?
    /// N0.
    public var shotNoise: LinkValue?
    /// v_el.
    public var electronicNoise: LinkValue?
    /// Of the calibration.
    public var localOscillatorPower: LinkValue?
    /// As this session would find it, which takes η as the unit states it.
    public var transmittance: LinkValue?
    /// What is missing, and what mends it.
    public var reasons: [String]

    /// The document of a reference; `describe` puts a gap in words.
    public init(_ reference: SessionReference, describe: (SessionReference.Gap) -> String) {
        reasons = reference.gaps.map(describe)
        status = reference.found == nil ? "unproven" : "calibration"
        guard let found = reference.found else { return }
        let baseline = found.baseline
        bobRecord = Record(found.bob)
        pairRecord = found.pair.map(Record.init)
        ageing = baseline.ageing
        let (on, off) = (baseline.reference(.calibration).variance, baseline.dark.variance)
        let shot = on.value.value - off.value.value
        let sigma = (on.sigma.value * on.sigma.value + off.sigma.value * off.sigma.value).squareRoot()
        vacuumVariance = LinkValue(on, "LSB^2")
        expectedVacuumVariance = LinkValue(baseline.reference(.calibration).expected.variance, "LSB^2")
        electronicVariance = LinkValue(off, "LSB^2")
        shotNoise = LinkValue(value: shot.finite, sigma: sigma.finite, unit: "LSB^2")
        electronicNoise = found.bob.record.measurement("electronicNoise").map {
            LinkValue(value: $0.value, sigma: $0.sigma, unit: $0.unit)
        }
        localOscillatorPower = baseline.localOscillatorPower.map {
            LinkValue(value: $0.finite, sigma: nil, unit: "W")
        }
        transmittance = baseline.transmittance.map { LinkValue($0, "1") }
    }
}
