internal import UnitTransport

/// The raw key of one link at one end, for its consumer, in memory: an item is kept until it has done what it is for.
///
/// A block is kept until its consumer has it and its window has ended; a release until its key was taken. Everything else
/// is news, of which the newest are kept.
public final class BlockSpool: Sendable {
    private struct State {
        var entries: [SpoolEntry] = []
        var next: UInt64
        var blocks: [BlockName: StoredBlock] = [:]
        var released: Set<BlockName> = []
        var isClosed = false
        var waiters: [UInt64: WaitPoint] = [:]
        var nextWaiter: UInt64 = 0
    }

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

    private let state: Guarded<State>
    /// Gaps, windows and states that are kept for a consumer that comes late.
    private let mostNews: Int

    /// An empty spool that begins behind `position`: what a journal says was the last.
    public init(after position: UInt64 = 0, mostNews: Int = 4_096) {
        state = Guarded(State(next: position + 1))
        self.mostNews = mostNews
    }

    /// Position of the newest item; that before the first if there is none.
    public var newest: UInt64 { state.withLock { $0.next - 1 } }

    /// Blocks whose ciphertext or key is still here.
    public var blockCount: Int { state.withLock { $0.blocks.count } }

    /// Puts an item behind the others. Returns its position.
    @discardableResult public func append(_ item: SpoolItem) -> UInt64 {
        let (position, waiters) = state.withLock { state in
            let position = state.next
            state.next += 1
            switch item {
            case .block(let block): state.blocks[BlockName(block)] = block
            case .release(let block, _, _): state.released.insert(BlockName(block))
            default: break
            }
            state.entries.append(SpoolEntry(position: position, item: item))
            Self.prune(&state, mostNews)
            return (position, Array(state.waiters.values))
        }
        for waiter in waiters { waiter.signal() }
        return position
    }

    /// Items behind a position, in order, at most so many.
    public func entries(after position: UInt64, limit: Int = 64) -> [SpoolEntry] {
        state.withLock { state in
            let start = state.entries.partitioningIndex { $0.position > position }
            return Array(state.entries[start...].prefix(limit))
        }
    }

    /// Returns when there is an item behind `position`, when the spool is closed, or when the task is cancelled.
    public func waitForMore(after position: UInt64) async {
        let point = WaitPoint()
        let number = state.withLock { state in
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = point
            return state.nextWaiter
        }
        defer { state.withLock { _ = $0.waiters.removeValue(forKey: number) } }
        while !Task.isCancelled, !state.withLock({ $0.isClosed || $0.next - 1 > position }) {
            await point.wait { self.state.withLock { $0.isClosed || $0.next - 1 > position } }
        }
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

    /// The consumer has the whole block: its ciphertext is forgotten. Twice is no error.
    public func received(_ name: BlockName, digest: [UInt8]) throws(SpoolError) {
        let block = try block(name, digest)
        block.dropCiphertext()
        state.withLock { Self.prune(&$0, mostNews) }
    }

    /// The consumer has the key: it is destroyed, and never comes again. Twice is no error.
    public func taken(_ name: BlockName, digest: [UInt8]) throws(SpoolError) {
        let block = try block(name, digest)
        guard state.withLock({ $0.released.contains(name) }) else {
            throw .notReleased(session: name.session, cell: name.cell)
        }
        block.destroyKey()
        block.dropCiphertext()
        state.withLock { state in
            state.released.remove(name)
            state.blocks[name] = nil
            Self.prune(&state, mostNews)
        }
    }

    /// Destroys keys and ciphertexts of cells: their window was revoked, or the other end does not hold them.
    public func destroy(_ names: some Sequence<BlockName>) {
        state.withLock { state in
            for name in names {
                guard let block = state.blocks.removeValue(forKey: name) else { continue }
                block.destroyKey()
                block.dropCiphertext()
                state.released.remove(name)
            }
            Self.prune(&state, mostNews)
        }
    }

    /// Destroys every key and ciphertext that is here. Returns how many blocks that were.
    @discardableResult public func zeroise() -> Int {
        let names = state.withLock { Array($0.blocks.keys) }
        destroy(names)
        return names.count
    }

    private func block(_ name: BlockName, _ digest: [UInt8]) throws(SpoolError) -> StoredBlock {
        guard let block = state.withLock({ $0.blocks[name] }) else {
            throw .unknownBlock(session: name.session, cell: name.cell)
        }
        guard block.digest == digest else { throw .wrongDigest(session: name.session, cell: name.cell) }
        return block
    }

    /// Drops what has done its work, and the oldest news.
    private static func prune(_ state: inout State, _ mostNews: Int) {
        var news = 0
        for entry in state.entries where !entry.item.isBlockOrRelease { news += 1 }
        var surplus = news - mostNews
        state.entries.removeAll { entry in
            switch entry.item {
            case .block(let block): return state.blocks[BlockName(block)] == nil || !block.hasCiphertext
            case .release(let block, _, _): return !state.released.contains(BlockName(block))
            default:
                surplus -= 1
                return surplus >= 0
            }
        }
    }
}

extension BlockSpool.BlockName {
    /// A block's.
    public init(_ block: StoredBlock) { self.init(session: block.session, cell: block.cell) }
}

extension SpoolItem {
    fileprivate var isBlockOrRelease: Bool {
        switch self {
        case .block, .release: true
        default: false
        }
    }
}

extension Array {
    /// The first index whose element fulfils `belongs`, if all before do not and all behind do.
    fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
