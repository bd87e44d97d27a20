internal import LinkControl
internal import UnitControl
internal import UnitProtocol
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
    private let precision: PrecisionGoal?
    private let plan: LinkPlan
    /// Of a session of purpose key.
    private var evidence: KeyEvidence?
    private let end: EndRequest
    private let journal: SessionJournal
    private let clock: HostClock
    private let told: LinkEvents
    private var fault: LinkError?
    private var obstacle: PrecisionObstacle?
    private let began: HostClock.Instant
    private var ended: HostClock.Instant?
    private var meter = RateMeter()

    init(
        _ loop: SessionLoop, _ plan: LinkPlan, of units: LinkUnits, precision: PrecisionGoal?,
        monitoring: SessionMonitoring, keyWatch: KeyWatch?, end: EndRequest, journal: SessionJournal,
        clock: HostClock, telling told: LinkEvents
    ) {
        self.loop = loop
        self.units = units
        self.monitoring = monitoring
        self.keyWatch = keyWatch
        self.end = end
        self.journal = journal
        self.clock = clock
        self.told = told
        self.precision = precision
        self.plan = plan
        began = clock.now
        evidence = plan.purpose == .key ? KeyEvidence(plan, at: began) : nil
    }

    /// Takes the report of a moment; true if the session shall end.
    func isEnough(_ report: LinkReport) async -> Bool {
        await hear()
        let now = clock.now
        let elapsed = now - began
        meter.add(report.alice.deliveredSymbols, report.bob.deliveredSymbols, at: now)
        told.show(
            LinkMoment(
                report: report, elapsed: elapsed, left: loop.left(after: elapsed), aliceRate: meter.first,
                bobRate: meter.second))
        journal.show(await monitoring.account.figures)
        journal.renew(at: now)
        tellNews(of: report)
        if let lack = evidence?.look(report, now: now) { loop.handle(.evidenceEnded(lack)) }
        guard loop.handle(.moment(elapsed: elapsed, health: report.health)) == .stop else { return false }
        ended = now
        return true
    }

    /// What is wrong is said when it happens, and not at the end alone.
    private func tellNews(of report: LinkReport) {
        if let found = report.fault {
            if fault?.isOfTheKind(of: found) != true { told.tell(.fault(found)) }
        } else if fault != nil {
            told.tell(.faultCleared(delay: report.delay))
        }
        fault = report.fault
        guard obstacle == nil, let found = precision?.obstacle(report, plan) else { return }
        obstacle = found
        told.tell(.goalOutOfReach(found))
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

    /// The loop, once the streams have ended, with what was heard last and what the last report lacks; and how long they
    /// ran.
    func finish(_ report: LinkReport) async -> (loop: SessionLoop, elapsed: Duration) {
        await hear()
        if let lack = evidence?.conclude(report, now: clock.now) { loop.handle(.evidenceEnded(lack)) }
        return (loop, (ended ?? clock.now) - began)
    }
}

extension LinkError {
    /// Whether another fault is the same with other figures.
    fileprivate func isOfTheKind(of other: LinkError) -> Bool {
        switch (self, other) {
        case (.syncLost, .syncLost), (.uncorrelated, .uncorrelated), (.disclosureDiffers, .disclosureDiffers),
            (.uncompared, .uncompared), (.comparisonLate, .comparisonLate):
            true
        case (.framesRefused(let one, _), .framesRefused(let two, _)),
            (.unaccounted(let one, _), .unaccounted(let two, _)):
            one == two
        default: self == other
        }
    }
}
