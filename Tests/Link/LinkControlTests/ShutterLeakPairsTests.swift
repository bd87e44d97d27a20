import CAllocationCounter
import Glibc
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitProtocol

@testable import LinkControl

/// Vacuum against what Alice disclosed for it, with known answers.
struct ShutterLeakPairsTests {
    static let symbols = 512

    /// A frame with its samples, and what makes both.
    private struct Source {
        var numbers = SeededNumbers(seed: 71)
        let detection: QuadratureAnalysis.Detection
        /// Gain of the closed shutter, Bob's LSB per Alice's LSB.
        var gain = 0.0
        var delay = 0
        var next: UInt64 = 0

        /// A slot: Bob's vacuum, Alice's words.
        mutating func slot() -> (bob: [UInt8], alice: [UInt8], first: UInt64) {
            let n = ShutterLeakPairsTests.symbols
            let words = (0..<2 * n).map { _ in 300 * numbers.normal() }
            func sent(_ symbol: Int, _ part: Int) -> Double {
                let index = symbol - delay
                return index >= 0 && index < n ? words[2 * index + part] : 0
            }
            var bob: [Int16] = []
            var bits = [UInt8](repeating: 0, count: (n + 7) / 8)
            for symbol in 0..<n {
                if detection == .heterodyne {
                    for part in 0...1 { bob.append(Int16(gain * sent(symbol, part) + 100 * numbers.normal())) }
                } else {
                    let basis = symbol % 3 == 0 ? 1 : 0
                    if basis == 1 { bits[symbol / 8] |= 1 << UInt8(symbol % 8) }
                    bob.append(Int16(gain * sent(symbol, basis) + 100 * numbers.normal()))
                }
            }
            defer { next += UInt64(n) }
            let measured = bob.withUnsafeBytes { [UInt8]($0) } + (detection == .homodyne ? bits : [])
            return (measured, words.map { Int16($0) }.withUnsafeBytes { [UInt8]($0) }, next)
        }
    }

    private static func frame(
        _ first: UInt64, _ kind: SymbolKind, _ content: StreamContent, _ format: SampleFormat, count: Int = symbols
    ) -> StreamFrame {
        StreamFrame(
            firstSymbol: first, droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01, count: UInt32(count),
            clippedSamples: 0, kind: kind, format: format, content: content, purpose: .test, flags: [])
    }

    private static func measured(_ detection: QuadratureAnalysis.Detection) -> SampleFormat {
        detection == .homodyne ? .x16Basis : .xp16
    }

    /// A leak of gain 0.02 over 400 slots of 512 symbols: |g|² is .0004 with σ given by the fit; 5 σ, probability 6e-7.
    @Test(arguments: [QuadratureAnalysis.Detection.heterodyne, .homodyne], [0, 7, -7])
    func `a leak is measured as it is`(detection: QuadratureAnalysis.Detection, delay: Int) throws {
        var source = Source(detection: detection, gain: 0.02, delay: delay)
        var pairs = ShutterLeakPairs(detection: detection)
        for _ in 0..<400 {
            let slot = source.slot()
            pairs.add(
                vacuum: Self.frame(slot.first, .vacuum, .measured, Self.measured(detection)),
                samples: slot.bob.span.bytes)
            let isTaken = pairs.add(
                disclosed: Self.frame(slot.first, .training, .disclosed, .xp16), samples: slot.alice.span.bytes,
                delay: delay)
            #expect(isTaken)
        }
        #expect(pairs.regression.symbols == Int64(400 * (Self.symbols - abs(delay))))
        let fit = try pairs.closeWindow().fit()
        #expect(abs(fit.squaredGain - 0.0004) < 5 * fit.squaredGainSigma)
        #expect(fit.significance > 20)
        #expect(abs(fit.residualVariance.value.value / 10_000 - 1) < 0.05)
        #expect(pairs.regression.symbols == 0)
    }

    @Test func `a tight shutter has no gain`() throws {
        var source = Source(detection: .heterodyne)
        var pairs = ShutterLeakPairs(detection: .heterodyne)
        for _ in 0..<400 {
            let slot = source.slot()
            pairs.add(vacuum: Self.frame(slot.first, .vacuum, .measured, .xp16), samples: slot.bob.span.bytes)
            _ = pairs.add(
                disclosed: Self.frame(slot.first, .training, .disclosed, .xp16), samples: slot.alice.span.bytes,
                delay: 0)
        }
        // |ĝ|/σ is Rayleigh distributed: above 6 with probability e^(−18) = 1.5e-8.
        #expect(try pairs.regression.fit().significance < 6)
    }

    @Test func `what does not belong to the vacuum frame before it is somebody else's`() {
        var source = Source(detection: .heterodyne)
        var pairs = ShutterLeakPairs(detection: .heterodyne)
        let slot = source.slot()
        func offer(_ first: UInt64, count: Int = Self.symbols, delay: Int? = 0) -> Bool {
            pairs.add(
                disclosed: Self.frame(first, .training, .disclosed, .xp16, count: count),
                samples: slot.alice.span.bytes.extracting(first: 4 * count), delay: delay)
        }
        #expect(!offer(0), "no vacuum yet")
        pairs.add(vacuum: Self.frame(0, .vacuum, .measured, .xp16), samples: slot.bob.span.bytes)
        #expect(!offer(512), "other symbols")
        #expect(!offer(0, count: 100), "other symbols")
        #expect(pairs.regression.symbols == 0)
        #expect(offer(0))
        #expect(!offer(0), "once only")
        #expect(pairs.regression.symbols == Int64(Self.symbols))
        pairs.add(vacuum: Self.frame(512, .vacuum, .measured, .xp16), samples: slot.bob.span.bytes)
        #expect(offer(512, delay: nil), "it is vacuum's, but nobody knows which symbols belong together")
        #expect(pairs.unplacedSymbols == UInt64(Self.symbols))
        #expect(pairs.regression.symbols == Int64(Self.symbols))
    }

    @Test(arguments: [QuadratureAnalysis.Detection.heterodyne, .homodyne])
    func `no frame costs an allocation`(detection: QuadratureAnalysis.Detection) {
        guard allocations_are_counted() else { return }
        var source = Source(detection: detection)
        let slot = source.slot()
        var pairs = ShutterLeakPairs(detection: detection)
        let vacuum = Self.frame(0, .vacuum, .measured, Self.measured(detection))
        let disclosed = Self.frame(0, .training, .disclosed, .xp16)
        func run(_ frames: Int) -> UInt64 {
            let before = allocations_of_thread()
            for _ in 0..<frames {
                pairs.add(vacuum: vacuum, samples: slot.bob.span.bytes)
                _ = pairs.add(disclosed: disclosed, samples: slot.alice.span.bytes, delay: 3)
            }
            return allocations_of_thread() - before
        }
        // The first frame makes the memory that stays.
        _ = run(1)
        #expect(run(100) == 0)
    }

    @Test func `lasting sums are always enough, and forget what is older than twice that`() {
        var sums = LastingSums(ShutterReadings())
        var one = ShutterReadings()
        one.add(1, closedShare: 0.5)
        var seen: [Int] = []
        for _ in 0..<9 {
            sums.add(one)
            seen.append(sums.present.readings)
            sums.turn { $0.readings >= 3 }
        }
        #expect(seen == [1, 2, 3, 4, 5, 6, 4, 5, 6])
    }
}

/// Normal deviates from a seed: Box and Muller on SplitMix64.
struct SeededNumbers {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return (Double((z ^ z >> 31) >> 12) + 0.5) * 0x1p-52
    }

    mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
