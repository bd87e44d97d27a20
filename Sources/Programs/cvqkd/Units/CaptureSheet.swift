import NodeReports
import ReadableText
import UnitProtocol

extension CaptureSummary {
    /// For people.
    var text: Page {
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
