import Foundation
import Repository
import Testing

@testable import QuadratureAnalysis

/// Rates of links so long that a rate is far below the last place of the entropies that it is made of.
struct KeyRateHighLossTests {
    /// −log2(1−T): no protocol without repeaters has more key per symbol, whatever the receiver.
    static func repeaterlessBound(_ transmittance: Double) -> Double { -log1p(-transmittance) / log(2) }

    @Test func `the rate is exact at any loss up to 200 dB, compared with 120 digits`() throws {
        let rows = try KeyRateAccuracyTests.rows("key-rate-high-loss.csv")
        #expect(rows.count == 1000)
        for row in rows {
            let bound = row.receiver.holevoBound(row.link).value
            // Of the greatest rate that there can be, or of the rate where Eve knows far more than that.
            let scale = max(Self.repeaterlessBound(row.link.transmittance.value), abs(row.information - row.bound))
            let allowed = (1e-12 + 4e-15 * row.link.modulationVariance.value) * scale
            #expect(abs(bound - row.bound) <= allowed, "\(bound) for \(row.line)")
        }
    }

    @Test(arguments: Detection.allCases, [40, 100, 130, 160, 200.0])
    func `a perfect link has half of the repeaterless bound at most, at any loss`(
        detection: Detection, loss: Double
    ) throws {
        let channel = Transmittance(loss: Decibels(loss))
        let rate = KeyRate(
            link: try KeyRateTests.link(1000, channel.value, 0),
            receiver: try KeyRateTests.receiver(detection, efficiency: 1, electronicNoise: 0, .trusted),
            reconciliation: try ReconciliationEfficiency(1)
        ).asymptotic.value
        let share = rate / Self.repeaterlessBound(channel.value)
        #expect(share > 0.45 && share <= 0.5, "\(share)")
    }

    /// Over everything that is allowed: V_A up to 1e9, 0 to 200 dB and far beyond, no noise to far too much, β up to 1.
    @Test func `no rate exceeds the repeaterless bound`() throws {
        let seed: UInt64 = 0x504C_4F42
        var random = RandomSamples(seed: seed)
        for index in 0..<200_000 {
            let (receiver, link) = try Self.draw(&random)
            let beta = try ReconciliationEfficiency(random.word() & 1 == 0 ? 1 : 0.5 + 0.5 * random.uniform())
            let limit = Self.repeaterlessBound(link.transmittance.value)
            let rate = KeyRate(link: link, receiver: receiver, reconciliation: beta).asymptotic.value
            #expect(rate.isFinite && rate <= limit, "draw \(index) of seed \(seed): \(link) \(receiver): \(rate)")
            guard index % 10 == 0 else { continue }
            let plan = try FiniteSizePlan(
                blockSize: 9_000_000_000_000_000, estimationFraction: 0.01 + 0.98 * random.uniform(),
                failureProbability: try FailureProbability(0.9))
            let finite = plan.keyRate(link, receiver, beta).rate.value
            #expect(finite.isFinite && finite <= limit, "draw \(index) of seed \(seed): \(link) \(receiver): \(finite)")
        }
    }

    /// The product of two eigenvalues underflows here, and the rate was 31 times the bound.
    @Test func `a modulation and a link that nobody can build have no rate`() throws {
        let link = try KeyRateTests.link(8.654229288169644e-149, 2.4293195263185574e-176, 5.272016200392414)
        let receiver = try KeyRateTests.receiver(
            .homodyne, efficiency: 0.00045622927358806816, electronicNoise: 6.819402252337832e-05, .trusted)
        let rate = KeyRate(link: link, receiver: receiver, reconciliation: try ReconciliationEfficiency(1))
        #expect(rate.asymptotic.value <= 0)
    }

    private static func draw(_ random: inout RandomSamples) throws -> (ReceiverModel, LinkParameters) {
        func decades(_ from: Double, _ to: Double) -> Double { pow(10, from + (to - from) * random.uniform()) }
        func orNothing(_ from: Double, _ to: Double) -> Double { random.word() & 1 == 0 ? 0 : decades(from, to) }
        let receiver = try ReceiverModel(
            detection: random.word() & 1 == 0 ? .homodyne : .heterodyne,
            efficiency: random.word() & 1 == 0 ? 1 : decades(-6, 0),
            electronicNoise: ShotNoiseUnits(orNothing(-20, 3)),
            trust: random.word() & 1 == 0 ? .trusted : .untrusted)
        let link = try LinkParameters(
            modulationVariance: ShotNoiseUnits(random.word() & 7 == 0 ? decades(-300, -6) : decades(-6, 9)),
            transmittance: Transmittance(random.word() & 7 == 0 ? decades(-300, -20) : decades(-20, 0)),
            excessNoise: ExcessNoise(orNothing(-20, 9)))
        return (receiver, link)
    }

    @Test func `a rise of entropy is continuous where its formula changes`() {
        for photons in [1e-6, 0.3, 2, 19, 21, 1e3, 1e8] {
            for share in [0.0999, 0.1001, 0.4999, 0.5001] {
                let rise = photons * share
                let plain = thermalEntropy(photons + rise) - thermalEntropy(photons)
                let allowed = 1e-14 * max(1, thermalEntropy(photons))
                #expect(abs(thermalEntropyRise(from: photons, by: rise) - plain) < allowed)
            }
            #expect(thermalEntropyRise(from: photons, by: 0) == 0)
        }
        #expect(thermalEntropyRise(from: 0, by: 1) == thermalEntropy(1))
    }
}
