public import UnitTransport

/// The raw key of one link at one end, for its consumer, in memory: an item is kept until it has done what it is for.
///
/// A ciphertext is kept until its consumer has it or its window was revoked; a release until its key was taken. What is
/// left of a block then, its header, is news like everything else, of which the newest are kept. No step costs more when
/// there is more in it.
public final class BlockSpool: Sendable {
    /// A block of a link.
    public struct BlockName: Sendable, Hashable {
        /// Number of the session.
        public var session: UInt64
        /// Place in the session's grid.
        public var cell: UInt64

        /// A name.
        public init(session: UInt64, cell: UInt64) {
            self.session = session
            self.cell = cell
        }
    }

    /// A block whose ciphertext or key is here, and the positions of what is kept for them.
    private struct Held {
        let block: StoredBlock
        let position: UInt64
        var release: UInt64?
        var isNews = false
    }

    private struct State {
        var log = SpoolLog()
        var next: UInt64
        var held: [BlockName: Held] = [:]
        var news = News()
        var finished = FinishedBlocks()
        var isClosed = false
        var waiters: [UInt64: WaitPoint] = [:]
        var nextWaiter: UInt64 = 0
    }

    /// Positions of news, in the order in which they became that.
    private struct News {
        var positions: [UInt64] = []
        /// Those before are forgotten.
        var first = 0
        var forgotten: UInt64 = 0
    }

    private let state: Guarded<State>
    private let mostNews: Int
    private let noteTaken: @Sendable (BlockName) -> Void

    /// An empty spool that begins behind `position`: what a journal says was the last.
    ///
    /// - Parameters:
    ///   - mostNews: headers, gaps, windows and states that are kept for a consumer that comes late.
    ///   - noteTaken: is told of each key that a consumer has taken, once.
    public init(
        after position: UInt64 = 0, mostNews: Int = 4_096, noteTaken: @escaping @Sendable (BlockName) -> Void = { _ in }
    ) {
        state = Guarded(State(next: position + 1))
        self.mostNews = mostNews
        self.noteTaken = noteTaken
    }

    /// Position of the newest item; that before the first if there is none.
    public var newest: UInt64 { state.withLock { $0.next - 1 } }

    /// The last position of which news were forgotten, because there were too many; 0 if none were. Ciphertexts and keys
    /// are never forgotten.
    public var forgotten: UInt64 { state.withLock { $0.news.forgotten } }

    /// Blocks whose ciphertext or key is still here.
    public var blockCount: Int { state.withLock { $0.held.count } }

    /// Puts an item behind the others. Returns its position.
    @discardableResult public func append(_ item: SpoolItem) -> UInt64 {
        let (position, waiters) = state.withLock { state in
            let position = state.next
            state.next += 1
            switch item {
            case .block(let block):
                state.held[BlockName(block)] = Held(block: block, position: position)
                state.log.append(item, at: position)
            case .release(let block, _, _):
                // What was destroyed is not handed over, and what was handed over is not handed over again.
                guard state.held[BlockName(block)] != nil, state.held[BlockName(block)]?.release == nil else { break }
                state.held[BlockName(block)]?.release = position
                state.log.append(item, at: position)
            default:
                state.log.append(item, at: position)
                addNews(position, &state)
            }
            return (position, Array(state.waiters.values))
        }
        for waiter in waiters { waiter.signal() }
        return position
    }

    /// Items behind a position, in order, at most so many. A block may be without ciphertext.
    public func entries(after position: UInt64, limit: Int = 64) -> [SpoolEntry] {
        state.withLock { $0.log.entries(after: position, limit: limit) }
    }

    /// From now on `point` is signalled when an item comes or the spool is closed. Returns what `stopSignalling` wants.
    public func signal(_ point: WaitPoint) -> UInt64 {
        state.withLock { state in
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = point
            return state.nextWaiter
        }
    }

    /// The opposite of `signal`.
    public func stopSignalling(_ number: UInt64) { state.withLock { _ = $0.waiters.removeValue(forKey: number) } }

    /// Returns when there is an item behind `position`, when the spool is closed, or when the task is cancelled.
    public func waitForMore(after position: UInt64) async {
        let point = WaitPoint()
        let number = signal(point)
        defer { stopSignalling(number) }
        while !Task.isCancelled, !hasMore(after: position) {
            await point.wait { self.hasMore(after: position) }
        }
    }

    /// Whether there is nothing to wait for: an item behind `position`, or the end.
    public func hasMore(after position: UInt64) -> Bool {
        state.withLock { $0.isClosed || $0.next - 1 > position }
    }

    /// Nothing more comes: whoever waits returns.
    public func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.signal() }
    }

    /// Whether nothing more comes.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The consumer has the whole block: its ciphertext is forgotten. Twice is no error, and neither is a block that was
    /// destroyed meanwhile.
    public func received(_ name: BlockName, digest: [UInt8]) throws(SpoolError) {
        try state.withLock { state throws(SpoolError) in
            guard let held = try held(name, digest, &state) else { return }
            held.block.dropCiphertext()
            becomeNews(name, &state)
        }
    }

    /// The consumer has the key: it is destroyed, and never comes again. Twice is no error, and neither is a key that was
    /// destroyed meanwhile.
    public func taken(_ name: BlockName, digest: [UInt8]) throws(SpoolError) {
        let isNew = try state.withLock { state throws(SpoolError) in
            guard let held = try held(name, digest, &state) else { return false }
            guard held.release != nil, held.block.isWrapped else {
                throw .notReleased(session: name.session, cell: name.cell)
            }
            finish(name, &state)
            return true
        }
        if isNew { noteTaken(name) }
    }

    /// A block whose ciphertext or key is here.
    public func block(_ name: BlockName) throws(SpoolError) -> StoredBlock {
        guard let held = state.withLock({ $0.held[name] }) else {
            throw .unknownBlock(session: name.session, cell: name.cell)
        }
        return held.block
    }

    /// What is here of a block, with the position of each: the block while it has its ciphertext, and its release. Empty if
    /// there is nothing.
    public func entries(of name: BlockName) -> [SpoolEntry] {
        state.withLock { state in
            guard let held = state.held[name] else { return [] }
            let block = held.block.hasCiphertext ? [held.position] : []
            return (block + (held.release.map { [$0] } ?? [])).flatMap {
                state.log.entries(after: $0 - 1, limit: 1)
            }
        }
    }

    /// Destroys keys and ciphertexts of cells: their window was revoked, or the other end does not hold them.
    public func destroy(_ names: some Sequence<BlockName>) {
        state.withLock { state in
            for name in names where state.held[name] != nil { finish(name, &state) }
        }
    }

    /// Destroys every key and ciphertext that is here. Returns how many blocks that were.
    @discardableResult public func zeroise() -> Int {
        state.withLock { state in
            let names = Array(state.held.keys)
            for name in names { finish(name, &state) }
            return names.count
        }
    }

    /// Nil if the block was taken or destroyed.
    private func held(_ name: BlockName, _ digest: [UInt8], _ state: inout State) throws(SpoolError) -> Held? {
        let held = state.held[name]
        guard let known = held?.block.digest ?? state.finished[name] else {
            throw .unknownBlock(session: name.session, cell: name.cell)
        }
        guard known == digest else { throw .wrongDigest(session: name.session, cell: name.cell) }
        return held
    }

    /// Key and ciphertext end; the header stays as news.
    private func finish(_ name: BlockName, _ state: inout State) {
        guard let held = state.held[name] else { return }
        held.block.destroyKey()
        held.block.dropCiphertext()
        if let release = held.release { state.log.remove(at: release) }
        becomeNews(name, &state)
        state.held[name] = nil
        state.finished.add(name, digest: held.block.digest)
    }

    private func becomeNews(_ name: BlockName, _ state: inout State) {
        guard let held = state.held[name], !held.isNews else { return }
        state.held[name]?.isNews = true
        addNews(held.position, &state)
    }

    private func addNews(_ position: UInt64, _ state: inout State) {
        state.news.positions.append(position)
        guard state.news.positions.count - state.news.first > mostNews else { return }
        let oldest = state.news.positions[state.news.first]
        state.log.remove(at: oldest)
        state.news.forgotten = max(state.news.forgotten, oldest)
        state.news.first += 1
        guard 2 * state.news.first > state.news.positions.count else { return }
        state.news.positions.removeFirst(state.news.first)
        state.news.first = 0
    }
}

extension BlockSpool.BlockName {
    /// A block's.
    public init(_ block: StoredBlock) { self.init(session: block.session, cell: block.cell) }
}

/// Digests of the newest blocks that were taken or destroyed: a second acknowledgement of one is known by it.
private struct FinishedBlocks {
    private static let most = 65_536
    private var digests: [BlockSpool.BlockName: [UInt8]] = [:]
    private var order: [BlockSpool.BlockName] = []
    private var oldest = 0

    subscript(name: BlockSpool.BlockName) -> [UInt8]? { digests[name] }

    mutating func add(_ name: BlockSpool.BlockName, digest: [UInt8]) {
        guard digests.updateValue(digest, forKey: name) == nil else { return }
        guard order.count == Self.most else { return order.append(name) }
        digests[order[oldest]] = nil
        order[oldest] = name
        oldest = (oldest + 1) % Self.most
    }
}
