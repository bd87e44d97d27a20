import NodeReports
import ReadableText

extension StreamDocument {
    /// For people.
    var text: Page {
        var sheet = Sheet()
        sheet.add("unit", "\(serial), \(role), firmware \(firmware)\(emulated ? ", EMULATED" : "")")
        sheet.add(
            "session",
            "\(session), purpose \(purpose), \(NumberText.significant(elapsedSeconds)) s, ended by \(endedBy)")
        sheet.add(
            "symbol rate",
            "\(NumberText.engineering(symbolRate, "Symbol/s")), frames of \(NumberText.count(frameBytes)) B")
        sheet.add("symbols", "\(NumberText.count(counters.deliveredSymbols)): \(counters.kindsText)")
        sheet.add("gaps", counters.gapsText)
        sheet.add("frames", counters.faults(standsAlone: true))
        sheet.add("refused", counters.refusalsText)
        sheet.add("end", counters.endText)
        sheet.add("clipped", "\(NumberText.count(counters.clippedSamples)) samples")
        sheet.add(
            "received",
            elapsedSeconds > 0
                ? "\(NumberText.engineering(Double(counters.bytes) / elapsedSeconds, "B/s", digits: 3))" : nil)
        if let usbTransfers, let usbTransfersWanted, usbTransfers < usbTransfersWanted {
            sheet.add(
                "USB transfers",
                "\(usbTransfers) of \(usbTransfersWanted): usbfs_memory_mb is short, \(SuggestedCommand.doctor) says the command"
            )
        }
        sheet.add("the unit's account", unitAccount?.text ?? "none: it did not answer the end of the session")
        if let contradiction {
            sheet.add("", "THE UNIT'S ACCOUNT CANNOT BE: \(contradiction)")
        } else if agrees == false {
            sheet.add(
                "", "THE UNIT'S ACCOUNT ENDS AT ANOTHER SYMBOL THAN OURS (\(NumberText.count(counters.endSymbol)))")
        }
        return sheet.text
    }
}

extension StreamDocument.UnitAccount {
    fileprivate var text: String {
        "\(NumberText.count(nextSymbol)) symbols, \(NumberText.count(droppedSymbols)) of them lost in the unit, \(NumberText.count(framesSent)) frames, ended by \(cause)"
    }
}
