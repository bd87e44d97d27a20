import Foundation
import LinkMonitors
import QuadratureAnalysis
import UnitControl

/// The windows of a `shot-noise watch`: tracked, printed, shown to other terminals.
actor WatchWindows {
    /// A line of `--json`.
    private struct Line: Encodable {
        var unit: String
        var emulated: Bool
        /// stream, or moments: the unit's own sums.
        var source: String
        var elapsedSeconds: Double
        /// Loss for which the effects on ξ_in are stated, dB.
        var lossDecibels: Double
        var liveShotNoise: LiveShotNoiseDocument
    }

    private var tracker: ShotNoiseTracker
    private let plan: WatchPlan
    private let options: ShotNoiseWatch.Options
    private let identity: UnitIdentity
    private let journal: SessionJournal
    private let live: LiveLine
    private let began = ContinuousClock.now

    init(
        plan: WatchPlan, options: ShotNoiseWatch.Options, dark: ReceiverMoments, identity: UnitIdentity,
        journal: SessionJournal, live: LiveLine
    ) {
        self.plan = plan
        self.options = options
        self.identity = identity
        self.journal = journal
        self.live = live
        let settings = ShotNoiseTracker.Settings(
            // Every batch that comes is a window: what the unit sums has exactly the size asked for.
            windowSamples: 1, smoothing: 0.1, referenceWindows: options.referenceWindows,
            budget: FalseAlarmBudget(
                alarmsPerYear: 1, blockSeconds: max(0.01, plan.secondsPerWindow), tests: ShotNoiseTracker.tests))
        tracker = ShotNoiseTracker(settings: settings, sensitivity: nil, dark: dark, reference: nil)
    }

    /// Where it stands.
    var state: ShotNoiseState { tracker.state }

    /// Whether the time is over.
    var isOver: Bool {
        options.duration.map { NumberText.seconds(began.duration(to: .now)) >= $0 } ?? false
    }

    func add(_ sums: ReceiverMoments, localOscillatorPower: Double) throws {
        if tracker.sensitivity == nil { tracker.sensitivity = sensitivity(sums) }
        _ = tracker.add(vacuum: sums, localOscillatorPower: localOscillatorPower)
        let state = tracker.state
        let document = LiveShotNoiseDocument(state)
        journal.show(
            RunningSession.Figures(
                liveShotNoise: document, monitorAction: state.alarms.isEmpty ? "none" : "warn",
                raised: state.window?.alarms.map(\.rawValue) ?? []))
        journal.refresh()
        let elapsed = NumberText.seconds(began.duration(to: .now))
        if options.json {
            try Output.line(
                Output.json(
                    Line(
                        unit: identity.serial, emulated: identity.isEmulated,
                        source: plan.usesMoments ? "moments" : "stream", elapsedSeconds: elapsed,
                        lossDecibels: options.loss, liveShotNoise: document), pretty: false))
        } else {
            try Output.line("\(NumberText.clock(elapsed))  \(state.line)")
        }
    }

    /// Of the link that the person has in mind; v_el from this receiver.
    private func sensitivity(_ sums: ReceiverMoments) -> LinkSensitivity {
        let (on, off) = (sums.variance.value.value, tracker.dark.samples > 1 ? tracker.dark.variance.value.value : 0)
        return LinkSensitivity(
            detection: plan.detection, efficiency: plan.efficiency,
            transmittance: Transmittance(loss: Decibels(options.loss)),
            electronicNoise: ShotNoiseUnits(off / (on - off)),
            modulationVariance: ShotNoiseUnits(5))
    }
}
