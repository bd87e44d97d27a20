import LinkOperation
import NodeReports
import ReadableText

/// The result of `link start` for people.
enum LinkTable {
    static func text(_ link: LinkDocument) -> Page {
        var sheet = Sheet()
        for (name, unit) in [("Alice", link.alice), ("Bob", link.bob)] {
            sheet.add(
                name, "\(unit.serial), \(unit.model), firmware \(unit.firmware)\(unit.emulated ? ", EMULATED" : "")")
        }
        sheet.add(
            "session",
            "\(link.session), purpose \(link.purpose), \(NumberText.significant(link.elapsedSeconds)) s, ended by \(link.endedBy)"
        )
        for earlier in link.earlierSessions { sheet.add("earlier session", earlier.text) }
        for (name, unit) in [("Alice's", link.alice), ("Bob's", link.bob)] {
            sheet.add("\(name) recovery", unit.recovery?.text)
        }
        sheet.add("symbol rate", NumberText.engineering(link.symbolRate, "Symbol/s"))
        for (name, unit) in [("Alice's", link.alice.counters), ("Bob's", link.bob.counters)] {
            sheet.add("\(name) symbols", "\(NumberText.count(unit.deliveredSymbols)): \(unit.kindsText)")
            sheet.add("\(name) gaps", unit.gapsText)
            sheet.add("\(name) frames", unit.faultsText)
            sheet.add("\(name) refused frames", unit.refusalsText)
            sheet.add("\(name) end", unit.endText)
        }
        sheet.add("delay", link.delaySymbols.map { NumberText.count($0, "symbol") } ?? "not found")
        sheet.add(
            "estimate from",
            "\(NumberText.count(link.vacuumSamples)) vacuum samples, "
                + (link.darkSamples > 0 ? "\(NumberText.count(link.darkSamples)) dark samples, " : "")
                + "\(NumberText.count(link.trainingSymbols)) training symbols")
        // Those from before the delay was known are among them, which the estimate does not use.
        sheet.add(
            "compared", "\(NumberText.count(link.verifiedSymbols)) training symbols, with Alice's own stream")
        sheet.add("no estimate", link.noEstimate)
        addEstimates(link, to: &sheet)
        addShotNoise(link, to: &sheet)
        for part in link.restsOn { sheet.add("rests on \(part.part)", part.text) }
        for change in link.changes {
            sheet.add(change.explanation == nil ? "CHANGED" : "changed, explained", change.text)
        }
        var lines: [Page] = [sheet.text, "", "These figures are \(link.label)."]
        if link.transmittance != nil {
            lines.append(
                "T and the loss rest on η and on Alice's sample scale as the units state them; neither was measured here."
            )
        }
        if link.emulated { lines.append("EMULATED: no optics took part; the figures describe a simulation.") }
        return lines.joined(separator: "\n")
    }

    private static func addShotNoise(_ link: LinkDocument, to sheet: inout Sheet) {
        if let live = link.liveShotNoise {
            if let window = live.window, let change = window.change {
                sheet.add(
                    "V_on change",
                    "\(text(change, window.changeSigma, "")) in the latest window, against the "
                        + (live.reference == "calibration" ? "calibration" : "session's first windows")
                        + (window.changeEffect.map { ", which moves ξ_in by \(text($0.value, $0.sigma, "SNU"))" } ?? "")
                )
            }
            if let hidden = live.hiddenExcessNoise {
                sheet.add(
                    "hidden ξ_in",
                    "up to \(NumberText.significant(hidden, digits: 2)) SNU could hide behind \(NumberText.count(live.vacuumVariance.samples)) vacuum samples (ε = \(NumberText.stated(live.hiddenEpsilon)))"
                )
            }
        }
        sheet.add("baseline", link.baseline?.text)
        sheet.add("monitors", lines: link.monitors?.lines ?? [])
    }

    private static func addEstimates(_ link: LinkDocument, to sheet: inout Sheet) {
        sheet.add("clearance", link.clearance.map(text))
        if let transmission = link.transmittance {
            sheet.add("transmittance T", text(transmission.estimate, transmission.sigma, ""))
            sheet.add("loss", text(transmission.lossDecibels, transmission.lossSigmaDecibels, "dB"))
        }
        sheet.add(
            "excess noise ξ_in", link.excessNoise.map { text($0.estimate, $0.sigma, $0.unit) + ", at Alice's output" })
        sheet.add("electronic noise", link.electronicNoise.map(text))
        sheet.add("shot noise N0", link.shotNoise.map(text))
        sheet.add(
            "modulation variance",
            link.modulationVariance?.value.map { "\(NumberText.significant($0)) SNU, of Alice's samples" })
    }

    private static func text(_ value: LinkValue) -> String { text(value.value, value.sigma, value.unit) }

    private static func text(_ value: Double?, _ sigma: Double?, _ unit: String) -> String {
        NumberText.estimate(value ?? .nan, sigma: sigma ?? .nan, unit: NumberText.unit(unit))
    }
}
