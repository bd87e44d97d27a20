internal import LinkMonitors
internal import QuadratureAnalysis

/// What the monitors need more than a window of: the shape of distributions, the shutter's leak and its read-backs.
struct LastingEvidence {
    /// Shapes by channel: each channel has its own mean, and windows look at them by turns.
    private var vacuum: [LastingSums<SampleShape>]
    private var signal: [LastingSums<SampleShape>]
    private var leak: LastingSums<TrainingRegression>
    private var readings: LastingSums<ShutterReadings>
    /// All training so far: the open link that a leak is compared with.
    private var open: TrainingRegression

    init(detection: Detection) {
        let shapes = LastingSums(SampleShape())
        vacuum = [shapes, shapes]
        signal = [shapes, shapes]
        leak = LastingSums(TrainingRegression(detection: detection))
        readings = LastingSums(ShutterReadings())
        open = TrainingRegression(detection: detection)
    }

    /// Takes a window that has ended, and completes its evidence by what came before it.
    mutating func complete(_ evidence: inout BlockEvidence, with window: BobWindow, limits: MonitorLimits) {
        let channel = window.sums.channel
        evidence.vacuumShape = Self.shape(window.sums.vacuumShape, &vacuum[channel])
        evidence.signalShape = Self.shape(window.sums.signalShape, &signal[channel])
        open.merge(window.training)
        addLeak(window.leak, limits, &evidence)
        addReading(window.sums, limits, &evidence)
    }

    private static func shape(_ window: SampleShape, _ sums: inout LastingSums<SampleShape>) -> SampleShape {
        sums.add(window)
        defer { sums.turn { $0.samples >= BlockJudge.leastShape } }
        return sums.present
    }

    /// Sums end when they show what the rule has to show.
    private mutating func addLeak(
        _ window: TrainingRegression, _ limits: MonitorLimits, _ evidence: inout BlockEvidence
    ) {
        leak.add(window)
        guard let open = try? open.fit(), open.significance >= ChannelRegression.leastSignificance else { return }
        func fitted(_ sums: TrainingRegression) -> ShutterLeak? {
            (try? sums.fit()).map { ShutterLeak(closed: $0, open: open) }
        }
        evidence.leak = fitted(leak.present)
        leak.turn { (fitted($0)?.visible(tail: limits.warnBudget.probabilityPerTest) ?? .nan) <= limits.shutterLeak }
    }

    /// The reading belongs to the time of the window: what part of it was vacuum and dark is what it is compared with.
    private mutating func addReading(
        _ window: WindowSums, _ limits: MonitorLimits, _ evidence: inout BlockEvidence
    ) {
        if let value = evidence.sensors[.shutterClosed], value.isFinite, let share = window.closedShare, share > 0 {
            var one = ShutterReadings()
            one.add(value, closedShare: share)
            readings.add(one)
        }
        let present = readings.present
        evidence.readBack = present.readings > 0 ? present : nil
        // Enough to alarm, not only to warn.
        let tail = limits.actBudget.probabilityPerTest
        readings.turn { $0.canShow(tail: tail) }
    }
}
