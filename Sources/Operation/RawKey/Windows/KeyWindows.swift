public import CalibrationRecords
internal import Foundation
public import LinkControl
internal import RawKeyMessages
internal import SwiftProtobuf
public import UnitTransport

/// The windows of one session at one end: gathers sealed cells, states evidence, compares it with the other end's, and has
/// each window's outcome on disk before anybody gets a key or hears of it.
///
/// Bob's end says where windows begin and end. What each window goes through is `ReleaseCourse`; this actor carries out what
/// that says.
public actor KeyWindows {
    /// What evidence is compared with: fixed before the session.
    public enum Reference: Sendable {
        /// Bob's.
        case receiver(ReceiverReference)
        /// Alice's.
        case transmitter(TransmitterReference)
    }

    /// What a session's windows work with.
    public struct Setup: Sendable {
        /// Which end.
        public var end: ReleaseCourse.End
        /// Name of the link, the same at both nodes.
        public var link: String
        /// What both ends agreed on.
        public var binding: [UInt8]
        /// Number of the session on the units' wire.
        public var session: UInt64
        /// Whether a unit has no optics.
        public var isEmulated: Bool
        /// The rule, fixed before the session.
        public var policy: EvidencePolicy
        /// What this end's evidence is compared with.
        public var reference: Reference
        /// Keys of the other node that are believed.
        public var peerKeys: [PublicKey]
        /// This node's key.
        public var key: NodeKey
        /// For each step of the other end.
        public var deadline: Duration
        /// What time goes by.
        public var clock: HostClock

        /// A setup.
        public init(
            end: ReleaseCourse.End, link: String, binding: [UInt8], session: UInt64, isEmulated: Bool,
            policy: EvidencePolicy, reference: Reference, peerKeys: [PublicKey], key: NodeKey, deadline: Duration,
            clock: HostClock = .monotonic
        ) {
            self.end = end
            self.link = link
            self.binding = binding
            self.session = session
            self.isEmulated = isEmulated
            self.policy = policy
            self.reference = reference
            self.peerKeys = peerKeys
            self.key = key
            self.deadline = deadline
            self.clock = clock
        }
    }

    /// What a window came to, for whoever runs the session.
    public enum Notice: Sendable {
        /// A window ended, with what spoke against it at this end.
        case ended(ordinal: UInt64, WindowOutcome, against: [String])
        /// Nothing can be released any more: the journal cannot be written.
        case broken(RawKeyError)
    }

    struct Window {
        let ordinal: UInt64
        let cells: Range<UInt64>
        var course: ReleaseCourse
        var statement: Cvqkd_Rawkey_V1_WindowStatement?
        var own: Cvqkd_Rawkey_V1_SignedStatement?
        var peer: Cvqkd_Rawkey_V1_SignedStatement?
        var common: [UInt64] = []
        var against: [String] = []
        var isOver = false
        var watch: Task<Void, Never>?
    }

    let setup: Setup
    let spool: BlockSpool
    let journal: OutcomeJournal
    let send: @Sendable (ReleaseStatement) async -> Void
    let notify: @Sendable (Notice) async -> Void

    var facts: [UInt64: CellFacts] = [:]
    var blocks: [UInt64: StoredBlock] = [:]
    var gaps: [GapRun] = []
    /// The cell behind the last of which something is known; nil before the first.
    var reached: UInt64?
    var windows: [UInt64: Window] = [:]
    /// Bob: the window that is being filled. Alice: the one that Bob will state next.
    var filling: UInt64 = 0
    var nextCell: UInt64 = 0
    var ownChain: [UInt8] = []
    /// Digest of the other end's latest statement, and the window whose statement has to name it.
    var peerChain: [UInt8] = []
    var peerFollows: UInt64 = 0
    var tally = WindowTally()
    var alarms: Set<String> = []
    var powers: [Double] = []
    var waiting: [Cvqkd_Rawkey_V1_SignedStatement] = []
    var hasEnded = false
    var hasToldOutcomes = false
    var isBroken = false

    /// Windows of a session whose blocks go to a spool, and whose outcomes stand in a journal.
    public init(
        _ setup: Setup, spool: BlockSpool, journal: OutcomeJournal,
        send: @escaping @Sendable (ReleaseStatement) async -> Void,
        notify: @escaping @Sendable (Notice) async -> Void
    ) {
        self.setup = setup
        self.spool = spool
        self.journal = journal
        self.send = send
        self.notify = notify
    }

    /// How the windows of this session ended so far.
    public var counts: WindowTally { tally }

    /// Whether every window has its outcome.
    public var isSettled: Bool { windows.values.allSatisfy(\.isOver) }

    // MARK: - What comes

    /// Takes a cell, in the order of the cells.
    public func take(_ event: CellEvent) async {
        switch event {
        case .sealed(let block, let cell):
            begin(at: cell.cell)
            if hasEnded || isBroken || cell.cell < nextCell { return drop(block) }
            facts[cell.cell] = cell
            blocks[cell.cell] = block
            spool.append(.block(block))
            reached = cell.cell + 1
        case .missing(let cells, let cause):
            begin(at: cells.lowerBound)
            gaps.append(GapRun(cells: cells, cause: cause))
            spool.append(.gap(session: setup.session, GapRun(cells: cells, cause: cause).message))
            reached = cells.upperBound + 1
        }
        await closeWhatIsWhole()
    }

    /// Takes a step of the other end's.
    public func receive(_ step: ReleaseStatement) async {
        switch step.step {
        case .statement:
            guard let signed = try? Cvqkd_Rawkey_V1_SignedStatement(serializedBytes: step.bytes) else {
                return await distrust("a statement of the other end cannot be read")
            }
            waiting.append(signed)
            await hearStatements()
        case .released: await hearReleased(step)
        case .revoked:
            guard let ordinal = ReleaseWords.ordinal(of: step), let told = ReleaseWords.revocation(step) else {
                return await distrust("the other end revokes what cannot be a window")
            }
            // Bob may revoke before he has stated.
            if windows[ordinal] == nil, setup.end == .alice, ordinal == filling { open(ordinal, told.cells) }
            if windows[ordinal]?.against.isEmpty == true { windows[ordinal]?.against = told.against }
            await handle(ordinal, .peerRevoked(told.reason))
        case .outcomes: await hearOutcomes(step)
        }
    }

    /// What became of earlier sessions at the other end: what was released here alone has no counterpart.
    private func hearOutcomes(_ step: ReleaseStatement) async {
        guard let told = EarlierOutcomes(step, link: setup.link, keys: setup.peerKeys) else {
            return await distrust("what the other end says about earlier sessions is not its own, or cannot be read")
        }
        func orphan(_ session: UInt64, _ ordinal: UInt64, _ cells: [UInt64]) {
            let news = cells.filter { !journal.isOrphaned($0, of: session) }
            if !news.isEmpty { self.orphan(session: session, ordinal, news) }
        }
        for lost in told.lost {
            for (ordinal, cells) in journal.released(lost.cells, of: lost.session) {
                orphan(lost.session, ordinal, cells)
            }
        }
        // Of the session that runs every window has its own course.
        for (session, ordinals) in told.revoked where session != setup.session {
            for ordinal in ordinals { orphan(session, ordinal, journal.released(window: ordinal, of: session)) }
        }
    }

    /// An alarm that ends the session: what is being filled fails for it, at both ends.
    public func fail(for names: some Sequence<String> & Sendable) async {
        alarms.formUnion(names)
        for ordinal in windows.keys.sorted() where windows[ordinal]?.course.state == .filling {
            windows[ordinal]?.against = alarms.sorted()
            await handle(ordinal, .closed(passes: false))
        }
    }

    /// Alice: what her monitor photodiode shows, W.
    public func note(power: Double) { powers.append(power) }

    /// The other end, or the channel to it, is lost.
    public func peerLost() async { await all(.peerLost) }

    /// The session is over: what is not closed is insufficient, what is waits for the other end as long as the deadline lets it.
    public func sessionEnded() async {
        hasEnded = true
        await all(.sessionEnded)
        // At Alice's end a window that Bob never stated has no number.
        let left = blocks.keys.filter { cell in !windows.values.contains { $0.cells.contains(cell) } }
        forget(left, because: .ended)
    }

    /// Destroys every key.
    public func zeroise() async {
        await all(.zeroised)
        spool.destroy(blocks.values.map { BlockSpool.BlockName($0) })
        blocks = [:]
    }

    private func all(_ event: ReleaseCourse.Event) async {
        for ordinal in windows.keys.sorted() { await handle(ordinal, event) }
    }

    // MARK: - Where windows begin and end

    private func begin(at cell: UInt64) {
        guard reached == nil else { return }
        reached = cell
        guard setup.end == .bob else { return }
        nextCell = cell
        open(0, cell..<cell + setup.policy.cellsPerWindow)
    }

    private func open(_ ordinal: UInt64, _ cells: Range<UInt64>) {
        windows[ordinal] = Window(ordinal: ordinal, cells: cells, course: ReleaseCourse(setup.end))
        tally.attempted += 1
        do throws(RawKeyError) {
            try journal.add(.init(.opened, session: setup.session, ordinal: ordinal))
        } catch {
            isBroken = true
            Task(executorPreference: setup.clock.executor) { await self.notify(.broken(error)) }
        }
    }

    private func closeWhatIsWhole() async {
        while setup.end == .bob, let window = windows[filling], let reached, reached >= window.cells.upperBound {
            let next = window.cells.upperBound
            open(filling + 1, next..<next + setup.policy.cellsPerWindow)
            filling += 1
            await close(window.ordinal)
        }
        await hearStatements()
    }

    private func close(_ ordinal: UInt64) async {
        guard let verdict = state(ordinal) else { return }
        if case .insufficient = verdict {
            await handle(ordinal, .sessionEnded)
        } else {
            await handle(ordinal, .closed(passes: verdict == .passed && windows[ordinal]?.own != nil))
        }
    }

    /// States what there is of a window, and signs it; nil if it is stated already.
    func state(_ ordinal: UInt64) -> EvidenceVerdict? {
        guard var window = windows[ordinal], window.own == nil else { return nil }
        let held = window.cells.compactMap { facts[$0] }
        nextCell = window.cells.upperBound
        var statement = Cvqkd_Rawkey_V1_WindowStatement()
        statement.rule = EvidencePolicy.rule
        statement.link = setup.link
        statement.binding = Data(setup.binding)
        statement.end = setup.end == .alice ? .alice : .bob
        statement.ordinal = ordinal
        statement.previous = Data(ownChain)
        statement.firstCell = window.cells.lowerBound
        statement.cells = UInt64(window.cells.count)
        statement.isEmulated = setup.isEmulated
        statement.alarms = alarms.sorted()
        statement.sessionCounts = tally.message
        statement.dayCounts = journal.dayCounts.message
        statement.policy = setup.policy.bytes
        statement.held = WindowEvidence.held(held)
        statement.gaps = gaps.compactMap { $0.clipped(to: window.cells)?.message }
        if let peer = window.peer { statement.answers = Data(StatementSigning.digest(of: peer)) }
        let verdict = addEvidence(to: &statement, held)
        alarms = []
        powers = []
        if window.against.isEmpty { window.against = verdict.against }
        window.statement = statement
        do throws(EvidenceError) {
            let signed = try setup.key.sign(statement)
            window.own = signed
            ownChain = StatementSigning.digest(of: signed)
        } catch {
            window.against.append(error.description)
        }
        windows[ordinal] = window
        return verdict
    }

    private func addEvidence(
        to statement: inout Cvqkd_Rawkey_V1_WindowStatement, _ held: [CellFacts]
    ) -> EvidenceVerdict {
        let verdict: EvidenceVerdict
        switch setup.reference {
        case .receiver(let reference):
            let judged = WindowEvidence.receiver(
                held, gaps: statement.gaps, reference: reference, policy: setup.policy, alarms: statement.alarms)
            (statement.receiver, statement.judged, verdict) = (judged.evidence, judged.judged, judged.verdict)
        case .transmitter(let reference):
            let judged = WindowEvidence.transmitter(
                held, power: powers, gaps: statement.gaps, reference: reference, policy: setup.policy,
                alarms: statement.alarms)
            (statement.transmitter, statement.judged, verdict) = (judged.evidence, judged.judged, judged.verdict)
        }
        statement.passes = verdict == .passed
        return verdict
    }

    // MARK: - What the other end says

    /// Bob's statements wait until Alice has the cells that they are about; hers are answers, and wait for nothing.
    private func hearStatements() async {
        while let signed = waiting.first {
            let statement: Cvqkd_Rawkey_V1_WindowStatement
            do throws(EvidenceError) {
                statement = try StatementSigning.verify(signed, pinned: setup.peerKeys)
            } catch {
                return await distrust(error.description)
            }
            if setup.end == .alice {
                guard agrees(statement) else { return await distrust("Bob's window does not follow the one before it") }
                if windows[statement.ordinal] == nil {
                    open(statement.ordinal, statement.firstCell..<statement.firstCell + statement.cells)
                    windows[statement.ordinal]?.peer = signed
                    forget(blocks.keys.filter { $0 < statement.firstCell }, because: .otherEnd)
                }
                guard let reached, reached >= statement.firstCell + statement.cells else { return }
                waiting.removeFirst()
                filling = statement.ordinal + 1
                await close(statement.ordinal)
            } else {
                waiting.removeFirst()
                if windows[statement.ordinal]?.peer == nil { windows[statement.ordinal]?.peer = signed }
            }
            await judge(statement, signed)
        }
    }

    /// Whether Bob's window follows the one before it.
    private func agrees(_ statement: Cvqkd_Rawkey_V1_WindowStatement) -> Bool {
        guard statement.end == .bob, statement.cells == setup.policy.cellsPerWindow,
            statement.firstCell < UInt64.max / 4, Array(statement.binding) == setup.binding
        else { return false }
        if let known = windows[statement.ordinal] {
            return known.peer == nil || !known.isOver && known.cells.lowerBound == statement.firstCell
        }
        guard statement.ordinal == filling else { return false }
        guard let last = windows.values.max(by: { $0.ordinal < $1.ordinal }) else { return statement.ordinal == 0 }
        return statement.firstCell == last.cells.upperBound
    }

    private func judge(
        _ statement: Cvqkd_Rawkey_V1_WindowStatement, _ signed: Cvqkd_Rawkey_V1_SignedStatement
    ) async {
        guard let window = windows[statement.ordinal], let own = window.statement, let ownSigned = window.own else {
            return await distrust("it states a window that is not closed here")
        }
        var holds = false
        do throws(EvidenceError) {
            // What the other end stated about a window that it revoked does not come: what is behind it cannot be tied to it.
            guard statement.ordinal != peerFollows || Array(statement.previous) == peerChain else {
                throw .brokenChain(ordinal: statement.ordinal)
            }
            if setup.end == .bob {
                guard Array(statement.answers) == StatementSigning.digest(of: ownSigned) else { throw .answersAnother }
            }
            windows[statement.ordinal]?.common = try WindowComparison.compare(own: own, other: statement)
            (peerFollows, peerChain) = (statement.ordinal + 1, StatementSigning.digest(of: signed))
            holds = true
        } catch {
            windows[statement.ordinal]?.against.append(error.description)
        }
        await handle(statement.ordinal, .peerStated(holds: holds, passes: statement.passes))
    }

    private func hearReleased(_ step: ReleaseStatement) async {
        guard let ordinal = ReleaseWords.ordinal(of: step), let window = windows[ordinal] else {
            return await distrust("the other end has released a window that is not there")
        }
        let holds = ReleaseWords.holds(step, digest: digest(of: window), keys: setup.peerKeys)
        await handle(ordinal, .peerReleased(holds: holds))
    }

    /// What the other end says belongs to no window: none of those that are open may be released.
    private func distrust(_ reason: String) async {
        waiting = []
        for ordinal in windows.keys.sorted() where windows[ordinal]?.isOver == false {
            windows[ordinal]?.against.append(reason)
            await handle(ordinal, .peerStated(holds: false, passes: false))
        }
    }
}

extension EvidenceVerdict {
    /// The quantities that speak against a release.
    var against: [String] {
        switch self {
        case .passed: []
        case .insufficient(let names), .failed(let names): names
        }
    }
}
