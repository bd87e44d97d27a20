import DeliveryProtocol
import Foundation
import PythonScripts
import RawKey
import RawKeyMessages
import SwiftProtobuf
import Testing
import UnitTransport

/// What consumers must not say, and what they hear then.
@Suite(.serialized) struct RequestTests {
    typealias Message = Cvqkd_Rawkey_V1_ConsumerMessage

    /// How a stream ended.
    struct End: Sendable, Decodable {
        var code: String
        var message: String
    }

    /// Says these things, each when so many messages have come, by another gRPC than the agent's; how the stream ended.
    static func status(_ bench: DeliveryBench, _ messages: [(after: Int, [UInt8])]) async throws -> End {
        let lines = messages.map { after, bytes in
            "[\(after), \"\(bytes.map { String(format: "%02x", $0) }.joined())\"]"
        }
        let text = "[\(lines.joined(separator: ", "))]"
        return try await onThread {
            let process = try Python.process("Tests/Instruments/say_raw_key.py", [bench.socket])
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
            try input.fileHandleForWriting.close()
            let said = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return try JSONDecoder().decode(End.self, from: said)
        }
    }

    static func open(_ change: (inout Cvqkd_Rawkey_V1_Open) -> Void = { _ in }) throws -> [UInt8] {
        var open = Cvqkd_Rawkey_V1_Open()
        open.version = 1
        open.link = "north"
        open.consumer = "engine"
        change(&open)
        return try Message.with { $0.open = open }.serializedBytes()
    }

    static func received(_ cell: UInt64, _ digest: [UInt8]) throws -> [UInt8] {
        try Message.with {
            $0.received = .with {
                $0.session = 1 << 60
                $0.cell = cell
                $0.digest = Data(digest)
            }
        }.serializedBytes()
    }

    static func taken(_ cell: UInt64, _ digest: [UInt8]) throws -> [UInt8] {
        try Message.with {
            $0.taken = .with {
                $0.session = 1 << 60
                $0.cell = cell
                $0.digest = Data(digest)
            }
        }.serializedBytes()
    }

    static func nack(_ cell: UInt64) throws -> [UInt8] {
        try Message.with {
            $0.nack = .with {
                $0.session = 1 << 60
                $0.cell = cell
                $0.reason = "it does not open"
            }
        }.serializedBytes()
    }

    static func credit(_ bytes: UInt64) throws -> [UInt8] {
        try Message.with { $0.credit = .with { $0.bytes = bytes } }.serializedBytes()
    }

    @Test func `each wrong request ends its stream with a status and a sentence, and the next stream is served`()
        async throws
    {
        let bench = try DeliveryBench()
        try await bench.run {
            let block = try bench.link.add(cell: 3)
            let (digest, wrong) = (block.digest, [UInt8](repeating: 0, count: 32))
            let cases: [([(after: Int, [UInt8])], String, String)] = try [
                ([(0, Self.credit(1))], "failedPrecondition", "the first message of a stream has to be Open"),
                ([(0, [])], "failedPrecondition", "the first message of a stream has to be Open"),
                (
                    [(0, Self.open { $0.version = 2 })], "unimplemented",
                    "version 2 of delivery is not spoken here: 1 is"
                ),
                (
                    [(0, Self.open { $0.consumer = "nobody" })], "permissionDenied",
                    "this socket has no consumer of the name \"nobody\""
                ),
                (
                    [(0, Self.open { $0.link = "south" })], "permissionDenied",
                    "consumer engine is for link north, not for \"south\""
                ),
                (
                    [(0, Self.open { $0.consumer = "watcher" })], "permissionDenied",
                    "consumer watcher has no key: it gets metadata only"
                ),
                (
                    [(0, Self.open { $0.after = 99 })], "outOfRange",
                    "there is no position 99 yet: the newest is 1"
                ),
                ([(0, Self.open()), (1, Self.open())], "failedPrecondition", "the stream is open already"),
                ([(0, Self.open()), (1, [])], "invalidArgument", "a message without contents, or of a later version"),
                (
                    [(0, Self.open()), (1, Self.received(3, [1, 2]))], "invalidArgument",
                    "a digest has 32 bytes, this one has 2"
                ),
                (
                    [(0, Self.open()), (1, Self.received(3, wrong))], "invalidArgument",
                    "the digest is not that of header and tag of block 3 of session 1152921504606846976"
                ),
                (
                    [(0, Self.open()), (1, Self.received(4, digest))], "notFound",
                    "there is no block 4 of session 1152921504606846976"
                ),
                (
                    [(0, Self.open()), (1, Self.taken(3, digest))], "failedPrecondition",
                    "the key of block 3 of session 1152921504606846976 was not handed over"
                ),
                (
                    [(0, Self.open { $0.metadataOnly = true }), (1, Self.received(3, digest))], "permissionDenied",
                    "this stream is for metadata: it acknowledges nothing"
                ),
                (
                    [(0, Self.open()), (1, Self.credit(.max)), (1, Self.credit(.max))], "invalidArgument",
                    "more credit than 64 bits can hold"
                ),
                (
                    [(0, Self.open()), (1, Self.nack(4))], "notFound",
                    "there is no block 4 of session 1152921504606846976"
                ),
                (
                    [(0, Self.open()), (1, Self.credit(1 << 20)), (3, Self.nack(3)), (5, Self.nack(3))], "dataLoss",
                    "block 3 of session 1152921504606846976 was refused twice: it does not open"
                ),
            ]
            for (messages, code, sentence) in cases {
                let status = try await Self.status(bench, messages)
                #expect(status.code == code && status.message == sentence, "\(sentence): \(status)")
                try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            }
            for bytes in [[0xFF, 0xFF, 0xFF], [0x0A, 0x7F, 1], [UInt8](repeating: 0x0A, count: 70_000)] {
                let status = try await Self.status(bench, [(0, bytes)])
                #expect(["invalidArgument", "resourceExhausted", "cancelled"].contains(status.code), "\(status)")
            }
            #expect(try await DeliveryTests.take(bench, blocks: 1).blocks.map(\.cell) == [3])
        }
    }

    @Test func `random bytes end a stream and nothing else`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            var random = SystemRandomNumberGenerator()
            for _ in 0..<12 {
                let bytes = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let first = Bool.random(using: &random) ? [(after: 0, try Self.open())] : []
                let status = try await Self.status(bench, first + [(first.count, bytes)])
                #expect(status.code != "internal", "\(bytes): \(status)")
            }
            try await eventually("the lease ends") { bench.link.delivered.holder == nil }
            try bench.link.add(cell: 0)
            #expect(try await DeliveryTests.take(bench, blocks: 1).blocks.count == 1)
        }
    }

    /// The machine's time, a hundred times as fast.
    final class Hurried: TimeSource {
        private static let start = HostClock.monotonic.now
        var now: HostClock.Instant { Self.start + (HostClock.monotonic.now - Self.start) * 100 }
        var readings: ClockReadings { HostClock.monotonic.readings }
        var executor: (any HostExecutor)? { nil }
        func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
            let now = now
            guard deadline > now else { return }
            try await HostClock.monotonic.sleep(for: (deadline - now) / 100)
        }
        func block(for duration: Duration) { HostClock.monotonic.block(for: duration / 100) }
    }

    @Test func `who connects and says nothing is sent away`() async throws {
        let bench = try DeliveryBench(clock: HostClock(Hurried()))
        try await bench.run {
            let status = try await Self.status(bench, [])
            #expect(status.code == "deadlineExceeded")
            #expect(status.message == "the first message, Open, did not come in 10 s")
        }
    }
}
