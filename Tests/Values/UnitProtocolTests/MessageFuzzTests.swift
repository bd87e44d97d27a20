import Testing
import UnitProtocol

@Suite struct MessageFuzzTests {
    /// SplitMix64: a seed names a damage, so a failure can be repeated.
    private struct Random {
        var state: UInt64

        mutating func next(below limit: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ (value >> 31)) % UInt64(limit))
        }
    }

    @Test func `damaged messages are read or refused, but never trap`() throws {
        let vectors = try GoldenVectors.unitProtocol()
        var refused = 0
        for seed in 0..<8_000 {
            var random = Random(state: UInt64(seed))
            var bytes = vectors[random.next(below: vectors.count)].bytes
            for _ in 0...random.next(below: 6) {
                bytes[random.next(below: bytes.count)] ^= 1 << UInt8(random.next(below: 8))
            }
            if random.next(below: 4) == 0 { bytes.removeLast(random.next(below: bytes.count)) }
            if fault(of: bytes) != nil { refused += 1 }
        }
        // The damage reaches lengths, ids and ranges: about half of the messages become unreadable.
        #expect(refused > 2_000 && refused < 7_000)
    }

    @Test func `random bytes behind a good header are read or refused, but never trap`() {
        var refused = 0
        for seed in 0..<4_000 {
            var random = Random(state: UInt64(seed))
            let template = UnitMessages.chains.keys.sorted()[random.next(below: UnitMessages.chains.count)]
            let body = (0..<random.next(below: 400)).map { _ in UInt8(random.next(below: 256)) }
            let length = UInt16(random.next(below: body.count + 20))
            let version = UInt16(random.next(below: 3))
            let header = MessageHeaderBytes.make(
                blockLength: length, template: template, schema: UnitMessages.schemaID, version: version)
            if fault(of: header + body) != nil { refused += 1 }
        }
        // A body that is long enough is read if its enums and texts allow it.
        #expect(refused > 1_000 && refused < 4_000, "\(refused)")
    }

    @Test func `what is read can be written, and reads the same`() throws {
        let vectors = try GoldenVectors.unitProtocol()
        var compared = 0
        for seed in 0..<4_000 {
            var random = Random(state: UInt64(seed))
            var bytes = vectors[random.next(below: vectors.count)].bytes
            for _ in 0..<4 { bytes[8 + random.next(below: bytes.count - 8)] = UInt8(random.next(below: 256)) }
            guard let first = try? UnitMessages.reencode(bytes.span.bytes) else { continue }
            #expect(try UnitMessages.reencode(first.span.bytes) == first, "seed \(seed)")
            compared += 1
        }
        #expect(compared > 500, "\(compared)")
    }
}
