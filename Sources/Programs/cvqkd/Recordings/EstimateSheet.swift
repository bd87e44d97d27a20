import NodeReports
import QuadratureAnalysis
import ReadableText
import SignalAnalysis

extension EstimateResult {
    /// For people.
    var text: Page {
        var sheet = Sheet()
        sheet.add(
            "symbols",
            "\(NumberText.count(channel.symbols)), \(assumptions.detection.rawValue), delay \(delay), phase \(NumberText.significant(channel.phase, digits: 3)) rad"
        )
        sheet.add(
            "transmittance T",
            line(channel.transmittance)
                + ", \(NumberText.significant(channel.transmittance.estimate.value.loss.value)) dB")
        sheet.add("excess noise ξ_in", line(channel.excessNoise, "SNU") + ", at Alice's output")
        sheet.add("electronic noise v_el", line(channel.electronicNoise, "SNU"))
        sheet.add("modulation variance", line(channel.modulationVariance, "SNU"))
        sheet.add("signal to noise", line(channel.signalToNoise))
        sheet.add("clearance", receiver.shotNoise.clearance.map { NumberText.estimate($0, "dB") })
        sheet.add("key rate, asymptotic", rate(asymptotic, .asymptotic))
        sheet.add(
            "key rate, finite",
            rate(finite?.rate, .finite)
                + ", \(NumberText.count(block.keySymbols)) of \(NumberText.count(block.symbols)) symbols for key")
        sheet.add(
            "null-key noise",
            nullKeyNoise.map {
                "\(NumberText.significant($0.value)) SNU"
                    + (margin.map { ", margin \(NumberText.significant(100 * $0, digits: 3)) %" } ?? "")
            }
                ?? missing[.nullKeyExcessNoise]?.description)
        sheet.add("", label)
        for remark in remarks { sheet.add("remark", remark.description) }
        return sheet.text
    }

    private func line(_ bounded: ChannelEstimate.Bounded<some PhysicalQuantity>, _ unit: String = "") -> String {
        NumberText.estimate(bounded.estimate, unit)
            + ", worst case "
            + (bounded.worstCase.map { NumberText.significant($0.value, digits: 5) } ?? "not known")
    }

    private func rate(_ rate: BitsPerSymbol?, _ figure: Figure) -> String {
        guard let rate else { return "none: \(missing[figure]?.description ?? "not known")" }
        return "\(NumberText.significant(rate.value)) bit/symbol" + (rate.value > 0 ? "" : ", no key")
    }
}
