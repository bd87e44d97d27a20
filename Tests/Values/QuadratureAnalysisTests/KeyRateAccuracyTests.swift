import Foundation
import Repository
import Testing

@testable import QuadratureAnalysis

/// The cancellation-free forms against the literal ones at 120 digits (Tests/ReferenceValues/key_rate.py).
struct KeyRateAccuracyTests {
    struct Row {
        var receiver: ReceiverModel
        var link: LinkParameters
        var information: Double
        var bound: Double
        var line: Substring
    }

    static func rows(_ file: String = "key-rate.csv") throws -> [Row] {
        let path = Repository.root.appending(path: "Tests/ReferenceValues/\(file)")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            let fields = $0.split(separator: ",")
            let numbers = fields.dropFirst(2).compactMap { Double($0) }
            try #require(numbers.count == 7)
            return Row(
                receiver: try ReceiverModel(
                    detection: try #require(Detection(rawValue: String(fields[0]))), efficiency: numbers[3],
                    electronicNoise: ShotNoiseUnits(numbers[4]),
                    trust: try #require(ReceiverModel.Trust(rawValue: String(fields[1])))),
                link: try LinkParameters(
                    modulationVariance: ShotNoiseUnits(numbers[0]), transmittance: Transmittance(numbers[1]),
                    excessNoise: ExcessNoise(numbers[2])),
                information: numbers[5], bound: numbers[6], line: $0)
        }
    }

    /// Entropies of up to 14 bits are subtracted: 1e-14 is a few units in their last place.
    @Test func `the Holevo bound is exact to 1e-14 bits, from T of 1e-6 to 1 and V up to 1e4`() throws {
        let rows = try Self.rows()
        #expect(rows.count == 1500)
        for row in rows {
            let bound = row.receiver.holevoBound(row.link).value
            #expect(abs(bound - row.bound) <= 1e-14, "\(bound) for \(row.line)")
        }
    }

    @Test func `the mutual information is exact to fourteen digits`() throws {
        for row in try Self.rows() {
            let information = row.receiver.detection.mutualInformation(
                signalToNoise: row.receiver.signalToNoise(row.link)
            ).value
            #expect(abs(information / row.information - 1) <= 1e-14, "\(information) for \(row.line)")
        }
    }

    /// √2·erf⁻¹(1−ε) from mpmath at 40 digits.
    @Test(arguments: [
        (1e-300, 37.065787880772130393), (1e-100, 21.305940069351527446), (1e-20, 9.3360448492340600354),
        (1e-10, 6.4669510872405161718), (1e-6, 4.8916384756985903862), (0.0026997960632601891, 3),
        (0.05, 1.9599639845400542355), (0.5, 0.6744897501960817432), (0.99, 0.012533469508069263161),
    ])
    func `the worst-case factor is exact to fourteen digits`(epsilon: Double, expected: Double) throws {
        #expect(abs(try FailureProbability(epsilon).deviations / expected - 1) < 1e-14)
    }

    /// Nothing may jump where the channel becomes perfect: the bound leaves that at T = 1 as slowly as
    /// the entropy of the photons that are lost.
    @Test(arguments: [1e-3, 1, 100, 1e4])
    func `the bound is continuous up to T = 1`(modulation: Double) throws {
        for detection in Detection.allCases {
            for trust in ReceiverModel.Trust.allCases {
                for (efficiency, electronic) in [(1.0, 0.0), (0.6, 0.1)] {
                    let receiver = try KeyRateTests.receiver(
                        detection, efficiency: efficiency, electronicNoise: electronic, trust)
                    for noise in [0, 1e-6, 0.05] {
                        let perfect = receiver.holevoBound(try KeyRateTests.link(modulation, 1, noise)).value
                        for power in 4...52 {
                            let lost = pow(2, -Double(power))
                            let bound = receiver.holevoBound(try KeyRateTests.link(modulation, 1 - lost, noise)).value
                            let allowed = 2 * thermalEntropy((modulation + 2) * lost) + 1e-14
                            #expect(abs(bound - perfect) <= allowed, "T = 1 − 2^−\(power)")
                        }
                    }
                }
            }
        }
    }

    @Test func `an impossible spectrum is an infinite bound`() {
        for detection in Detection.allCases {
            func bound(_ noise: Double, modulation: Double = 5, transmittance: Double = 0.3) -> Double {
                SymplecticSpectrum(
                    modulation: modulation, transmittance: transmittance, noise: noise, trustedLoss: 0.8,
                    detection: detection
                ).holevoBound
            }
            #expect(bound(-0.1) == .infinity)
            #expect(bound(-1e-5) == .infinity)
            // Below what rounding of an input explains, it counts as none.
            #expect(bound(-1e-9).isFinite)
            #expect(bound(.nan) == .infinity)
            #expect(bound(.infinity) == .infinity)
            #expect(bound(0.01, modulation: .nan) == .infinity)
            #expect(bound(0.01, modulation: 1e200) == .infinity)
            #expect(bound(0.01, transmittance: .nan) == .infinity)
        }
    }

    @Test func `entropy of a thermal state, small and large`() {
        #expect(thermalEntropy(0) == 0)
        #expect(abs(thermalEntropy(1) - 2) < 1e-15)
        // x(1 − ln x)/ln 2 for small x, log2(x) + 1/ln 2 for large x.
        #expect(abs(thermalEntropy(1e-200) / (1e-200 * (1 - log(1e-200)) / log(2)) - 1) < 1e-14)
        #expect(abs(thermalEntropy(1e-149) / (1e-149 * (1 - log(1e-149)) / log(2)) - 1) < 1e-14)
        #expect(abs(thermalEntropy(1e12) - (log2(1e12) + 1 / log(2))) < 1e-11)
        #expect(thermalEntropy(.nan).isNaN)
    }
}
