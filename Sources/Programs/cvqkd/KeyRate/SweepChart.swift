import Charts
import Foundation
import NodeReports
import QuadratureAnalysis
import ReadableText
import SignalAnalysis

/// A sweep as a chart: smoother than the table, and exact where the key ends.
enum SweepChart {
    static func chart(_ sweep: DistanceSweep, _ document: SweepDocument) throws(KeyRateFailure) -> Chart {
        // One distance alone is drawn with the kilometre that follows it.
        let from = sweep.range.from
        let to = sweep.range.to > from ? sweep.range.to : from + 1
        let ends = [document.asymptoticReachKilometres, document.finiteReachKilometres].compactMap(\.self)
        var distances = (0...400).map { from + Double($0) / 400 * (to - from) }
        // A curve on a logarithmic axis falls steeply at its end: more points there.
        for end in ends { distances += (1...12).map { end - (to - from) / 400 * pow(2, -Double($0)) } }
        distances = distances.filter { $0 >= from && $0 <= to }.sorted()
        var (asymptotic, finite): ([Double], [Double]) = ([], [])
        for distance in distances {
            let rates = try sweep.scenario.rates(sweep.transmittance(distance))
            asymptotic.append(rates.asymptotic)
            finite.append(rates.finite ?? .nan)
        }
        let scale = sweep.scenario.symbolRate ?? 1
        let positive = (asymptotic + finite).filter { $0 > 0 }.map { $0 * scale }
        var series = [Series("asymptotic", .line, x: distances, y: asymptotic.map { $0 * scale })]
        if let plan = sweep.scenario.plan {
            series.append(
                Series(
                    "block of \(NumberText.count(plan.block.symbols)) slots", .line, x: distances,
                    y: finite.map { $0 * scale }))
        }
        return Chart(
            "Key rate against distance (\(sweep.scenario.receiver.detection), "
                + "\(sweep.scenario.receiver.trust) receiver)",
            summary: "Fibre of \(NumberText.stated(sweep.fibreLoss)) dB/km.", caption: document.label,
            x: Axis("Fibre length", unit: "km", range: from...to),
            y: Axis(
                "Key rate", unit: sweep.scenario.symbolRate == nil ? "bit/symbol" : "bit/s", scale: .logarithmic,
                range: range(positive)),
            series: series,
            limits: ends.filter { $0 >= from && $0 <= to }.map {
                .line(.x, at: $0, "\(NumberText.significant($0, digits: 3)) km", .note)
            })
    }

    /// At most six decades: below, the end of a curve tells nothing but that it ends.
    private static func range(_ positive: [Double]) -> ClosedRange<Double>? {
        guard let greatest = positive.max(), let least = positive.min() else { return nil }
        let top = pow(10, log10(greatest).rounded(.up))
        return max(pow(10, log10(least).rounded(.down)), top * 1e-6)...max(top, greatest * 1.01)
    }
}
