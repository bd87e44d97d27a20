internal import LinkControl
internal import UnitControl
internal import UnitTransport

/// Looks at a running session ten times a second: brings what happens to the loop, tells how it goes, keeps the journal
/// fresh.
actor SessionWatch {
    /// How often a running session is looked at: a person sees it move, and an end is quick.
    static let interval: Duration = .milliseconds(100)

    private var loop: SessionLoop
    private let units: LinkUnits
    private let monitoring: SessionMonitoring
    private let keyWatch: KeyWatch?
    private let end: EndRequest
    private let journal: SessionJournal
    private let clock: HostClock
    private let tell: @Sendable (LinkMoment) -> Void
    private let began: HostClock.Instant
    private var ended: HostClock.Instant?
    private var meter = RateMeter()

    init(
        _ loop: SessionLoop, of units: LinkUnits, monitoring: SessionMonitoring, keyWatch: KeyWatch?, end: EndRequest,
        journal: SessionJournal, clock: HostClock, _ tell: @escaping @Sendable (LinkMoment) -> Void
    ) {
        self.loop = loop
        self.units = units
        self.monitoring = monitoring
        self.keyWatch = keyWatch
        self.end = end
        self.journal = journal
        self.clock = clock
        self.tell = tell
        began = clock.now
    }

    /// Takes the report of a moment; true if the session shall end.
    func isEnough(_ report: LinkReport) async -> Bool {
        await hear()
        let now = clock.now
        let elapsed = now - began
        meter.add(report.alice.deliveredSymbols, report.bob.deliveredSymbols, at: now)
        tell(
            LinkMoment(
                report: report, elapsed: elapsed, left: loop.left(after: elapsed), aliceRate: meter.first,
                bobRate: meter.second))
        journal.show(await monitoring.account.figures)
        journal.renew(at: now)
        guard loop.handle(.moment(elapsed: elapsed, health: report.health)) == .stop else { return false }
        ended = now
        return true
    }

    /// What monitors, calibrations and people have to say.
    private func hear() async {
        // First: what monitors and permission make of units that went dark for it has no other cause.
        if let pause = await units.pause {
            loop.handle(.paused(pause))
            return
        }
        if let finding = await monitoring.account.stop { loop.handle(.alarm(finding)) }
        if let ending = await keyWatch?.ending { loop.handle(.permissionEnded(ending)) }
        if end.isRequested { loop.handle(.endRequested) }
    }

    /// The loop, once the streams have ended, with what was heard last; and how long they ran.
    func finish() async -> (loop: SessionLoop, elapsed: Duration) {
        await hear()
        return (loop, (ended ?? clock.now) - began)
    }
}
