public import LinkMonitors
public import QuadratureAnalysis
internal import UnitProtocol

extension LinkSession {
    /// Bob's end, if it is here: monitors, windows and recorders work on his samples.
    private nonisolated var receiver: LinkEnd? { bob as? LinkEnd }

    /// Judges what has come since the last call as one window: every rule against the baseline, with the sensors as the
    /// units' telemetry shows them now (fresh values only). Nil while the window has fewer than `leastVacuum` vacuum
    /// samples: its sums go on; and nil if Bob's end is not here. The other end is told the verdict.
    ///
    /// The baseline is what `hold(against:)` gave; without it, the session's own first windows, which cannot show what was
    /// wrong from the start.
    public func judgeWindow(
        sensors: [Sensor: Double], limits: MonitorLimits, leastVacuum: Int64 = 5_000
    ) async -> WindowVerdict? {
        guard let receiver else { return nil }
        guard
            let window = await receiver.judgeWindow(
                sensors: sensors, limits: limits, leastVacuum: leastVacuum,
                others: { [alice] in await alice.ownFindings(limits).compactMap(\.finding) })
        else { return nil }
        await alice.tell(WindowStatement(window))
        return window
    }

    /// T̂ and ξ̂ of what has come since the last call alone, for a curve over time; nil while the window has fewer than
    /// `leastVacuum` vacuum samples or yields no estimate. Not beside `judgeWindow`: each takes the window away.
    public func healthOfWindow(leastVacuum: Int64) async -> LinkHealth? {
        await receiver?.healthOfWindow(leastVacuum: leastVacuum)
    }

    /// Gives the windows what they are compared with: a calibration and a commissioning. What it lacks comes from the
    /// session's own first windows.
    public func hold(against baseline: LinkBaseline) async { await receiver?.hold(against: baseline) }

    /// The shot noise of the session so far; nil before V_off is known.
    public func shotNoise() async -> ShotNoiseState? { await receiver?.shotNoise() }

    /// Shows the session to a recorder; before `start`, so that it sees all of it. Throws `.badPlan` for a session of
    /// purpose key, of which nothing is ever kept.
    public func record(to recorder: any PairRecorder) async throws(LinkError) {
        guard plan.purpose == .calibration || plan.purpose == .test else {
            throw .badPlan("a session of purpose \(plan.purpose) is never recorded")
        }
        guard let receiver else { throw .badPlan("a session is recorded at Bob's end") }
        await receiver.record(to: recorder)
    }
}
