import Calibration
import CalibrationRecords
import Foundation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import VirtualTime

/// Receivers, sound and not, against what the emulator knows of them.
@Suite(.serialized, .virtualTime) struct BobCalibrationTests {
    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne])
    func `a sound receiver is measured as it is`(receiver: PairModel.Receiver) async throws {
        let bench = try await Bench(seed: 301) {
            $0.model.receiver = receiver
            $0.model.offsetX = 12
            $0.model.offsetP = -7
        }
        let record = try await bench.calibrateBob().record
        let model = bench.pair.configuration.model
        // Rounding to whole steps adds 1/12 to each variance.
        let dark = model.electronicNoise * model.shotNoiseVariance + 1.0 / 12
        try agrees(record, "electronicVariance", dark)
        try agrees(record, "vacuumVariance", dark + model.shotNoiseVariance)
        try agrees(record, "shotNoiseVariance", model.shotNoiseVariance)
        try agrees(record, "electronicNoise", dark / model.shotNoiseVariance)
        try agrees(record, "clearanceDecibels", 10 * log10(1 + model.shotNoiseVariance / dark))
        try agrees(record, "shotNoiseSlope", model.shotNoiseVariance / model.nominalPower)
        try agrees(record, "quadraticShare", 0)
        try agrees(record, "offsetX", 12 / model.shotNoiseVariance.squareRoot())
        if receiver == .heterodyne {
            try agrees(record, "offsetP", -7 / model.shotNoiseVariance.squareRoot())
            try agrees(record, "gainRatio", 1)
            try agrees(record, "quadratureCorrelation", 0)
        } else {
            #expect(record.measurement("gainRatio") == nil)
        }
        try agrees(record, "kurtosisX", 3)
        try agrees(record, "leastClearance", 10 * log10(1 + model.shotNoiseVariance / dark))
        #expect(record.outcome == .pass)
        #expect(record.units.map(\.serial) == ["NOVA-B-0001"])
        #expect(record.isEmulated && record.remarks.contains { $0.hasPrefix("EMULATED") })
        #expect(record.remarks.contains { $0.contains("η as stated") })
        #expect(try found(record, "detectorEfficiency").source == .stated)
        await bench.close()
    }

    /// The last power of the sweep is another, and telemetry is measured ten times a second.
    @Test(arguments: [3, 4, 5] as [UInt64])
    func `the power at the record's end is that of the last phase, however short it was`(seed: UInt64) async throws {
        let bench = try await Bench(seed: seed)
        let record = try await bench.calibrateBob { plan in
            (plan.darkSamples, plan.vacuumSamples, plan.sweepSamples) = (100_000, 200_000, 100_000)
            (plan.stabilityWindows, plan.stabilityWindowSamples) = (8, 20_000)
        }.record
        let power = try #require(record.conditions.first { $0.name == "local_oscillator_power" }?.atEnd)
        #expect(abs(power - 0.01) < 0.0002, "\(power)")
        await bench.close()
    }

    /// Its position follows the command; only the sensor tells.
    @Test func `a shutter that is stuck open ends a calibration by its name, before anything is taken for vacuum`()
        async throws
    {
        let bench = try await Bench(seed: 331)
        bench.pair.inject(.shutterStuck, strength: 1)
        let outcome = try await bench.calibrateBob()
        guard case .unit(.bob, .shutterDiffers(let reading)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(reading == ShutterReading(command: .closed, position: .closed, sensorIsClosed: false))
        #expect(outcome.record.outcome == .incomplete && outcome.record.measurement("vacuumVariance") == nil)
        let pair = try await PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: Bench.pairPlan)
        let both = try await CalibrationRun(pair, context: Bench.context).perform()
        guard case .unit(.bob, .shutterDiffers) = both.failure else {
            Issue.record("\(String(describing: both.failure))")
            return
        }
        #expect(await !LightReading(reading: bench.bob).isDark)
        bench.pair.inject(.shutterStuck, strength: 0)
        #expect(await LightReading(reading: bench.bob).isDark)
        await bench.close()
    }

    @Test func `the record has sums, curves, conditions and a validity that a stranger can use`() async throws {
        let bench = try await Bench(seed: 302)
        let record = try await bench.calibrateBob().record
        let vacuum = record.rawSums.filter { $0.kind == "vacuum" }
        #expect(vacuum.map(\.quadrature) == ["x", "p"])
        let variances = vacuum.map { sums in
            let (n, s) = (Double(sums.samples), Double(sums.sum))
            return (Double(sums.sumOfSquares) - s * s / n) / (n - 1)
        }
        let recomputed = (variances[0] + variances[1]) / 2
        let stated = try #require(record.measurement("vacuumVariance")?.value)
        #expect(abs(recomputed - stated) < 1e-9 * stated)
        #expect(
            Set(record.curves.map(\.name)).isSuperset(of: [
                "linearity", "allan", "histogram", "spectrumOff", "spectrumOn",
            ]))
        #expect(record.curves.allSatisfy { $0.x.count == $0.y.count && [0, $0.x.count].contains($0.sigma.count) })
        #expect(record.curves.allSatisfy { ($0.x + $0.y + $0.sigma).allSatisfy(\.isFinite) })
        let temperature = try #require(record.conditions.first { $0.name == "detector_temperature" })
        #expect(temperature.atStart != nil && temperature.atEnd != nil)
        let validity = try #require(record.validity)
        #expect(abs(validity.expires.timeIntervalSince(record.ended) - 86_400) < 1)
        #expect(validity.reason == "policy")
        #expect(Set(validity.windows.map(\.quantity)) == ["detector_temperature", "local_oscillator_power"])
        #expect(validity.firmware == ["NOVA-B-0001": "0.1.0"])
        #expect(
            record.units[0].schemaFingerprint.count == 16 && record.units[0].schemaFingerprint != "0000000000000000")
        await bench.close()
    }

    @Test(arguments: [(-0.1, "saturates"), (0.1, "classical noise")])
    func `a curve in V(P) fails, and its sign is named`(share: Double, word: String) async throws {
        let bench = try await Bench(seed: 303) { $0.model.quadraticNoise = share }
        let record = try await bench.calibrateBob().record
        try agrees(record, "quadraticShare", share)
        #expect(try found(record, "quadraticShare").outcome == .fail)
        #expect(record.outcome == .fail)
        let linearity = try #require(record.phases.first { $0.name == "linearity" })
        #expect(linearity.note?.contains(word) == true)
        if share < 0 {
            // Where bP is 5 % of a.
            let bend = try #require(record.measurement("saturationPower")?.value)
            #expect(abs(bend - 0.5 * bench.pair.configuration.model.nominalPower) < 0.05 * bend)
        } else {
            #expect(record.measurement("saturationPower") == nil)
        }
        await bench.close()
    }

    @Test func `an imbalanced receiver is marginal, one that clips fails`() async throws {
        let imbalanced = try await Bench(seed: 304) { $0.model.imbalance = .init(gain: 0.08, angle: 0) }
        let record = try await imbalanced.calibrateBob().record
        try agrees(record, "gainRatio", 1.04 / 0.96)
        #expect(record.outcome == .marginal)
        await imbalanced.close()

        // Eight bits clip at 127 LSB, which is 1.2 σ: the unit really makes and counts up to 65,536 samples.
        let clipping = try await Bench(seed: 305) { $0.model.converterBits = 8 }
        let clipped = try await clipping.calibrateBob {
            $0.vacuumSamples = 20_000
            $0.darkSamples = 20_000
            $0.sweepSamples = 10_000
            $0.stabilityWindowSamples = 5_000
        }.record
        #expect(
            clipped.phases.first { $0.name == "shotNoise" }?.measurements.first { $0.name == "clippedSamples" }?.outcome
                == .fail)
        #expect(try found(clipped, "headroom").outcome == .fail)
        #expect(clipped.outcome == .fail)
        await clipping.close()
    }

    @Test func `without shot noise the procedure ends there and fails`() async throws {
        let bench = try await Bench(seed: 306) {
            $0.model.shotNoiseVariance = 1e-3 * 1000; $0.model.electronicNoise = 1e4
        }
        let outcome = try await bench.calibrateBob()
        #expect(outcome.failure == nil)
        #expect(outcome.record.outcome == .fail)
        #expect(outcome.record.phases.map(\.name) == ["electronicNoise", "darkSamples", "warmUp", "shotNoise"])
        #expect(outcome.record.remarks.contains { $0.hasPrefix("not carried out: quadratures") })
        #expect(bench.pair.bob.state == .dark)
        await bench.close()
    }

    @Test(arguments: [1550e-9, 1310e-9])
    func `light of known power verifies the efficiency as a ratio`(wavelength: Double) async throws {
        let bench = try await Bench(seed: 307) { $0.model.referenceLight = 1e-3 }
        let outcome = try await bench.calibrateBob {
            $0.powerReading = OpticalPowerReading(
                power: 1e-3, sigma: 1e-5, instrument: "ACME,PM1,1,1", wavelength: wavelength)
            $0.factoryEfficiency = FactoryEfficiency(value: 0.5, sigma: 0.005, record: "0123456789abcdef")
        }
        let record = outcome.record
        // The unit's η is 0.6, the factory's import says 0.5. The emulated light is of 193.4 THz: said to be of a shorter
        // wavelength, the same current would be of fewer photons.
        try agrees(record, "efficiencyRatio", 1.2 * 299_792_458 / wavelength / 193.4e12)
        #expect(try found(record, "efficiencyRatio").source == .verifiedRatio)
        #expect(try found(record, "detectorEfficiency").source == .factory)
        #expect(try found(record, "detectorEfficiency").value == 0.5)
        #expect(try found(record, "opticalPower").source == .instrument)
        #expect(record.instruments.map(\.identification) == ["ACME,PM1,1,1"])
        #expect(bench.pair.bob.state == .dark)
        await bench.close()

        let dark = try await Bench(seed: 308)
        let without = try await dark.calibrateBob { $0.powerReading = OpticalPowerReading(power: 1e-3, sigma: 1e-5) }
            .record
        #expect(try found(without, "efficiencyRatio").outcome == .fail, "no light came although some was promised")
        await dark.close()
    }

    @Test func `drift of the local oscillator shortens the record's life`() async throws {
        let bench = try await Bench(seed: 309) {
            $0.model.powerDrift = .sinusoid(amplitude: 0.05, period: 20)
        }
        let record = try await bench.calibrateBob {
            $0.stabilityWindows = 32
            $0.stabilityWindowSamples = 500_000
        }.record
        let validity = try #require(record.validity)
        #expect(validity.reason == "allan")
        #expect(validity.expires.timeIntervalSince(record.ended) < 3_600)
        #expect(try found(record, "usefulLife").outcome != .pass)
        await bench.close()
    }
}
