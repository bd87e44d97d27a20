internal import Foundation
internal import GRPCCore
internal import RawKey
internal import RawKeyMessages
internal import SwiftProtobuf
internal import UnitTransport

/// Sends one consumer what its link's spool has, in order.
struct Delivery {
    let conversation: Conversation
    let opening: Conversation.Opening
    let wrapping: KeyWrapping?
    let writer: RPCWriter<OutgoingMessage>
    let counters: Guarded<DeliveryCounters>

    /// The largest piece of a ciphertext.
    static let chunkBytes = 1 << 20

    private var spool: BlockSpool { opening.link.spool }

    /// Sends until the task is cancelled or the agent ends.
    func run() async throws {
        let number = spool.signal(conversation.point)
        defer { spool.stopSignalling(number) }
        try await writer.write(.message(opened))
        var position = opening.after
        while true {
            try Task.checkCancellation()
            try await sendAgain(upTo: position)
            for entry in spool.entries(after: position) {
                try await send(entry)
                position = entry.position
                try await sendAgain(upTo: position)
            }
            if spool.isClosed, spool.entries(after: position, limit: 1).isEmpty { throw Self.ending }
            let newest = spool.newest
            // Items that are gone already are passed: they are nothing to wait for.
            if newest > position, spool.entries(after: position, limit: 1).isEmpty { position = newest }
            try await wait { conversation.hasAgain || spool.hasMore(after: position) }
        }
    }

    private static var ending: RPCError {
        RPCError(code: .unavailable, message: "the agent ends: open again, and what is not acknowledged is sent again")
    }

    private var opened: Cvqkd_Rawkey_V1_AgentMessage {
        .with { message in
            message.opened = .with { opened in
                opened.version = 1
                opened.link = opening.link.name
                opened.end = opening.link.end
                opened.isTest = opening.link.isTest
                opened.keyID = opening.isMetadataOnly ? "" : opening.consumer.keyID
                opened.nodeKey = Data(opening.link.nodeKey)
                opened.peerKey = Data(opening.link.peerKey)
                opened.newest = spool.newest
                opened.forgotten = spool.forgotten
            }
        }
    }

    /// Returns when there is something to do.
    private func wait(unless isReady: () -> Bool) async throws {
        while !conversation.ends, !isReady() {
            try Task.checkCancellation()
            await conversation.point.wait { conversation.ends || isReady() }
        }
        if conversation.ends { throw Self.ending }
    }

    /// What was refused is sent once more, with its old position.
    private func sendAgain(upTo position: UInt64) async throws {
        for name in conversation.takeAgain() {
            // What was never sent comes in its turn.
            for entry in spool.entries(of: name) where entry.position <= position { try await send(entry) }
        }
    }

    private func send(_ entry: SpoolEntry) async throws {
        if conversation.ends { throw Self.ending }
        switch entry.item {
        case .block(let block): try await send(block, entry.position)
        case .release(let block, let windowDigest, let binding):
            // A key that was destroyed since is not there any more.
            guard !opening.isMetadataOnly,
                let key = try wrapping?.key(of: block, windowDigest: windowDigest, binding: binding)
            else { return }
            try await writer.write(
                .message(.release(block, key, windowDigest: windowDigest, at: entry.position)))
            counters.withLock { $0.releases += 1 }
        default:
            guard let news = Cvqkd_Rawkey_V1_AgentMessage.news(entry) else { return }
            try await writer.write(.message(news))
        }
    }

    private func send(_ block: StoredBlock, _ position: UInt64) async throws {
        // Received before, or revoked: the header is still a link of the chain.
        let isWhole = !opening.isMetadataOnly && block.hasCiphertext
        try await writer.write(.message(.block(block, at: position, isWhole: isWhole)))
        guard isWhole else { return }
        var offset = 0
        while offset < block.byteCount {
            let count = conversation.spend(upTo: min(Self.chunkBytes, block.byteCount - offset))
            guard count > 0 else {
                try await wait { conversation.hasCredit || !block.hasCiphertext }
                // One that was revoked while it waited needs no credit.
                guard block.hasCiphertext else { return }
                continue
            }
            do {
                try await writer.write(.chunk(position: position, block: block, offset: offset, count: count))
            } catch is CiphertextIsGone { return }
            counters.withLock { $0.bytes += UInt64(count) }
            offset += count
        }
    }
}

extension Cvqkd_Rawkey_V1_AgentMessage {
    fileprivate static func block(_ block: StoredBlock, at position: UInt64, isWhole: Bool) -> Self {
        .with { message in
            message.position = position
            message.block = .with {
                $0.session = block.session
                $0.cell = block.cell
                $0.header = Data(block.header)
                $0.tag = Data(block.tag.bytes)
                $0.bytes = UInt64(block.byteCount)
                $0.contentsGone = !isWhole
            }
        }
    }

    fileprivate static func release(
        _ block: StoredBlock, _ key: KeyForConsumer, windowDigest: [UInt8], at position: UInt64
    ) -> Self {
        .with { message in
            message.position = position
            message.release = .with {
                $0.session = block.session
                $0.cell = block.cell
                $0.encapsulation = Data(key.encapsulation)
                $0.wrappedKey = Data(key.wrappedKey)
                $0.keyID = key.keyID
                $0.windowDigest = Data(windowDigest)
            }
        }
    }

    /// What is neither block nor key.
    fileprivate static func news(_ entry: SpoolEntry) -> Self? {
        var message = Self()
        message.position = entry.position
        switch entry.item {
        case .block, .release: return nil
        case .gap(let session, let cells):
            message.gap = .with {
                $0.session = session
                $0.cells = cells
            }
        case .window(let session, let ordinal, let record, let cells):
            message.window = .with {
                $0.session = session
                $0.ordinal = ordinal
                $0.record = record
                $0.cells = cells
            }
        case .orphaned(let session, let ordinal, let cells):
            message.orphaned = .with {
                $0.session = session
                $0.ordinal = ordinal
                $0.cells = cells
            }
        case .suspect(let session, let cells, let cause):
            message.suspect = .with {
                $0.session = session
                $0.firstCell = cells.lowerBound
                $0.cells = cells.upperBound - cells.lowerBound + 1
                $0.cause = cause
            }
        case .state(let state, let reason, let session):
            message.state = .with {
                $0.state = state
                $0.reason = reason
                $0.session = session
            }
        }
        return message
    }
}
