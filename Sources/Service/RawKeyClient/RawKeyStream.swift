internal import Foundation
internal import GRPCCore
internal import RawKeyMessages
internal import Synchronization

/// An open stream: events in, acknowledgements out. One task iterates.
public struct RawKeyStream: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = RawKeyEvent

    private let messages: RPCAsyncSequence<Cvqkd_Rawkey_V1_AgentMessage, any Error>
    private let queue: AsyncStream<Cvqkd_Rawkey_V1_ConsumerMessage>.Continuation
    private let credit: UInt64
    private let progress: StreamProgress

    init(
        messages: RPCAsyncSequence<Cvqkd_Rawkey_V1_AgentMessage, any Error>,
        queue: AsyncStream<Cvqkd_Rawkey_V1_ConsumerMessage>.Continuation, credit: UInt64, after: UInt64
    ) {
        self.messages = messages
        self.queue = queue
        self.credit = credit
        progress = StreamProgress(after: after)
    }

    /// Where to open again: all before it was acknowledged, or needs no acknowledgement.
    public var resumePoint: UInt64 { progress.resumePoint }

    /// The block is stored: the agent forgets its ciphertext.
    public func received(_ block: SealedBlock) {
        progress.received(block.session, block.cell)
        var message = Cvqkd_Rawkey_V1_ConsumerMessage()
        message.received.session = block.session
        message.received.cell = block.cell
        message.received.digest = Data(block.digest)
        queue.yield(message)
    }

    /// The block's key is not needed again: the agent destroys it.
    public func taken(_ block: SealedBlock) {
        progress.taken(block.session, block.cell)
        var message = Cvqkd_Rawkey_V1_ConsumerMessage()
        message.taken.session = block.session
        message.taken.cell = block.cell
        message.taken.digest = Data(block.digest)
        queue.yield(message)
    }

    /// A block or its release does not hold: it comes once more.
    public func refuse(session: UInt64, cell: UInt64, reason: String) {
        var message = Cvqkd_Rawkey_V1_ConsumerMessage()
        message.nack.session = session
        message.nack.cell = cell
        message.nack.reason = reason
        queue.yield(message)
    }

    /// An iterator; the one that there may be.
    public func makeAsyncIterator() -> Iterator {
        Iterator(messages: messages.makeAsyncIterator(), queue: queue, credit: credit, progress: progress)
    }

    /// Puts blocks together, and gives credit for what it has handed on.
    public struct Iterator: AsyncIteratorProtocol {
        private var messages: RPCAsyncSequence<Cvqkd_Rawkey_V1_AgentMessage, any Error>.AsyncIterator
        private let queue: AsyncStream<Cvqkd_Rawkey_V1_ConsumerMessage>.Continuation
        private let credit: UInt64
        private let progress: StreamProgress
        private var consumed: UInt64 = 0
        private var chain = BlockChain()
        private var open: (position: UInt64, block: Cvqkd_Rawkey_V1_Block, contents: [UInt8])?
        /// What came behind a block that will not be whole.
        private var waiting: RawKeyEvent?
        /// Blocks are at most 4 MiB of samples and their basis bits.
        private static let mostBytes: UInt64 = 5 << 20

        init(
            messages: RPCAsyncSequence<Cvqkd_Rawkey_V1_AgentMessage, any Error>.AsyncIterator,
            queue: AsyncStream<Cvqkd_Rawkey_V1_ConsumerMessage>.Continuation, credit: UInt64,
            progress: StreamProgress
        ) {
            self.messages = messages
            self.queue = queue
            self.credit = credit
            self.progress = progress
        }

        /// The next event; nil when the stream has ended in order, which an agent does not do by itself.
        public mutating func next() async throws -> RawKeyEvent? { try await next(isolation: #isolation) }

        /// The same, where the caller is.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> RawKeyEvent? {
            if let event = waiting.take() {
                progress.passed(event)
                return event
            }
            do {
                while let message = try await messages.next(isolation: actor) {
                    guard let event = try take(message) else { continue }
                    progress.passed(event)
                    return event
                }
                return nil
            } catch let error as RPCError { throw RawKeyClientError(error) }
        }

        private mutating func take(
            _ message: Cvqkd_Rawkey_V1_AgentMessage
        ) throws(RawKeyClientError) -> RawKeyEvent? {
            let position = message.position
            if case .chunk(let chunk) = message.message { return try add(chunk) }
            // The block's ciphertext is gone: its window was revoked while it came.
            let abandoned = try finish(isComplete: false)
            let kind: RawKeyEvent.Kind?
            switch message.message {
            case .opened(let opened): kind = .opened(opened)
            case .block(let block):
                guard block.bytes <= Self.mostBytes else {
                    throw .badMessage("a block of \(block.bytes) bytes")
                }
                open = (position, block, [])
                open?.contents.reserveCapacity(block.contentsGone ? 0 : Int(block.bytes))
                kind = block.contentsGone || block.bytes == 0 ? try finish(isComplete: !block.contentsGone)?.kind : nil
            case .gap(let gap): kind = .gap(gap)
            case .window(let window): kind = .window(window)
            case .release(let release): kind = .release(BlockRelease(release))
            case .orphaned(let orphaned): kind = .orphaned(orphaned)
            case .suspect(let suspect): kind = .suspect(suspect)
            case .state(let state): kind = .state(state)
            // Of a later version of this protocol: what this one knows is whole without it.
            case .chunk, nil: kind = nil
            }
            let event = kind.map { RawKeyEvent(position: position, kind: $0) }
            guard let abandoned else { return event }
            waiting = event
            return abandoned
        }

        private mutating func add(_ chunk: Cvqkd_Rawkey_V1_Chunk) throws(RawKeyClientError) -> RawKeyEvent? {
            guard let current = open, current.block.session == chunk.session, current.block.cell == chunk.cell,
                Int(exactly: chunk.offset) == current.contents.count,
                UInt64(current.contents.count + chunk.data.count) <= current.block.bytes
            else { throw .badMessage("a chunk that does not belong to the block before it") }
            open?.contents.append(contentsOf: chunk.data)
            giveCredit(UInt64(chunk.data.count))
            guard UInt64(current.contents.count + chunk.data.count) == current.block.bytes else { return nil }
            return try finish(isComplete: true)
        }

        private mutating func finish(isComplete: Bool) throws(RawKeyClientError) -> RawKeyEvent? {
            guard let (position, message, contents) = open.take() else { return nil }
            let block = try SealedBlock(message, ciphertext: isComplete ? contents : nil)
            try chain.add(block)
            return RawKeyEvent(position: position, kind: .block(block))
        }

        /// Half of it at a time.
        private mutating func giveCredit(_ bytes: UInt64) {
            consumed += bytes
            guard 2 * consumed >= credit else { return }
            queue.yield(.credit(consumed))
            consumed = 0
        }
    }
}

/// The newest block of each session, with which the next one's header has to agree.
struct BlockChain {
    private var newest: [UInt64: (cell: UInt64, digest: [UInt8])] = [:]

    /// A block that comes again changes nothing.
    mutating func add(_ block: SealedBlock) throws(RawKeyClientError) {
        if let last = newest[block.session] {
            guard block.cell > last.cell else {
                guard block.cell < last.cell || block.digest == last.digest else {
                    throw .chainBroken(session: block.session, cell: block.cell)
                }
                return
            }
            guard Array(block.header.previous) == last.digest else {
                throw .chainBroken(session: block.session, cell: block.cell)
            }
        }
        newest[block.session] = (block.cell, block.digest)
    }
}

/// How far a consumer is.
final class StreamProgress: Sendable {
    private struct Name: Hashable {
        var session: UInt64
        var cell: UInt64
    }
    private struct State {
        var last: UInt64
        var blocks: [Name: UInt64] = [:]
        var releases: [Name: UInt64] = [:]
    }
    private let state: Mutex<State>

    init(after: UInt64) { state = Mutex(State(last: after)) }

    var resumePoint: UInt64 {
        state.withLock { state in
            let open = [state.blocks.values.min(), state.releases.values.min()].compactMap(\.self).min()
            return open.map { $0 - 1 } ?? state.last
        }
    }

    func passed(_ event: RawKeyEvent) {
        state.withLock { state in
            state.last = Swift.max(state.last, event.position)
            switch event.kind {
            case .block(let block) where block.isComplete:
                state.blocks[Name(session: block.session, cell: block.cell)] = event.position
            case .release(let release):
                state.releases[Name(session: release.session, cell: release.cell)] = event.position
            // Nothing is to be acknowledged of cells whose keys were destroyed.
            case .window(let window) where window.record.outcome == .revoked:
                for cell in window.cells {
                    state.blocks[Name(session: window.session, cell: cell)] = nil
                    state.releases[Name(session: window.session, cell: cell)] = nil
                }
            default: break
            }
        }
    }

    func received(_ session: UInt64, _ cell: UInt64) {
        state.withLock { _ = $0.blocks.removeValue(forKey: Name(session: session, cell: cell)) }
    }

    func taken(_ session: UInt64, _ cell: UInt64) {
        state.withLock { state in
            state.blocks[Name(session: session, cell: cell)] = nil
            state.releases[Name(session: session, cell: cell)] = nil
        }
    }
}
