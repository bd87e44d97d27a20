internal import Calibration
internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import LinkMonitors
internal import LinkOperation
internal import QuadratureAnalysis
internal import RawKey
internal import UnitControl
internal import UnitProtocol

/// Why an end has nothing to compare its evidence with.
struct NoReference: Error, CustomStringConvertible {
    let description: String
}

/// What the records of a node say about its end of a link.
struct StoredReferences: Sendable {
    let store: StateFolder
    let pins: StationPins?
    let now: @Sendable () -> Date

    init(store: StateFolder, pins: StationPins?, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.store, self.pins, self.now) = (store, pins, now)
    }

    private func contents() throws(NoReference) -> StoreContents {
        do throws(RecordError) { return try CalibrationStore(store, pins: pins).contents() } catch {
            throw NoReference(description: error.description)
        }
    }

    /// Bob's: V_on and V_off of his record, T of the newest pair's. His local oscillator may still be off.
    func receiver(
        _ unit: any CalibratedEnd, _ capabilities: Capabilities, modulationVariance: Double
    ) throws(NoReference) -> (baseline: SessionBaseline, references: SessionReferences) {
        let contents = try contents()
        let serial = unit.identity.serial
        guard let bob = contents.latest(.bob, of: [serial]) else {
            throw NoReference(description: "there is no calibration of \(serial)")
        }
        let pairs = contents.records.filter {
            $0.record.procedure == .pair && $0.record.units.contains { $0.serial == serial }
        }
        guard let newest = pairs.max(by: { $0.record.ended < $1.record.ended }) else {
            throw NoReference(description: "there is no calibration of a pair with \(serial)")
        }
        do throws(SessionBaseline.Gap) {
            let found = try SessionBaseline(
                bob: NamedRecord(name: bob.name, record: bob.record),
                pair: NamedRecord(name: newest.name, record: newest.record),
                others: contents.records.map { NamedRecord(name: $0.name, record: $0.record) },
                capabilities: capabilities, modulationVariance: modulationVariance, age: 0, sessionPower: nil)
            let age = now().timeIntervalSince(max(bob.record.ended, newest.record.ended))
            return (
                found,
                SessionReferences(
                    evidence: .receiver(Self.receiver(found, capabilities)), records: [bob.name, newest.name],
                    age: max(0, age), modulationVariance: ReferenceValue(modulationVariance, sigma: 0),
                    localOscillatorPower: .nan)
            )
        } catch {
            throw NoReference(description: error.description)
        }
    }

    private static func receiver(_ found: SessionBaseline, _ capabilities: Capabilities) -> ReceiverReference {
        let baseline = found.baseline
        func channel(_ part: KeyPath<ReceiverMoments, QuadratureMoments>) -> ReceiverReference.Channel {
            let (vacuum, dark) = (baseline.vacuum[keyPath: part], baseline.dark[keyPath: part])
            return ReceiverReference.Channel(
                vacuum: ReferenceValue(vacuum), electronic: ReferenceValue(dark), mean: vacuum.mean)
        }
        let isHeterodyne = capabilities.detection == .heterodyne
        return ReceiverReference(
            x: channel(\.x), p: isHeterodyne ? channel(\.p) : nil, electronicSamples: UInt64(baseline.dark.samples),
            localOscillatorPower: baseline.localOscillatorPower ?? .nan,
            detectorEfficiency: capabilities.detectorEfficiency,
            transmittance: baseline.sensitivity.transmittance.value)
    }

    /// Alice's: the power at her monitor that belongs to a V_A, of her record.
    func transmitter(
        _ unit: any CalibratedEnd, modulationVariance: Double
    ) throws(NoReference) -> SessionReferences {
        let contents = try contents()
        let serial = unit.identity.serial
        guard let alice = contents.latest(.alice, of: [serial]) else {
            throw NoReference(description: "there is no calibration of \(serial)")
        }
        func found(_ name: String) -> (value: Double, sigma: Double)? {
            alice.record.measurement(name).flatMap { found in
                found.value.map { (value: $0, sigma: found.sigma ?? 0) }
            }
        }
        guard let conversion = found("monitorConversion"), let dark = found("monitorDarkPower") else {
            throw NoReference(description: "the calibration of \(serial) does not say what its monitor shows")
        }
        let carrier = found("carrierPowerInForce") ?? (0, 0)
        let power = dark.value + carrier.value + conversion.value * modulationVariance
        let share = conversion.sigma / conversion.value
        let sigma =
            (dark.sigma * dark.sigma + carrier.sigma * carrier.sigma
            + (share * conversion.value * modulationVariance) * (share * conversion.value * modulationVariance))
            .squareRoot()
        let variance = ReferenceValue(modulationVariance, sigma: modulationVariance * share)
        return SessionReferences(
            evidence: .transmitter(
                TransmitterReference(
                    monitorPower: ReferenceValue(power, sigma: sigma), modulationVariance: variance)),
            records: [alice.name], age: max(0, now().timeIntervalSince(alice.record.ended)),
            modulationVariance: variance, localOscillatorPower: .nan)
    }
}
