import NodeReports
import QuadratureAnalysis
import ReadableText
import SignalAnalysis

/// `cvqkd key-rate` for a person.
enum KeyRateSheet {
    static func text(_ scenario: KeyRateScenario, _ result: KeyRateResult) -> Page {
        let document = KeyRateDocument(scenario, result)
        let reasons = document.reasons
        var sheet = Sheet()
        add(scenario, to: &sheet)
        sheet.add(
            "channel",
            "T = \(NumberText.stated(document.transmittance)) (\(NumberText.significant(document.lossDecibels, digits: 4)) dB)"
        )
        let noise = document.excessNoise
        sheet.add(
            "excess noise",
            "\(NumberText.stated(noise.input)) SNU at the input, \(NumberText.stated(noise.output)) at the output, "
                + "\(NumberText.stated(noise.detector)) at the detector")
        sheet.add("signal-to-noise ratio", number(document.signalToNoise))
        sheet.add("mutual information", rate(document.mutualInformation))
        sheet.add("Holevo bound", document.holevoBound.map(rate) ?? reasons["holevoBound"])
        sheet.add("asymptotic key rate", keyRate(document.asymptoticKeyRate, scenario.symbolRate))
        if scenario.plan != nil {
            sheet.add(
                "null-key excess noise, asymptotic",
                document.asymptoticNullKeyExcessNoise.map(atInput) ?? none(reasons["asymptoticNullKeyExcessNoise"]))
            add(document, to: &sheet)
            sheet.add(
                "finite-size key rate",
                document.finiteKeyRateUnclamped.map { keyRate($0, scenario.symbolRate) }
                    ?? none(reasons["finiteKeyRate"]))
        }
        sheet.add(
            scenario.plan == nil ? "null-key excess noise" : "null-key excess noise at this block",
            document.nullKeyExcessNoise.map(atInput) ?? none(reasons["nullKeyExcessNoise"]))
        sheet.add("margin", document.margin.map { "\(NumberText.signed(100 * $0, digits: 3)) %" })
        return "Key rate, \(scenario.label)\n\n" + sheet.text
    }

    /// What does not depend on the loss.
    static func add(_ scenario: KeyRateScenario, to sheet: inout Sheet) {
        let receiver = scenario.receiver
        sheet.add("modulation variance", "\(NumberText.stated(scenario.modulationVariance.value)) SNU")
        sheet.add(
            "receiver",
            "\(receiver.detection), \(receiver.trust), efficiency \(NumberText.stated(receiver.efficiency)), "
                + "electronic noise \(NumberText.stated(receiver.electronicNoise.value)) SNU")
        sheet.add("reconciliation efficiency", NumberText.stated(scenario.reconciliation.value))
        guard let plan = scenario.plan else { return }
        sheet.add(
            "block",
            "\(NumberText.count(plan.block.symbols)) slots, \(NumberText.count(plan.estimationSymbols)) for estimation, "
                + "\(NumberText.count(plan.block.keySymbols)) for key; failure probability "
                + "\(NumberText.stated(plan.block.failureProbability.value)) per term, frame error rate "
                + NumberText.stated(plan.block.frameErrorRate))
    }

    private static func add(_ document: KeyRateDocument, to sheet: inout Sheet) {
        let missing = none(document.reasons["transmittanceWorstCase"])
        sheet.add("worst-case transmittance", document.transmittanceWorstCase.map(number) ?? missing)
        sheet.add("worst-case excess noise", document.excessNoiseWorstCase.map(atInput) ?? missing)
        sheet.add("finite-size correction", document.finiteSizeCorrection.map(rate))
    }

    static func number(_ value: Double) -> String { NumberText.signed(value, digits: 6) }

    private static func none(_ reason: String?) -> String { "none: \(reason ?? "unknown")" }

    private static func atInput(_ value: Double) -> String { "\(number(value)) SNU at the input" }

    private static func rate(_ value: Double) -> String { "\(number(value)) bit/symbol" }

    private static func keyRate(_ value: Double, _ symbolRate: Double?) -> String {
        guard value > 0 else { return "no key (\(rate(value)))" }
        let perSecond = symbolRate.map { ", \(NumberText.engineering($0 * value, "bit/s"))" }
        return rate(value) + (perSecond ?? "")
    }
}
