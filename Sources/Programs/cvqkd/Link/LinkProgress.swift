import LinkControl
import QuadratureAnalysis
import UnitControl
import UnitTransport

/// Watches a running session: the line that is shown, the record that is kept, and whether it is enough.
actor LinkProgress {
    private let options: LinkOptions
    private let live: LiveLine
    private let journal: SessionJournal
    private let interruption: Interruption
    private let began = ContinuousClock.now
    private var ended: ContinuousClock.Instant?
    private var meter = RateMeter()
    private var refreshed = ContinuousClock.now
    /// Why the session ended.
    private(set) var reason = LinkProgress.byUnit
    static let byUnit = "unit"

    private let before: Double

    /// `after` is what earlier sessions of the same run have had of its duration, s.
    init(options: LinkOptions, after: Double, live: LiveLine, journal: SessionJournal, interruption: Interruption) {
        self.options = options
        before = after
        self.live = live
        self.journal = journal
        self.interruption = interruption
    }

    /// Seconds of streaming.
    var elapsed: Double { NumberText.seconds(began.duration(to: ended ?? .now)) }

    /// Ends the session because a monitor or the calibration says so.
    func end(by cause: String) {
        reason = cause
        ended = .now
    }

    /// Takes the report of a moment; true if the session shall end.
    func note(_ report: LinkReport) -> Bool {
        let now = ContinuousClock.now
        meter.note(alice: report.alice.deliveredSymbols, bob: report.bob.deliveredSymbols, at: now)
        live.show(line(report))
        if refreshed.duration(to: now) > .seconds(2) {
            refreshed = now
            journal.refresh()
        }
        guard let end = endReason(report) else { return false }
        reason = end
        ended = now
        return true
    }

    private func endReason(_ report: LinkReport) -> String? {
        if interruption.isRequested { return "interruption" }
        if let duration = options.duration, before + elapsed >= duration { return "duration" }
        return isPrecise(report.health) ? "sigma" : nil
    }

    /// Whether every precision that was asked for is reached.
    private func isPrecise(_ health: LinkHealth?) -> Bool {
        guard let health, options.stopAtSigma != nil || options.stopAtTransmittanceSigma != nil else { return false }
        if let wanted = options.stopAtSigma, health.excessNoise.sigma.value > wanted { return false }
        let relative = health.transmittance.sigma.value / abs(health.transmittance.value.value)
        if let wanted = options.stopAtTransmittanceSigma, !(relative <= wanted) { return false }
        return true
    }

    private func line(_ report: LinkReport) -> String {
        let gaps = report.alice.gaps + report.bob.gaps
        let missing = report.alice.missingSymbols + report.bob.missingSymbols
        let corrupt = report.alice.corruptFrames + report.bob.corruptFrames
        var parts = [
            NumberText.clock(elapsed)
                + (options.duration.map { " (\(NumberText.clock($0 - before - elapsed)) left)" } ?? ""),
            "A \(NumberText.significant(meter.alice * 1e-6, digits: 3)) B \(NumberText.significant(meter.bob * 1e-6, digits: 3)) MSymbol/s",
            gaps == 0 ? "no gaps" : "\(gaps == 1 ? "1 gap" : "\(gaps) gaps") (\(NumberText.count(missing)) symbols)",
            "CRC errors \(corrupt)",
            report.delay.map { "delay \($0)" } ?? "no delay yet",
        ]
        if let health = report.health {
            parts.append("T \(NumberText.estimate(health.transmittance))")
            parts.append("ξ_in \(NumberText.estimate(health.excessNoise, "SNU"))")
        }
        return parts.joined(separator: "  ")
    }
}

/// Symbols per second over the last second.
struct RateMeter {
    private var since: ContinuousClock.Instant?
    private var counts: (alice: UInt64, bob: UInt64) = (0, 0)
    private(set) var alice = 0.0
    private(set) var bob = 0.0

    mutating func note(alice now: UInt64, bob other: UInt64, at instant: ContinuousClock.Instant) {
        guard let since else {
            since = instant
            counts = (now, other)
            return
        }
        let seconds = NumberText.seconds(since.duration(to: instant))
        guard seconds >= 1 || alice == 0, seconds > 0 else { return }
        alice = Double(now - min(now, counts.alice)) / seconds
        bob = Double(other - min(other, counts.bob)) / seconds
        guard seconds >= 1 else { return }
        counts = (now, other)
        self.since = instant
    }
}
