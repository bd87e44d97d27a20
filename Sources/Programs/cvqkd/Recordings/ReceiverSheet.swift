import QuadratureAnalysis
import ReadableText
import SignalAnalysis

extension ReceiverPair {
    /// For people.
    var text: Page {
        var sheet = Sheet()
        let result = shotNoise
        sheet.add("evaluation", result.method == .twoTime ? "two-time: N0 = V_on − V_off" : "one-time: N0 = V_on")
        sheet.add("V_off", result.electronicVariance.map { "\(NumberText.estimate($0, "LSB²")), \(samples($0))" })
        sheet.add("V_on", "\(NumberText.estimate(result.vacuumVariance, "LSB²")), \(samples(result.vacuumVariance))")
        sheet.add("N0", NumberText.estimate(result.shotNoiseVariance, "LSB²"))
        sheet.add("electronic noise v_el", result.electronicNoise.map { NumberText.estimate($0, "SNU") })
        sheet.add("clearance", result.clearance.map { NumberText.estimate($0, "dB") })
        if result.method == .oneTime {
            sheet.add("lowers η by", result.electronicEfficiency.map { NumberText.estimate($0) })
        }
        for remark in remarks { sheet.add("remark", remark.description) }
        return sheet.text
    }

    private func samples(_ estimate: Estimate<some PhysicalQuantity>) -> String {
        "\(NumberText.count(estimate.samples)) samples"
    }
}
