import Foundation
import RawKeyClient
import RawKeyMessages
import Testing

@testable import RawKey
@testable import RawKeyDelivery

@Suite(.serialized) struct DeliveryTests {
    /// What a consumer got in one stream.
    struct Got: Sendable {
        var blocks: [SealedBlock] = []
        var releases: [BlockRelease] = []
        var contents: [UInt64: [UInt8]] = [:]
        var windows: [Cvqkd_Rawkey_V1_Window] = []
        var positions: [UInt64] = []
        var resumePoint: UInt64 = 0
    }

    /// Takes events until there are so many releases or windows.
    static func take(
        _ bench: DeliveryBench, releases: Int = 0, windows: Int = 0, blocks: Int = 0, after: UInt64 = 0,
        receives: Bool = true, takes: Bool = true
    ) async throws -> Got {
        let key = bench.key
        return try await bench.consumer().withStream(after: after) { stream in
            var got = Got()
            for try await event in stream {
                if event.position > 0 { got.positions.append(event.position) }
                switch event.kind {
                case .block(let block):
                    got.blocks.append(block)
                    if receives, block.isComplete { stream.received(block) }
                case .release(let release):
                    got.releases.append(release)
                    guard let block = got.blocks.first(where: { $0.cell == release.cell }), block.isComplete else {
                        break
                    }
                    var contents = [UInt8](repeating: 0, count: block.ciphertext.count)
                    try contents.withUnsafeMutableBytes { bytes in
                        try block.open(release, consumer: "engine", key: key, into: bytes)
                    }
                    got.contents[block.cell] = contents
                    if takes { stream.taken(block) }
                case .window(let window): got.windows.append(window)
                default: break
                }
                if got.releases.count >= releases, got.windows.count >= windows, got.blocks.count >= blocks { break }
            }
            got.resumePoint = stream.resumePoint
            // What was acknowledged has to arrive before the stream is torn down.
            if takes, releases > 0 {
                try await eventually("keys are taken") { bench.link.spool.blockCount == 0 }
            } else if receives, !got.blocks.isEmpty {
                let names = got.blocks.map(\.digest)
                try await eventually("blocks are received") {
                    bench.link.spool.entries(after: 0).allSatisfy { entry in
                        guard case .block(let block) = entry.item, names.contains(block.digest) else { return true }
                        return !block.hasCiphertext
                    }
                }
            }
            return got
        }
    }

    @Test func `a consumer gets blocks, their keys once the window has passed, and the contents are what was sealed`()
        async throws
    {
        let bench = try DeliveryBench()
        try await bench.run {
            let blocks = try (0..<3).map { try bench.link.add(cell: $0, bytes: 5000) }
            try bench.link.end(blocks, released: true)
            let got = try await Self.take(bench, releases: 3)
            #expect(got.blocks.map(\.cell) == [0, 1, 2])
            #expect(got.blocks.map(\.digest) == blocks.map(\.digest))
            #expect(got.releases.map(\.cell) == [0, 1, 2])
            for cell in 0..<UInt64(3) { #expect(got.contents[cell] == TestLink.contents(cell, bytes: 5000)) }
            #expect(got.positions == got.positions.sorted() && Set(got.positions).count == got.positions.count)
            #expect(got.blocks.allSatisfy { $0.header.identity.isEmulated })
            #expect(bench.server.counters.bytes == 15_000)
        }
    }

    @Test func `what comes later is delivered when it comes`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            async let got = Self.take(bench, releases: 2)
            try await eventually("the stream is open") { bench.link.delivered.holder == "engine" }
            let blocks = try (5..<7).map { try bench.link.add(cell: $0) }
            try bench.link.end(blocks, released: true)
            #expect(try await got.contents.keys.sorted() == [5, 6])
        }
    }

    @Test func `what was not acknowledged comes again after a lost connection, with the same encapsulation`()
        async throws
    {
        let bench = try DeliveryBench()
        try await bench.run {
            let blocks = try (0..<2).map { try bench.link.add(cell: $0) }
            try bench.link.end(blocks, released: true)
            let first = try await Self.take(bench, releases: 2, receives: false, takes: false)
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            let second = try await Self.take(bench, releases: 2, receives: true, takes: false)
            #expect(second.blocks.map(\.ciphertext) == first.blocks.map(\.ciphertext))
            #expect(second.releases == first.releases)
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            // The ciphertext was received: what comes again are headers, which the chain needs, and the keys.
            let third = try await Self.take(bench, releases: 2, receives: false, takes: false)
            #expect(third.blocks.map(\.isComplete) == [false, false])
            #expect(third.releases == first.releases)
            #expect(third.resumePoint == (third.positions.dropLast(2).last ?? 0))
        }
    }

    @Test func `a key that was taken never comes again, and acknowledging twice is no error`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let block = try bench.link.add(cell: 0)
            try bench.link.end([block], released: true)
            _ = try await Self.take(bench, releases: 1)
            #expect(!block.hasKey && !block.hasCiphertext)
            let later = try bench.link.add(cell: 1)
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            let got = try await Self.take(bench, blocks: 2, receives: false)
            #expect(got.releases.isEmpty)
            #expect(got.blocks.map(\.isComplete) == [false, true])
            let name = BlockSpool.BlockName(block)
            try bench.link.spool.taken(name, digest: block.digest)
            try bench.link.spool.received(name, digest: block.digest)
            #expect(throws: SpoolError.wrongDigest(session: block.session, cell: 0)) {
                try bench.link.spool.taken(name, digest: later.digest)
            }
        }
    }

    @Test func `a revoked window gives no key, also of blocks that a consumer has`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let block = try bench.link.add(cell: 0)
            let got = try await Self.take(bench, blocks: 1)
            #expect(got.blocks.count == 1)
            try bench.link.end([block], released: false)
            bench.link.spool.append(
                .release(block, windowDigest: [UInt8](repeating: 1, count: 32), binding: bench.link.binding))
            let next = try bench.link.add(cell: 1)
            try bench.link.end(window: 1, [next], released: true)
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            let later = try await Self.take(bench, releases: 1)
            #expect(later.windows.map(\.record.outcome) == [.revoked, .released])
            #expect(later.releases.map(\.cell) == [1])
            // Whoever has received it and says so again is not thrown out.
            try bench.link.spool.received(.init(block), digest: block.digest)
        }
    }

    @Test func `raw key has one consumer at a time, others are told who has it, and metadata is for all`() async throws
    {
        let bench = try DeliveryBench()
        try await bench.run {
            try bench.link.add(cell: 0)
            try await bench.consumer().withStream { stream in
                for try await event in stream {
                    if case .opened = event.kind { break }
                }
                for name in ["engine", "other"] {
                    let error = await #expect(throws: RawKeyClientError.self) {
                        try await bench.consumer(name).withStream { stream in for try await _ in stream {} }
                    }
                    #expect(
                        error
                            == .refused(
                                code: "alreadyExists", message: "raw key of link north goes to consumer engine already")
                    )
                }
                let isWhole = try await bench.consumer("watcher").withStream(metadataOnly: true) { stream in
                    for try await event in stream {
                        if case .block(let block) = event.kind { return block.isComplete }
                    }
                    return true
                }
                #expect(!isWhole)
            }
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            let got = try await Self.take(bench, blocks: 1)
            #expect(got.blocks.count == 1)
        }
    }

    @Test func `a block that was opened with something else is refused and its memory overwritten`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let blocks = try (0..<2).map { try bench.link.add(cell: $0, bytes: 256) }
            try bench.link.end(blocks, released: true)
            let got = try await Self.take(bench, releases: 2)
            var memory = [UInt8](repeating: 9, count: 256)
            let (block, right, wrong) = (got.blocks[0], got.releases[0], got.releases[1])
            let stranger = try ConsumerSecretKey.random()
            func open(_ release: BlockRelease, _ consumer: String, _ key: ConsumerSecretKey) -> RawKeyClientError? {
                memory.withUnsafeMutableBytes { bytes -> RawKeyClientError? in
                    do {
                        try block.open(release, consumer: consumer, key: key, into: bytes)
                        return nil
                    } catch { return error as? RawKeyClientError }
                }
            }
            let refusal = RawKeyClientError.notForThis(session: block.session, cell: 0)
            #expect(open(wrong, "engine", bench.key) == refusal)
            #expect(open(right, "somebody", bench.key) == refusal)
            #expect(open(right, "engine", stranger) == refusal)
            #expect(open(right, "engine", bench.key) == nil)
            #expect(memory == TestLink.contents(0, bytes: 256))
        }
    }

    @Test func `a consumer without credit gets nothing more, and one that reads nothing is not buffered for`()
        async throws
    {
        let bench = try DeliveryBench(link: TestLink(blocks: 40, bytes: 1 << 20))
        try await bench.run {
            for cell in 0..<40 { try bench.link.add(cell: UInt64(cell), bytes: 1 << 20) }
            // More credit than anybody needs, and a consumer that stops reading.
            try await bench.consumer(credit: 1 << 40).withStream { stream in
                for try await event in stream {
                    if case .block = event.kind { break }
                }
                var last: UInt64 = 0
                var calm = 0
                try await eventually("the server stops sending") {
                    let bytes = bench.server.counters.bytes
                    calm = bytes == last ? calm + 1 : 0
                    last = bytes
                    return calm > 60
                }
                // The HTTP/2 window, and what the client library has read ahead of its reader.
                #expect(last < 36 << 20, "\(last)")
            }
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            let before = bench.server.counters.bytes
            try await bench.consumer(credit: 100_000).withStream { _ in
                try await eventually("the credit is used") { bench.server.counters.bytes == before + 100_000 }
                for _ in 0..<20 { await Task.yield() }
                #expect(bench.server.counters.bytes == before + 100_000)
            }
        }
    }

    @Test func `an agent that ends says so`() async throws {
        let bench = try DeliveryBench()
        let error = await #expect(throws: RawKeyClientError.self) {
            try await bench.run {
                try await bench.consumer().withStream { stream in
                    for try await event in stream {
                        if case .opened = event.kind { bench.server.shutdown() }
                    }
                }
            }
        }
        guard case .refused("unavailable", let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains("the agent ends"))
        #expect(!FileManager.default.fileExists(atPath: bench.socket))
    }
}
