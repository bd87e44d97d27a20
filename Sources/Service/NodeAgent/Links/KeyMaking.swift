internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import QuadratureAnalysis
internal import RawKey
internal import RawKeyMessages
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What one end of a link needs for raw key, session after session: locked memory, journal, spool, and the node's key.
final class KeyMaking: Sendable {
    /// Blocks until their consumer has them, in locked memory.
    let contents: SecretPool
    /// Keys of blocks.
    let keys: SecretPool
    let spool: BlockSpool
    let journal: OutcomeJournal
    let nodeKey: NodeKey
    let peerKeys: [PublicKey]
    let deadline: Duration
    /// Buffers in use at which a session is ended: what consumers do not take must not hold up a unit's line, which carries
    /// its control too.
    let highWater: Int

    init(
        contents: SecretPool, keys: SecretPool, spool: BlockSpool, journal: OutcomeJournal, nodeKey: NodeKey,
        peerKeys: [PublicKey], deadline: Duration, highWater: Double
    ) {
        self.contents = contents
        self.keys = keys
        self.spool = spool
        self.journal = journal
        self.nodeKey = nodeKey
        self.peerKeys = peerKeys
        self.deadline = deadline
        self.highWater = max(1, min(contents.bufferCount - 4, Int(highWater * Double(contents.bufferCount))))
    }

    /// Whether consumers have left so much that no more may come.
    var isFull: Bool { contents.bufferCount - contents.spareCount >= highWater || keys.spareCount < 64 }

    /// Whether a session may begin again: half of what may be in use is free.
    var hasRoom: Bool { contents.bufferCount - contents.spareCount <= highWater / 2 && keys.spareCount >= 128 }

    /// Shows an end's next session to the makers of its blocks. `reference` is asked when the session begins.
    func attach(
        to end: LinkEnd, reference: @escaping @Sendable () -> SessionReferences?,
        send: @escaping @Sendable (ReleaseStatement) async -> Void,
        notify: @escaping @Sendable (KeyWindows.Notice) async -> Void
    ) async -> KeySession {
        let session = KeySession(end.unit.clock)
        await end.deliver { [self] begun in
            guard let reference = reference() else { return RefusedBlocks(reason: "nothing to compare evidence with") }
            do throws(EvidenceError) {
                let (terms, policy) = try ReleaseTerms.read(begun.terms)
                return consumer(
                    of: begun, end, terms, policy, reference, into: session, send: send, notify: notify)
            } catch {
                return RefusedBlocks(reason: error.description)
            }
        }
        return session
    }

    private func consumer(
        of begun: EndSession, _ end: LinkEnd, _ terms: ReleaseTerms, _ policy: EvidencePolicy,
        _ reference: SessionReferences, into session: KeySession,
        send: @escaping @Sendable (ReleaseStatement) async -> Void,
        notify: @escaping @Sendable (KeyWindows.Notice) async -> Void
    ) -> any StreamConsumer {
        let isAlice = begun.role == .alice
        let windows = KeyWindows(
            KeyWindows.Setup(
                end: isAlice ? .alice : .bob, link: begun.link, binding: begun.binding.bytes,
                session: begun.binding.session, isEmulated: begun.own.facts.isEmulated || begun.peer.facts.isEmulated,
                policy: policy, reference: reference.evidence, peerKeys: peerKeys, key: nodeKey, deadline: deadline),
            spool: spool, journal: journal, send: send, notify: notify)
        let emit = session.begin(windows)
        let template = reference.header(of: begun, terms, policy)
        let limits = ClipLimits(low: begun.capabilities.clipLow, high: begun.capabilities.clipHigh)
        let slot = begun.plan.symbolsPerFrame
        let health: @Sendable () -> LinkMoment? = { session.moment }
        return KeyBlocksConsumer(
            grid: { () throws(ConsumerFailure) in
                let delay: Int? = isAlice ? 0 : end.confirmedDelay
                guard let delay else { return nil }
                do throws(RawKeyError) {
                    return try BlockGrid(
                        symbolsPerCell: terms.symbolsPerCell, symbolsPerSlot: slot, offset: Int64(delay))
                } catch {
                    throw ConsumerFailure(consumer: "raw-key blocks", reason: error.description)
                }
            },
            begin: { [contents, keys] (grid, start) throws(RawKeyError) in
                let sealer = try BlockSealer(
                    template: template, grid: grid, keys: keys, health: { health()?.message }, emit: emit)
                return BlockAssembler(
                    grid: grid, from: start, format: begun.started.sampleFormat, pool: contents, limits: limits,
                    sink: sealer)
            })
    }
}

/// The raw key of one session at one end: its windows once it has begun, and the cells on their way to them.
final class KeySession: Sendable {
    private let state = Guarded<(windows: KeyWindows, pump: Task<Void, Never>)?>(nil)
    private let events: AsyncStream<CellEvent>
    private let continuation: AsyncStream<CellEvent>.Continuation

    private let clock: HostClock
    private let found = Guarded<LinkMoment?>(nil)

    init(_ clock: HostClock) {
        (events, continuation) = AsyncStream.makeStream()
        self.clock = clock
    }

    /// The windows; nil before the session has begun.
    var windows: KeyWindows? { state.withLock { $0?.windows } }

    /// How the link is, for the headers of the blocks that close next; nil where nobody says.
    var moment: LinkMoment? { found.withLock { $0 } }

    /// Takes over how the link is.
    func note(_ moment: LinkMoment) { found.withLock { $0 = moment } }

    /// Cells that wait are as many as the pool has buffers: the stream is bounded by them.
    func begin(_ windows: KeyWindows) -> @Sendable (CellEvent) -> Void {
        let pump = Task(executorPreference: clock.executor) { [events] in
            for await event in events { await windows.take(event) }
        }
        state.withLock { $0 = (windows, pump) }
        return { [continuation] in continuation.yield($0) }
    }

    /// The stream is read to its end: all its cells have come to the windows when this returns.
    func drain() async {
        continuation.finish()
        await state.withLock { $0?.pump }?.value
    }

    /// The session is over: waits until every window has its outcome, at most the time that the other end may take.
    func settle(within limit: Duration) async {
        await drain()
        guard let windows else { return }
        await windows.sessionEnded()
        let end = clock.now + limit
        while await !windows.isSettled, clock.now < end {
            do { try await clock.sleep(for: .milliseconds(20)) } catch { break }
        }
        await windows.peerLost()
    }
}

/// Takes the place of blocks that cannot be made: the session ends with the reason.
private struct RefusedBlocks: StreamConsumer {
    let reason: String

    mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
        throw ConsumerFailure(consumer: "raw-key blocks", reason: reason)
    }
}
