import Testing
import UnitProtocol

struct COBSTests {
    private func encode(_ input: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0xEE, count: COBS.maximumEncodedBytes(for: input.count))
        var elements = output.mutableSpan
        var bytes = elements.mutableBytes
        let count = COBS.encode(input.span.bytes, into: &bytes)
        return Array(output[..<count])
    }

    private func decode(_ input: [UInt8], capacity: Int = 70_000) -> Result<[UInt8], COBS.Fault> {
        var output = [UInt8](repeating: 0xEE, count: capacity)
        var elements = output.mutableSpan
        var bytes = elements.mutableBytes
        do throws(COBS.Fault) {
            let count = try COBS.decode(input.span.bytes, into: &bytes)
            return .success(Array(output[..<count]))
        } catch {
            return .failure(error)
        }
    }

    @Test(
        arguments: [
            ([0x11, 0x22, 0x00, 0x33], [0x03, 0x11, 0x22, 0x02, 0x33]),
            ([], [0x01]),
            ([0x00], [0x01, 0x01]),
            ([0x00, 0x00], [0x01, 0x01, 0x01]),
            ([0x11, 0x00], [0x02, 0x11, 0x01]),
            ([0x11, 0x22, 0x33, 0x44], [0x05, 0x11, 0x22, 0x33, 0x44]),
        ] as [([UInt8], [UInt8])])
    func `known encodings`(plain: [UInt8], encoded: [UInt8]) {
        #expect(encode(plain) == encoded)
        #expect(decode(encoded) == .success(plain))
    }

    @Test func `runs around the block length of 254 survive`() {
        for length in [253, 254, 255, 507, 508, 509, 65_536] {
            for tail in [[], [0], [1], [0, 1], [0, 0]] as [[UInt8]] {
                let plain = [UInt8](repeating: 7, count: length) + tail
                let encoded = encode(plain)
                #expect(!encoded.contains(0))
                #expect(decode(encoded) == .success(plain), "length \(length) tail \(tail)")
            }
        }
    }

    @Test func `a final empty block behind a full one is understood too`() {
        let plain = [UInt8](repeating: 9, count: 254)
        #expect(decode([0xFF] + plain) == .success(plain))
        #expect(decode([0xFF] + plain + [0x01]) == .success(plain))
    }

    @Test func `random data survive`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let zeros = Int.random(in: 1...256, using: &generator)
            let plain = (0..<Int.random(in: 0...2000, using: &generator)).map { _ in
                UInt8(truncatingIfNeeded: Int.random(in: 0..<zeros, using: &generator))
            }
            #expect(decode(encode(plain)) == .success(plain))
        }
    }

    @Test func `what is no encoding is refused by name`() {
        #expect(decode([0x05, 0x11]) == .failure(.truncated))
        #expect(decode([0x03, 0x11, 0x00]) == .failure(.zeroInside(offset: 2)))
        #expect(decode([0x00]) == .failure(.zeroInside(offset: 0)))
        #expect(decode([0x03, 0x11, 0x22], capacity: 1) == .failure(.tooLong(capacity: 1)))
        #expect(decode([0x02, 0x11, 0x02, 0x22], capacity: 1) == .failure(.tooLong(capacity: 1)))
    }
}
