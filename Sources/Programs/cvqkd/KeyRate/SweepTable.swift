import Charts
import NodeReports
import QuadratureAnalysis
import ReadableText
import SignalAnalysis

/// A sweep as a table, and as CSV.
enum SweepTable {
    /// Label, assumptions, table, plot and where the key ends.
    static func page(_ sweep: DistanceSweep, _ document: SweepDocument, _ chart: Chart, columns: Int) -> Page {
        var sheet = Sheet()
        KeyRateSheet.add(sweep.scenario, to: &sheet)
        sheet.add("excess noise", "\(NumberText.stated(sweep.scenario.excessNoise)) SNU at the \(sweep.scenario.plane)")
        sheet.add(
            "fibre",
            "\(NumberText.stated(sweep.fibreLoss)) dB/km and \(NumberText.stated(sweep.otherLoss)) dB besides")
        sheet.add(
            "asymptotic key", sweep.words(document.asymptoticReachKilometres, document, "asymptoticReachKilometres"))
        if sweep.scenario.plan != nil {
            sheet.add("finite-size key", sweep.words(document.finiteReachKilometres, document, "finiteReachKilometres"))
        }
        // The page begins with the label; a line that is cut off would say less.
        var chart = chart
        chart.caption = nil
        return """
            Key rate against distance, \(document.label)

            \(sheet.text)

            \(table(sweep, document))
            Rates are bits per symbol; those in brackets are below 0: no key. ξ in SNU at the input.

            \(Page(picture: chart.terminal(columns: min(columns, 100), rows: 16)))
            """
    }

    private static func table(_ sweep: DistanceSweep, _ document: SweepDocument) -> Page {
        var columns = [
            Table.Column("km", .right), Table.Column("dB", .right), Table.Column("I_AB", .right, .detail),
            Table.Column("χ_BE", .right, .detail), Table.Column("K asymptotic", .right),
        ]
        let (block, rate) = (sweep.scenario.plan != nil, sweep.scenario.symbolRate)
        if block { columns += [Table.Column("ξ_max", .right, .useful), Table.Column("K finite", .right)] }
        columns.append(Table.Column("ξ_null", .right, .useful))
        if rate != nil { columns.append(Table.Column("bit/s", .right)) }
        var table = Table(columns)
        for point in document.points {
            let link = point.link
            var row = [
                NumberText.stated(point.distanceKilometres), short(link.lossDecibels, 4), short(link.mutualInformation),
                short(link.holevoBound), key(link.asymptoticKeyRate),
            ]
            if block { row += [short(link.excessNoiseWorstCase), key(link.finiteKeyRateUnclamped)] }
            row.append(short(link.nullKeyExcessNoise))
            if rate != nil {
                let bits = block ? link.finiteBitsPerSecond : link.asymptoticBitsPerSecond
                row.append(bits.map { $0 > 0 ? NumberText.engineering($0, "bit/s", digits: 3) : "–" } ?? "–")
            }
            table.rows.append(row)
        }
        return table.text
    }

    private static func short(_ value: Double?, _ digits: Int = 4) -> String {
        value.map { NumberText.signed($0, digits: digits) } ?? "–"
    }

    private static func key(_ value: Double?) -> String {
        value.map { $0 > 0 ? NumberText.significant($0, digits: 4) : "(\(NumberText.signed($0, digits: 3)))" } ?? "–"
    }

    /// Comma-separated values; an absent value is an empty field. Comments begin with #.
    static func csv(_ document: SweepDocument) -> String {
        let names = [
            "distance_km", "loss_db", "transmittance", "mutual_information", "holevo_bound", "asymptotic_key_rate",
            "finite_key_rate", "transmittance_worst_case", "excess_noise_worst_case", "null_key_excess_noise",
        ]
        let rows = document.points.map { point in
            let link = point.link
            let values: [Double?] = [
                point.distanceKilometres, link.lossDecibels, link.transmittance, link.mutualInformation,
                link.holevoBound, link.asymptoticKeyRate, link.finiteKeyRateUnclamped, link.transmittanceWorstCase,
                link.excessNoiseWorstCase, link.nullKeyExcessNoise,
            ]
            return values.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",")
        }
        return (["# \(document.label)", "# SNU at the input, bits per symbol", names.joined(separator: ",")] + rows)
            .joined(separator: "\n") + "\n"
    }
}

extension DistanceSweep {
    /// Where a key ends, in words.
    fileprivate func words(_ reach: Double?, _ document: SweepDocument, _ name: String) -> String {
        reach.map { "ends at \(NumberText.significant($0, digits: 4)) km" } ?? document.reasons[name] ?? "unknown"
    }
}
