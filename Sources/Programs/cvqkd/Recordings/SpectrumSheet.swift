import Charts
import QuadratureAnalysis
import ReadableText
import SignalAnalysis

extension SpectrumResult {
    private var unit: String { sampleRate == nil ? "of the sample rate" : "Hz" }

    /// For people.
    func text(bands count: Int) -> Page {
        var columns = [Table.Column("FREQUENCY", .right), Table.Column(off == nil ? "PSD" : "V_ON", .right)]
        if off != nil {
            columns += [
                Table.Column("V_OFF", .right), Table.Column("V_ON − V_OFF", .right), Table.Column("CLEARANCE", .right),
            ]
        }
        var table = Table(columns)
        table.rows = bands(count).map { band in
            var row = [range(band), Self.text(band.on)]
            if let off = band.off, let difference = band.difference, let clearance = band.clearanceDecibels {
                row += [Self.text(off), Self.text(difference), Self.text(clearance, "dB")]
            }
            return row
        }
        var sheet = Sheet()
        sheet.add(
            "segments", "\(NumberText.count(on.segments)) of \(length) samples, Hann, overlap 1/2, less their mean")
        sheet.add(
            "density",
            "one-sided, LSB²/\(sampleRate == nil ? "sample rate" : "Hz")"
                + (detection == .heterodyne ? ", mean of x and p" : ""))
        sheet.add(
            "integral",
            "\(NumberText.significant(on.power)) LSB²"
                + (off.map { ", V_off \(NumberText.significant($0.power)) LSB²" } ?? ""))
        for remark in remarks { sheet.add("remark", remark.description) }
        return table.text + "\n\n" + sheet.text
    }

    private func range(_ band: Band) -> String {
        guard sampleRate != nil else {
            return "\(NumberText.significant(band.from, digits: 3)) … \(NumberText.significant(band.to, digits: 3))"
        }
        return
            "\(NumberText.engineering(band.from, "Hz", digits: 3)) … \(NumberText.engineering(band.to, "Hz", digits: 3))"
    }

    private static func text(_ density: Density, _ unit: String = "") -> String {
        NumberText.estimate(density.value, sigma: density.sigma, unit: unit)
    }

    /// The plot that receiver people look at first.
    var chart: Chart {
        let bins = 1..<on.density.count
        let x = bins.map(on.frequency)
        var series = [Series(off == nil ? "PSD" : "V_on", .line, x: x, y: bins.map { on.density[$0] })]
        if let off {
            series.append(Series("V_off", .line, x: x, y: bins.map { off.density[$0] }))
            series.append(Series("V_on − V_off", .line, x: x, y: bins.map { on.density[$0] - off.density[$0] }))
        }
        return Chart(
            "Noise spectrum", summary: names.joined(separator: ", "),
            caption: remarks.isEmpty ? nil : remarks.map(\.description).joined(separator: "; "),
            x: Axis("Frequency", unit: unit == "Hz" ? "Hz" : "sample rates"),
            y: Axis("Power spectral density", unit: sampleRate == nil ? "LSB²" : "LSB²/Hz", scale: .logarithmic),
            series: series)
    }

    /// Every bin, for other programs.
    var csv: String {
        var text =
            "# one-sided density in LSB²/\(sampleRate == nil ? "sample rate" : "Hz"); relative sigma of a bin: V_on \(on.relativeSigma(1))"
        text += (off.map { ", V_off \($0.relativeSigma(1))" } ?? "") + "\n"
        text += off == nil ? "frequency,density\n" : "frequency,v_on,v_off,difference,clearance_db\n"
        for bin in on.density.indices {
            text += "\(on.frequency(bin)),\(on.density[bin])"
            if let off {
                let (a, b) = (on.density[bin], off.density[bin])
                text += ",\(b),\(a - b),\(Decibels(ratio: a / b).value)"
            }
            text += "\n"
        }
        return text
    }
}
