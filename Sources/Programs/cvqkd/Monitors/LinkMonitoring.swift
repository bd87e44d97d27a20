import LinkControl
import LinkMonitors
import LinkOperation
import UnitControl
import UnitProtocol

/// Judges a running session window by window: asks both units for their telemetry once a second, lets the session judge,
/// says what is raised and what cannot be judged, and keeps the account for the report.
actor LinkMonitoring {
    static let interval = MonitorSensors.interval
    /// A window that has too few vacuum samples after so many intervals is judged as it is: the watchdogs do not wait for
    /// vacuum, and a session without any must not be a silent one.
    static let patience = 10
    private let session: LinkSession
    private let units: LinkUnits
    private let policy: MonitorPolicy
    private let live: LiveLine
    private let limits = MonitorLimits(blockSeconds: 1)
    private var latest: WindowVerdict?
    private var raised: [MonitorRule: Int] = [:]
    private var blindness = MonitorBlindness()
    private var diagnosis: LinkDiagnosis?
    private var action = MonitorAction.none
    private var judged = 0
    private var waited = 0
    private var shown: Set<MonitorRule> = []
    /// The rule whose alarm ends the session, once there is one.
    private(set) var stop: RuleJudgement?

    init(_ session: LinkSession, _ units: LinkUnits, policy: MonitorPolicy, live: LiveLine) {
        self.session = session
        self.units = units
        self.policy = policy
        self.live = live
    }

    /// Runs until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            await judge()
        }
    }

    private func judge() async {
        let sensors = await MonitorSensors.read(alice: units.alice, bob: units.bob)
        guard !Task.isCancelled else { return }
        waited += 1
        let least: Int64 = waited < Self.patience ? 5_000 : 0
        guard
            let window = await session.judgeWindow(
                sensors: sensors.values, limits: limits, leastVacuum: least)
        else { return }
        waited = 0
        latest = window
        let verdict = window.verdict
        judged += 1
        action = max(action, verdict.action)
        for finding in verdict.raised { raised[finding.rule, default: 0] += 1 }
        if let found = window.diagnosis { diagnosis = found }
        for notice in blindness.add(verdict, sensors) { live.note(notice.words) }
        tell(verdict, window.diagnosis)
        if policy == .act, stop == nil { stop = verdict.raised.first { $0.action == .stop } }
    }

    /// Says what is newly raised, and what is over.
    private func tell(_ verdict: MonitorVerdict, _ diagnosis: LinkDiagnosis?) {
        let now = Set(verdict.raised.map(\.rule))
        for finding in verdict.raised where !shown.contains(finding.rule) {
            live.note(
                "monitor \(finding.outcome.name): \(finding.rule.rawValue) \(NumberText.significant(finding.statistic, digits: 3)) "
                    + "(limits \(NumberText.significant(finding.warnLimit, digits: 3)), "
                    + "\(NumberText.significant(finding.actLimit, digits: 3))): \(finding.rule.card.watchesFor)")
        }
        if now != shown, let diagnosis, !diagnosis.named.isEmpty {
            live.note(
                "monitor: \(diagnosis.sentence); next: \(diagnosis.named.map(\.advice).joined(separator: "; or "))")
        }
        if now.isEmpty, !shown.isEmpty {
            // A rule that went blind while it was raised has not kept its limit.
            let blind = shown.filter { blindness.reasons[$0] != nil }
            live.note(
                blind.isEmpty
                    ? "monitor: all limits kept again"
                    : "monitor: nothing is raised; no longer judged: \(blind.map(\.rawValue).sorted().joined(separator: ", "))"
            )
        }
        shown = now
    }

    /// The account so far.
    var document: MonitorsDocument {
        MonitorsDocument(
            latest, policy: policy, windows: judged, action: action, raised: raised, blindness: blindness,
            diagnosis: diagnosis, limits: limits)
    }

    /// What `link status` of another terminal shows.
    var figures: RunningSession.Figures? {
        guard let latest, let shotNoise = latest.shotNoise else { return nil }
        return RunningSession.Figures(
            liveShotNoise: LiveShotNoiseDocument(shotNoise), monitorAction: action.name,
            raised: shown.map(\.rawValue).sorted())
    }
}
