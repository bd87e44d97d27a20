import Charts
import Foundation
import QuadratureAnalysis
import SignalRecordings

/// Spectra of a receiver's noise: one recording, or electronic noise beside vacuum.
struct SpectrumResult: Sendable {
    /// What is known about the axis.
    var sampleRate: Double?
    var detection: Detection
    var length: Int
    /// V_off; nil where there is only one recording.
    var off: PowerSpectrum?
    /// V_on, or the only one.
    var on: PowerSpectrum
    var names: [String]
    var remarks: [String]

    /// Reads a recording's spectrum, run by run.
    static func spectrum(
        _ recording: borrowing SignalRecording, length: Int, live: LiveLine
    ) throws -> PowerSpectrum {
        let metadata = recording.metadata
        var welch = WelchEstimator(
            length: length, detection: metadata.detectionByLayout, sampleRate: metadata.symbolRate ?? 1)
        let starts = metadata.segments.isEmpty ? [0] : metadata.segments.map(\.start)
        let (all, name) = (recording.symbols, recording.files.base)
        var told = ContinuousClock.now
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : all
            try recording.forEachBlock(start..<end) { (first, block) throws(RecordingError) in
                welch.add(block)
                guard told.duration(to: .now) > .milliseconds(500) else { return }
                told = .now
                live.show("\(name): \(100 * first / all) % of \(NumberText.count(all)) symbols")
            }
            welch.endRun()
        }
        guard let spectrum = welch.spectrum() else {
            throw CommandFailure(
                .failure,
                "\(name) has no \(length) symbols without a break. Give a shorter --segment, or record longer")
        }
        return spectrum
    }

    /// One line of the table.
    struct Band: Encodable, Sendable {
        var from: Double
        var to: Double
        var on: Density
        var off: Density?
        var difference: Density?
        var clearanceDecibels: Density?
    }

    /// A mean over a band with its σ.
    struct Density: Encodable, Sendable {
        var value: Double?
        var sigma: Double?
    }

    /// Bands of equal width, leaving out 0 Hz, where the mean was taken away.
    func bands(_ count: Int) -> [Band] {
        let bins = on.density.count - 1
        let count = min(count, bins)
        return (0..<count).map { index in
            let range = (1 + index * bins / count)..<(1 + (index + 1) * bins / count)
            let vacuum = on.mean(range)
            // A bin stands for what lies half a bin around it.
            var band = Band(
                from: (Double(range.lowerBound) - 0.5) * on.binWidth,
                to: (Double(range.upperBound) - 0.5) * on.binWidth,
                on: Density(value: vacuum.value.finite, sigma: vacuum.sigma.finite))
            if let off {
                let dark = off.mean(range)
                let sigma = (vacuum.sigma * vacuum.sigma + dark.sigma * dark.sigma).squareRoot()
                band.off = Density(value: dark.value.finite, sigma: dark.sigma.finite)
                band.difference = Density(value: (vacuum.value - dark.value).finite, sigma: sigma.finite)
                let (a, b) = (vacuum.sigma / vacuum.value, dark.sigma / dark.value)
                band.clearanceDecibels = Density(
                    value: Decibels(ratio: vacuum.value / dark.value).value.finite,
                    sigma: Decibels(relativeSigma: (a * a + b * b).squareRoot()).value.finite)
            }
            return band
        }
    }
}

/// The result of `cvqkd spectrum`. Densities in LSB²/Hz, one-sided.
struct SpectrumDocument: Encodable, Sendable {
    var files: [String]
    var sampleRate: Double?
    /// Quadratures whose densities were averaged.
    var quadratures: Int
    var window = "hann"
    var sides = 1
    var overlap = 0.5
    var segmentLength: Int
    var resolution: Double
    var segments: Int64
    var offSegments: Int64?
    var power: Double?
    var offPower: Double?
    var bands: [SpectrumResult.Band]
    var frequencies: [Double]
    var on: [Double?]
    var off: [Double?]?
    var warnings: [String]

    init(_ result: SpectrumResult, bands count: Int) {
        files = result.names
        sampleRate = result.sampleRate
        quadratures = result.detection.samplesPerSymbol
        segmentLength = result.length
        resolution = result.on.binWidth
        segments = result.on.segments
        offSegments = result.off?.segments
        power = result.on.power.finite
        offPower = result.off?.power.finite
        bands = result.bands(count)
        frequencies = result.on.density.indices.map(result.on.frequency)
        on = result.on.density.map(\.finite)
        off = result.off?.density.map(\.finite)
        warnings = result.remarks
    }
}

extension SpectrumResult {
    private var unit: String { sampleRate == nil ? "of the sample rate" : "Hz" }

    /// For people.
    func text(bands count: Int) -> String {
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
        for remark in remarks { sheet.add("remark", remark) }
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
        NumberText.estimate(density.value ?? .nan, sigma: density.sigma ?? .nan, unit: unit)
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
            caption: remarks.isEmpty ? nil : remarks.joined(separator: "; "),
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
