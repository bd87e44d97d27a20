internal import CalibrationRecords
public import Foundation
public import LinkControl
internal import QuadratureAnalysis
internal import LinkMonitors
internal import LinkOperation
internal import LocalUnits
public import RawKey
internal import RawKeyMessages
internal import SwiftProtobuf
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// One end of a link, for as long as the agent runs: its unit, and key sessions one after another.
///
/// A failure is tried again after a pause that grows; what could be an attack stops the link until somebody who knows why
/// lets it go on.
public actor LinkKeeper {
    /// Where the link stands.
    public enum State: String, Sendable, CaseIterable {
        /// Nothing is done yet.
        case idle
        /// The unit, the other end or a calibration is waited for.
        case waiting
        /// A session is prepared.
        case preparing
        /// Symbols come.
        case running
        /// It stands still until an operator releases it.
        case latched
        /// It was stopped.
        case stopped
        /// Its keys were destroyed by an operator; it stands still.
        case zeroised
    }

    /// Where the link stands, for people and programs.
    public struct Status: Sendable {
        /// Where.
        public var state = State.idle
        /// Why, in words.
        public var reason = ""
        /// Since when.
        public var since = Date.distantPast
        /// The session that runs or ran last.
        public var session: UInt64 = 0
        /// Windows of this start of the agent.
        public var windows = WindowTally()
        /// Windows of the last 24 hours.
        public var dayWindows = WindowTally()
        /// Blocks whose ciphertext or key is still here.
        public var blocks = 0
        /// Sessions begun.
        public var sessions = 0
        /// Resumptions by itself that are left in 24 hours.
        public var attemptsLeft = 0
        /// Position of the newest thing that is to be known.
        public var newest: UInt64 = 0
        /// How the session goes.
        public var report: LinkReport?
        /// Windows as they were planned for the latest session; nil at Alice's node, where none are planned.
        public var plan: WindowPlan?
    }

    private let link: LinkConfiguration
    private let making: KeyMaking
    private let records: StoredReferences
    private let latch: LinkLatch
    private let supervisor: UnitSupervisor
    private let conversation: @Sendable () async throws -> any LinkChannel
    private let log: @Sendable (String) -> Void
    private let clock: HostClock
    private let now: @Sendable () -> Date
    private let end = EndRequest()
    /// Ends the session that runs, and not the keeper.
    private var sessionEnd: EndRequest?
    private var status = Status()
    private var isZeroised = false

    /// Longest pause between two tries after failures. Who listens waits for the other end as it is: two ends that both paused
    /// for longer and longer would not meet.
    private var longestPause: Duration { link.peer.side == .listen ? .seconds(1) : .seconds(60) }

    init(
        _ link: LinkConfiguration, _ unit: UnitSelector, _ making: KeyMaking, _ records: StoredReferences,
        _ latch: LinkLatch, finder: any UnitFinder, hostName: String, clock: HostClock = .monotonic,
        now: @escaping @Sendable () -> Date = { Date() },
        conversation: @escaping @Sendable () async throws -> any LinkChannel, log: @escaping @Sendable (String) -> Void
    ) {
        self.link = link
        self.making = making
        self.records = records
        self.latch = latch
        self.conversation = conversation
        self.log = log
        self.clock = clock
        self.now = now
        supervisor = UnitSupervisor(
            unit, role: link.end == .alice ? .alice : .bob, hostName: hostName, finder: finder, clock: clock)
    }

    /// Where the link stands.
    public func current() -> Status {
        var status = status
        status.dayWindows = making.journal.dayCounts
        status.blocks = making.spool.blockCount
        status.attemptsLeft = latch.attemptsLeft
        status.newest = making.spool.newest
        return status
    }

    /// The link's raw key for its consumers.
    public nonisolated var spool: BlockSpool { making.spool }

    // MARK: - What operators do

    /// Lets a latched or zeroised link go on.
    public func release(_ reason: String) throws {
        try latch.release()
        isZeroised = false
        log("released by an operator: \(reason)")
        if status.state == .latched || status.state == .zeroised { enter(.waiting, "released: \(reason)") }
    }

    /// Destroys every key of the link that is here, ends the session, and lets the link stand still.
    @discardableResult public func zeroise(_ reason: String) async -> Int {
        isZeroised = true
        let count = making.spool.zeroise()
        making.journal.flush()
        sessionEnd?.request()
        enter(.zeroised, reason)
        return count
    }

    /// Destroys what there is of some blocks, and notes it.
    public func erase(_ names: [BlockSpool.BlockName]) throws(RawKeyError) {
        making.spool.destroy(names)
        for (session, blocks) in Dictionary(grouping: names, by: \.session).sorted(by: { $0.key < $1.key }) {
            try making.journal.add(.init(.erased, session: session, cells: blocks.map(\.cell).sorted()))
        }
    }

    /// Ends the session in order and stops. `run` returns then.
    public func stop() {
        end.request()
        sessionEnd?.request()
    }

    // MARK: - Sessions

    /// Runs sessions until it is stopped; then the light is out, and the unit is free.
    public func run() async {
        var failures = 0
        tellInterrupted()
        while !end.isRequested {
            if isZeroised { await end.pause(.milliseconds(200)); continue }
            if let reason = latch.reason {
                if status.state != .latched { enter(.latched, reason) }
                await end.pause(.milliseconds(200))
                continue
            }
            guard making.hasRoom else {
                enter(.waiting, SessionClose.full.text)
                await end.pause(.milliseconds(200))
                continue
            }
            let close = await session()
            guard !end.isRequested else { break }
            switch close {
            case .stopped: failures = 0
            case .security(let why):
                failures = 0
                await standStill(why)
            case .full:
                failures = 0
                log(close.text)
            case .notStarted, .failed, .unit:
                // What ran has mended what failed before.
                failures = status.state == .running ? 1 : failures + 1
                enter(.waiting, close.text)
                log(close.text)
                await end.pause(min(longestPause, .milliseconds(500) * (1 << min(7, failures))))
            }
        }
        enter(.stopped, "the agent ends")
        await supervisor.close()
        making.spool.close()
        making.journal.flush()
    }

    private func standStill(_ why: String) async {
        do {
            switch try latch.revoked(why) {
            case .latched:
                enter(.latched, why)
                log("LATCHED: \(why). An operator's release lets it go on")
            case .resumes(let delay):
                enter(.waiting, "\(why); it goes on by itself after \(delay)")
                log(status.reason)
                await end.pause(delay)
            }
        } catch {
            // Without a note on the disk nothing goes on.
            isZeroised = true
            enter(.zeroised, "\(why); and it cannot be noted: \(error)")
        }
    }

    private func session() async -> SessionClose {
        if status.state != .waiting { enter(.waiting, "waits for unit and other end") }
        let unit: UnitControl.Unit
        // Whoever wants the end does not wait for a unit, or a peer, that is not there.
        do throws(UnitError) {
            unit = try await end.cancellable { [supervisor] () throws(UnitError) in
                try await supervisor.unit(within: .seconds(30))
            }
        } catch { return .failed("unit: \(error)") }
        let channel: any LinkChannel
        do { channel = try await end.cancellable { [conversation] in try await conversation() } } catch {
            return .failed("the other end: \(error)")
        }
        let request = EndRequest()
        sessionEnd = request
        if end.isRequested || isZeroised { request.request() }
        status.sessions += 1
        let tell: @Sendable (LinkProgress) async -> Void = { [weak self] in await self?.note($0) }
        let close: SessionClose
        let counter = making.journal.counter
        if link.end == .bob {
            close = await BobSession(
                link: link, unit: unit, making: making, records: records, end: request,
                consent: EndConsent(counter: counter, nodeKey: Array(making.nodeKey.publicKey.bytes)),
                lastTransmittance: status.report?.health?.transmittance.value, tell: tell
            ).run(channel)
        } else {
            close = await AliceSession(
                link: link, unit: unit, making: making, records: records, end: request, counter: counter, tell: tell
            ).run(channel)
        }
        sessionEnd = nil
        log("session \(status.session) ended: \(close.text)")
        if case .unit(let error) = close { _ = try? await supervisor.recover(unit, after: error) }
        return close
    }

    private func note(_ progress: LinkProgress) {
        switch progress {
        case .planned(let plan):
            guard plan != status.plan else { break }
            status.plan = plan
            log("an evidence window: \(plan.sentence)")
        case .preparing(let session, let far):
            status.session = session
            enter(.preparing, "with \(far)")
        case .running(let session):
            if session != 0 { status.session = session }
            enter(.running, "symbols come")
        case .moment(let report): status.report = report
        case .monitor(.raised(let judgement)): log("monitor: \(judgement.rule.rawValue)")
        case .monitor: break
        case .window(.ended(let ordinal, let outcome, let against)):
            status.windows.attempted += 1
            status.windows.count(outcome)
            log(
                "window \(ordinal): \(outcome.words)" + (against.isEmpty ? "" : " (\(against.joined(separator: ", ")))")
            )
        case .window(.broken(let error)): log(error.description)
        case .silent(let ends): log("light not confirmed out: \(ends.joined(separator: ", "))")
        }
    }

    private func enter(_ state: State, _ reason: String) {
        guard status.state != state || status.reason != reason else { return }
        (status.state, status.reason, status.since) = (state, reason, now())
        making.spool.append(.state(state.rawValue, reason: reason, session: status.session))
    }

    /// What was open when the agent ended: its keys were in memory.
    private func tellInterrupted() {
        for line in making.journal.interrupted {
            guard let session = line.session.flatMap(UInt64.init), let ordinal = line.ordinal else { continue }
            try? making.journal.add(.init(.revoked, session: session, ordinal: ordinal, reason: .interrupted))
            making.spool.append(
                .window(
                    session: session, ordinal: ordinal,
                    .with { ($0.outcome, $0.reason) = (.revoked, .interrupted) }, cells: []))
        }
        for lost in making.journal.lost {
            log("\(lost.cells.count) keys of session \(lost.session) were released and are lost: nobody had taken them")
            for cells in lost.intervals {
                making.spool.append(
                    .suspect(
                        session: lost.session, cells: cells,
                        cause: "released, and lost with the agent's memory before the key was taken"))
            }
        }
    }
}

extension WindowOutcome {
    /// In words.
    var words: String {
        switch self {
        case .released: "released (evidence rule passed)"
        case .revoked(let reason): "revoked: \(reason)"
        }
    }
}
