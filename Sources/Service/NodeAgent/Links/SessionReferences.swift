internal import Foundation
internal import LinkControl
internal import RawKey
internal import QuadratureAnalysis
internal import RawKeyMessages
internal import SwiftProtobuf
internal import UnitProtocol

/// What one end knows before a session: what its evidence is compared with, and what stands in every header.
struct SessionReferences: Sendable {
    var evidence: KeyWindows.Reference
    /// Names of the records that this end rests on.
    var records: [String]
    /// Seconds since the newest of them was made.
    var age: Double
    /// V_A as calibrated, SNU.
    var modulationVariance: ReferenceValue
    /// Power of the local oscillator at the session's start, W.
    var localOscillatorPower: Double

    /// A header without what each block adds.
    func header(of begun: EndSession, _ terms: ReleaseTerms, _ policy: EvidencePolicy) -> Cvqkd_Rawkey_V1_BlockHeader {
        .with { header in
            header.identity = identity(begun, terms)
            header.calibration = calibration(begun)
            header.layout = layout(begun)
            header.provenance = .with {
                $0.software = "cvqkd-agent"
                $0.policy = Data(policy.digest)
                // All of docs/raw-key.md: no unit says that its vacuum switch cannot be seen from the line.
                $0.assumptions = Array(1...7)
                $0.detectorModel = "trusted"
                $0.vacuumObservable = "unknown"
            }
        }
    }

    private func identity(_ begun: EndSession, _ terms: ReleaseTerms) -> Cvqkd_Rawkey_V1_Identity {
        .with {
            $0.link = begun.link
            $0.end = begun.role == .alice ? .alice : .bob
            $0.unitSerial = begun.own.facts.serial
            $0.unitModel = begun.own.facts.model
            $0.unitFirmware = begun.own.facts.firmware
            $0.isEmulated = begun.own.facts.isEmulated || begun.peer.facts.isEmulated
            $0.session = begun.binding.session
            $0.binding = Data(begun.binding.bytes)
            $0.symbolsPerCell = terms.symbolsPerCell
            $0.symbolRate = begun.started.symbolRate
            $0.purpose = "\(begun.plan.purpose)".lowercased()
        }
    }

    private func calibration(_ begun: EndSession) -> Cvqkd_Rawkey_V1_Calibration {
        .with {
            $0.records = records
            $0.age = age
            $0.modulationVariance = Self.estimate(modulationVariance)
            $0.sampleScale = begun.started.sampleScale
            guard case .receiver(let receiver) = evidence else { return }
            $0.vacuumVarianceX = Self.estimate(receiver.x.vacuum)
            $0.electronicVarianceX = Self.estimate(receiver.x.electronic)
            if let p = receiver.p {
                $0.vacuumVarianceP = Self.estimate(p.vacuum)
                $0.electronicVarianceP = Self.estimate(p.electronic)
            }
            $0.electronicSamples = receiver.electronicSamples
            $0.detectorEfficiency = Self.estimate(
                ReferenceValue(begun.own.facts.detectorEfficiency, sigma: begun.own.facts.detectorEfficiencySigma))
            $0.calibratedLocalOscillatorPower = receiver.localOscillatorPower
            $0.localOscillatorPower = localOscillatorPower
        }
    }

    private func layout(_ begun: EndSession) -> Cvqkd_Rawkey_V1_Layout {
        .with {
            $0.basisBitSet = begun.started.sampleFormat == .x16Basis ? .p : .unspecified
            $0.pSign = 1
            $0.constellation = "gaussian"
            $0.cutOff = 0
            $0.filter = UInt32(begun.started.filterId)
            $0.meansRemoved = false
        }
    }

    private static func estimate(_ value: ReferenceValue) -> Cvqkd_Rawkey_V1_Estimate {
        .with { ($0.value, $0.sigma) = (value.value, value.sigma) }
    }
}

extension SessionReferences {
    /// V_off as the session itself has measured it stands in place of the calibration's.
    mutating func adopt(_ noise: ReceiverMoments) {
        guard case .receiver(var receiver) = evidence else { return }
        receiver.x.electronic = ReferenceValue(noise.x)
        receiver.p?.electronic = ReferenceValue(noise.p)
        receiver.electronicSamples = UInt64(max(0, noise.samples))
        evidence = .receiver(receiver)
    }
}

extension ReferenceValue {
    /// The variance of normal samples, with the standard deviation that follows from their number.
    init(_ moments: QuadratureMoments) {
        let variance = moments.variance.value
        self.init(variance, sigma: variance * (2 / Double(max(1, moments.samples))).squareRoot())
    }
}
