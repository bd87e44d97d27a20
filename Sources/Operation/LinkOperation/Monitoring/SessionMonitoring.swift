internal import Calibration
internal import LinkControl
internal import LinkMonitors
internal import UnitControl
internal import UnitTransport

/// Judges a running session window by window: asks both units for their telemetry once a second, lets the session judge,
/// and keeps the account.
actor SessionMonitoring {
    /// A window that has too few vacuum samples after so many intervals is judged as it is: the watchdogs do not wait for
    /// vacuum, and a session without any must not be a silent one.
    private static let patience = 10
    /// Vacuum samples that make a window worth judging: V_on to 2 %.
    private static let leastVacuum: Int64 = 5_000

    private let session: LinkSession
    private let units: LinkUnits
    private let clock: HostClock
    private let tell: @Sendable (MonitorAccount.Notice) -> Void
    private var waited = 0
    /// What was found so far.
    private(set) var account: MonitorAccount

    init(
        _ session: LinkSession, _ units: LinkUnits, policy: MonitorPolicy, clock: HostClock,
        _ tell: @escaping @Sendable (MonitorAccount.Notice) -> Void
    ) {
        self.session = session
        self.units = units
        self.clock = clock
        self.tell = tell
        account = MonitorAccount(policy: policy, limits: MonitorLimits(blockSeconds: MonitorSensors.interval.inSeconds))
    }

    /// Runs until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await clock.sleep(for: MonitorSensors.interval) } catch { return }
            await judge()
        }
    }

    private func judge() async {
        let sensors = await MonitorSensors.read(alice: units.alice, bob: units.bob)
        // Units that went dark because this program slept show nothing of the link.
        guard !Task.isCancelled, await units.pause == nil else { return }
        waited += 1
        guard
            let window = await session.judgeWindow(
                sensors: sensors.values, limits: account.limits,
                leastVacuum: waited < Self.patience ? Self.leastVacuum : 0)
        else { return }
        waited = 0
        for notice in account.add(window, sensors) { tell(notice) }
    }
}
