import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// What a capture says, without its samples.
struct CaptureSummary: Encodable, Sendable {
    /// One quadrature, or the only channel.
    struct Channel: Encodable, Sendable {
        var name: String
        var samples: Int64
        var mean: Double?
        var variance: Double?
        var varianceSigma: Double?
        var clippedSamples: Int64
    }

    var serial: String
    var role: String
    var emulated: Bool
    var light: [String]
    var localOscillatorPower: Double?
    var sampleRate: Double?
    var channels: [Channel]
    var unit = "LSB"
    var file: String?

    init(_ identity: UnitIdentity, _ capture: CapturedSamples, _ capabilities: Capabilities?, file: String?) {
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        light = capture.header.light.names
        localOscillatorPower = capture.header.localOscillatorPower.finite
        sampleRate = capture.header.sampleRate.finite
        self.file = file
        let limits =
            capabilities.map { ClipLimits(low: $0.clipLow, high: $0.clipHigh) } ?? ClipLimits(low: .min, high: .max)
        var moments = ReceiverMoments(limits: limits)
        if capture.header.format == .xp16 {
            moments.add(capture.samples.span, detection: .heterodyne)
            channels = [Channel("x", moments.x), Channel("p", moments.p)]
        } else {
            moments.add(capture.samples.span, detection: .homodyne)
            channels = [Channel("x", moments.x)]
        }
    }

    /// For people.
    var text: String {
        var sheet = Sheet()
        sheet.add("unit", "\(serial), \(role)\(emulated ? ", EMULATED" : "")")
        sheet.add("light", light.isEmpty ? "none" : light.joined(separator: ", "))
        sheet.add(
            "local oscillator",
            role == UnitRole.bob.description ? localOscillatorPower.map { NumberText.engineering($0, "W") } : nil)
        sheet.add("rate", sampleRate.map { NumberText.engineering($0, "samples/s") })
        for channel in channels {
            sheet.add(
                "\(channel.name) mean",
                channel.mean.map {
                    "\(NumberText.estimate($0, sigma: ((channel.variance ?? .nan) / Double(channel.samples)).squareRoot(), unit: "LSB"))"
                })
            sheet.add(
                "\(channel.name) variance",
                channel.variance.map { NumberText.estimate($0, sigma: channel.varianceSigma ?? .nan, unit: "LSB²") })
            sheet.add(
                "\(channel.name) samples",
                "\(NumberText.count(channel.samples)), \(NumberText.count(channel.clippedSamples)) clipped")
        }
        sheet.add("saved to", file)
        return sheet.text
    }
}

extension CaptureSummary.Channel {
    init(_ name: String, _ moments: QuadratureMoments) {
        let variance = ReceiverMoments(moments).variance
        self.init(
            name: name, samples: moments.samples, mean: (Double(moments.sum) / Double(moments.samples)).finite,
            variance: variance.value.value.finite, varianceSigma: variance.sigma.value.finite,
            clippedSamples: moments.clipped)
    }
}
