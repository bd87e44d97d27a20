import Dispatch
import Testing
import UnitTransport

@testable import RawKey

struct BlockSpoolTests {
    private let blocks: SecretPool
    private let keys: SecretPool
    private static let wrapped = KeyForConsumer(encapsulation: [1], wrappedKey: [2], keyID: "k")
    private static let binding = [UInt8](repeating: 7, count: 32)

    init() throws {
        blocks = try SecretPool(buffers: 8, bytes: 64)
        keys = try BlockKey.pool(8)
    }

    private func block(_ cell: UInt64) throws -> StoredBlock {
        guard var buffer = blocks.take(), let key = try BlockKey.random(in: keys) else {
            throw RawKeyError.cipherFailed(step: "no buffer")
        }
        buffer.setCount(64)
        let tag = try #require(BlockTag([UInt8](repeating: UInt8(cell), count: 16)))
        return StoredBlock(session: 1, cell: cell, header: [UInt8(cell)], tag: tag, ciphertext: buffer, key: key)
    }

    private func names(_ spool: BlockSpool, after: UInt64 = 0) -> [String] {
        spool.entries(after: after).map { entry in
            switch entry.item {
            case .block(let block): "\(entry.position) block \(block.cell)\(block.hasCiphertext ? "" : " header")"
            case .release(let block, _, _): "\(entry.position) release \(block.cell)"
            case .state(let state, _, _): "\(entry.position) \(state)"
            default: "\(entry.position)"
            }
        }
    }

    @Test func `an item is kept until it has done what it is for`() throws {
        let spool = BlockSpool(after: 10)
        let block = try block(0)
        let name = BlockSpool.BlockName(block)
        #expect(spool.append(.block(block)) == 11)
        spool.append(.release(block, windowDigest: [], binding: Self.binding))
        #expect(names(spool) == ["11 block 0", "12 release 0"])
        try spool.received(name, digest: block.digest)
        try spool.received(name, digest: block.digest)
        #expect(names(spool) == ["11 block 0 header", "12 release 0"])
        #expect(throws: SpoolError.notReleased(session: 1, cell: 0)) {
            try spool.taken(name, digest: block.digest)
        }
        _ = block.keyForConsumer { _ in Self.wrapped }
        try spool.taken(name, digest: block.digest)
        try spool.taken(name, digest: block.digest)
        #expect(names(spool) == ["11 block 0 header"])
        #expect(spool.blockCount == 0 && !block.hasKey)
        #expect(blocks.spareCount == 8 && keys.spareCount == 8)
    }

    @Test func `a release of what was destroyed is none, and what was destroyed may still be acknowledged`() throws {
        let spool = BlockSpool()
        let block = try block(0)
        spool.append(.block(block))
        spool.destroy([.init(block)])
        spool.append(.release(block, windowDigest: [], binding: Self.binding))
        #expect(names(spool) == ["1 block 0 header"])
        try spool.received(.init(block), digest: block.digest)
        #expect(block.keyForConsumer { _ in Self.wrapped } == nil)
    }

    @Test func `a key that is destroyed while it is wrapped stays destroyed`() async throws {
        let block = try block(0)
        let (isWrapping, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        // Both wait, so they have threads of their own.
        await withCheckedContinuation { done in
            let both = DispatchGroup()
            DispatchQueue.global().async(group: both) {
                _ = block.keyForConsumer { _ in
                    isWrapping.signal()
                    mayGoOn.wait()
                    return Self.wrapped
                }
            }
            DispatchQueue.global().async(group: both) {
                isWrapping.wait()
                mayGoOn.signal()
                block.destroyKey()
            }
            both.notify(queue: .global()) { done.resume() }
        }
        #expect(!block.hasKey)
        #expect(block.keyForConsumer { _ in Self.wrapped } == nil)
    }

    @Test func `a wrapping that fails leaves the key, and one that succeeded is given again`() throws {
        struct NotNow: Error {}
        let block = try block(0)
        #expect(throws: NotNow.self) { try block.keyForConsumer { _ throws(NotNow) in throw NotNow() } }
        #expect(block.hasKey && !block.isWrapped)
        #expect(block.keyForConsumer { _ in Self.wrapped } == Self.wrapped)
        #expect(
            block.keyForConsumer { _ in KeyForConsumer(encapsulation: [], wrappedKey: [], keyID: "") } == Self.wrapped)
        #expect(keys.spareCount == 8)
    }

    @Test func `the newest news are kept, and how far they are missing is said`() throws {
        let spool = BlockSpool(mostNews: 3)
        let kept = try block(0)
        spool.append(.block(kept))
        for number in 0..<6 { spool.append(.state("state \(number)", reason: "", session: 1)) }
        #expect(names(spool) == ["1 block 0", "5 state 3", "6 state 4", "7 state 5"])
        #expect(spool.forgotten == 4)
        try spool.received(.init(kept), digest: kept.digest)
        #expect(names(spool) == ["1 block 0 header", "6 state 4", "7 state 5"])
        #expect(names(spool, after: 6) == ["7 state 5"])
    }

    @Test func `the order holds however many are taken out between`() {
        var log = SpoolLog()
        for position in 1...UInt64(1000) { log.append(.state("\(position)", reason: "", session: 0), at: position) }
        for position in 1...UInt64(1000) where position % 7 != 0 { log.remove(at: position) }
        log.remove(at: 14)
        log.remove(at: 14)
        let left = log.entries(after: 0, limit: 1000).map(\.position)
        #expect(left == (1...UInt64(1000)).filter { $0 % 7 == 0 && $0 != 14 })
        #expect(log.entries(after: 693, limit: 2).map(\.position) == [700, 707])
        #expect(log.entries(after: 5000, limit: 2).isEmpty)
    }

    @Test func `zeroising destroys every key and ciphertext`() throws {
        let spool = BlockSpool()
        let all = try (0..<5).map { try block($0) }
        for block in all { spool.append(.block(block)) }
        spool.append(.release(all[0], windowDigest: [], binding: Self.binding))
        _ = all[0].keyForConsumer { _ in Self.wrapped }
        #expect(spool.zeroise() == 5)
        #expect(all.allSatisfy { !$0.hasKey && !$0.hasCiphertext })
        #expect(blocks.spareCount == 8 && keys.spareCount == 8)
    }
}
