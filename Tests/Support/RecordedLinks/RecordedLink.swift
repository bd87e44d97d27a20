internal import Foundation

/// Recordings of a whole link: `modulation`, `signal`, `off`, `on`, and for homodyne detection `basis` and `sifted`.
///
/// N0 = 40,000 LSB², v_el = 0.1 SNU, η = 0.6, V_A = 5 SNU, 0.001 √SNU per LSB.
public enum RecordedLink {
    static let scale = 0.001
    static let stated = #", "cvqkd:scale": 0.001"#

    /// A heterodyne link.
    public static func heterodyne(
        symbols: Int = 200_000, delay: Int = 5, transmittance: Double = 0.316, excessNoise: Double = 0.01
    ) throws -> RecordingFolder {
        let folder = try RecordingFolder()
        var random = NormalNumbers(seed: 1)
        let channel = 0.5 * 0.6 * transmittance
        let alice = words(2 * symbols, &random)
        let gain = (channel * 40_000).squareRoot() * scale
        let noise = random.samples(2 * symbols, variance: 40_000 * (1.1 + channel * excessNoise), mean: 4)
        let bob = noise.enumerated().map { index, sample in
            let source = index - 2 * delay
            return source < 0 ? sample : Int16((Double(sample) + gain * Double(alice[source])).rounded())
        }
        try folder.put("modulation", "modulation", alice, stated, datatype: "ci16_le")
        try folder.put("signal", "signal", bob, datatype: "ci16_le")
        try folder.put(
            "off", "electronic_noise", random.samples(2 * symbols, variance: 4000, mean: 4), datatype: "ci16_le")
        try folder.put("on", "vacuum", random.samples(2 * symbols, variance: 44_000, mean: 4), datatype: "ci16_le")
        return folder
    }

    /// A homodyne link. `sifted` are those of Alice's quadratures that Bob measured, at delay 0.
    public static func homodyne(
        symbols: Int = 200_000, delay: Int = 5, transmittance: Double = 0.316, excessNoise: Double = 0.01
    ) throws -> RecordingFolder {
        let folder = try RecordingFolder()
        var random = NormalNumbers(seed: 2)
        let channel = 0.6 * transmittance
        let alice = words(2 * symbols, &random)
        let gain = (channel * 40_000).squareRoot() * scale
        let basis = (0..<symbols).map { _ in UInt8(random.next() < 0 ? 0 : 1) }
        let noise = random.samples(symbols, variance: 40_000 * (1.1 + channel * excessNoise), mean: 4)
        let sifted = (0..<symbols).map { symbol in
            symbol < delay ? 0 : alice[2 * (symbol - delay) + Int(basis[symbol])]
        }
        let bob = zip(noise, sifted).map { Int16((Double($0) + gain * Double($1)).rounded()) }
        try folder.put("modulation", "modulation", alice, stated, datatype: "ci16_le")
        try folder.put("sifted", "modulation", sifted, stated)
        try folder.put("signal", "signal", bob)
        try folder.put("basis", "basis", Data(basis), datatype: "ru8")
        try folder.put("off", "electronic_noise", random.samples(symbols, variance: 4000, mean: 4))
        try folder.put("on", "vacuum", random.samples(symbols, variance: 44_000, mean: 4))
        return folder
    }

    private static func words(_ count: Int, _ random: inout NormalNumbers) -> [Int16] {
        (0..<count).map { _ in Int16((5.0.squareRoot() / scale * random.next()).rounded()) }
    }
}
