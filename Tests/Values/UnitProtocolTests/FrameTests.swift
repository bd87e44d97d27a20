import CUnitIO
import Testing
import UnitProtocol

struct FrameTests {
    /// The example of firmware-schemas/README.md, section 1.
    static let example: [UInt8] = [
        0x43, 0x51, 0x01, 0x01, 0x30, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2b, 0x7a, 0x8a, 0xa3,
        0x08, 0x00, 0x0a, 0x00, 0x51, 0x51, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ]

    private func fault(_ bytes: [UInt8]) -> FrameFault? {
        do throws(FrameFault) {
            _ = try Frame.decode(bytes.span.bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the example of the protocol page decodes`() throws {
        let header = try Frame.decode(Self.example.span.bytes)
        #expect(header == FrameHeader(channel: .request, length: 48, number: 258))
        let reader = try MessageReader(Self.example.span.bytes.extracting(Frame.headerBytes..<header.length))
        #expect(try reader.block(as: Heartbeat.self).count == 7)
    }

    @Test func `sealing the same message gives the same bytes`() throws {
        var bytes = Self.example
        for index in 0..<Frame.headerBytes { bytes[index] = 0xEE }
        var elements = bytes.mutableSpan
        var raw = elements.mutableBytes
        Frame.seal(FrameHeader(channel: .request, length: 48, number: 258), into: &raw)
        #expect(bytes == Self.example)
    }

    @Test func `a frame cut anywhere is reported as truncated`() {
        for count in 0..<Self.example.count {
            guard case .truncated(let needed, let available) = fault(Array(Self.example[..<count])) else {
                Issue.record("cut at \(count) went through")
                continue
            }
            #expect(available == count)
            #expect(needed > count)
        }
    }

    @Test func `every single flipped bit is noticed`() {
        for bit in 0..<(8 * Self.example.count) {
            var bytes = Self.example
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(fault(bytes) != nil, "bit \(bit)")
        }
    }

    @Test func `each fault of a header has its own name`() {
        func changed(_ offset: Int, _ value: UInt8) -> [UInt8] {
            var bytes = Self.example
            bytes[offset] = value
            return bytes
        }
        #expect(fault(changed(0, 0x44)) == .badMagic(0x5144))
        #expect(fault(changed(2, 9)) == .badVersion(9))
        #expect(fault(changed(3, 7)) == .badChannel(7))
        #expect(fault(changed(4, 8)) == .badLength(8))
        #expect(fault(changed(6, 2)) == .badLength(0x20030))
        guard case .badChecksum = fault(changed(40, 8)) else {
            Issue.record("a changed message went through")
            return
        }
    }

    @Test func `bytes behind the frame are not looked at`() throws {
        #expect(try Frame.decode((Self.example + [1, 2, 3]).span.bytes).length == 48)
    }
}

struct ChecksumTests {
    @Test func `CRC-32C of the standard text`() {
        #expect(CRC32C.checksum(Array("123456789".utf8).span.bytes) == 0xE306_9283)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 63, 1023, 1024, 3071, 3072, 3073, 6144, 16_384, 65_537])
    func `the hardware version agrees with the portable one`(count: Int) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count + 8).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for shift in 0..<8 {
            bytes.withUnsafeBytes { buffer in
                let start = buffer.baseAddress.map { $0 + shift }
                #expect(cu_crc32c(0x1234, start, count) == cu_crc32c_portable(0x1234, start, count))
            }
        }
    }

    @Test func `a checksum can be continued`() {
        let bytes = [UInt8](0..<200)
        let whole = CRC32C.checksum(bytes.span.bytes)
        for cut in 0...200 {
            let first = CRC32C.checksum(Array(bytes[..<cut]).span.bytes)
            #expect(CRC32C.checksum(Array(bytes[cut...]).span.bytes, continuing: first) == whole)
        }
    }
}

struct MomentKernelTests {
    @Test(arguments: [0, 1, 15, 16, 17, 1000, 16_384 * 16 + 5, 600_001])
    func `vector sums equal the plain ones`(count: Int) {
        var seed = UInt64(count) &* 0x9E37_79B9_7F4A_7C15 | 1
        let samples: [Int16] = (0..<2 * count).map { index in
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            // Full scale now and then: -32768 squared twice in a pair is what overflows a signed lane.
            return index % 97 < 4 ? .min : Int16(truncatingIfNeeded: seed)
        }
        var (x, p, all) = (cu_moments(), cu_moments(), cu_moments())
        samples.withUnsafeBufferPointer { buffer in
            cu_moments_xp16(buffer.baseAddress, count, -30_000, 30_000, &x, &p)
            cu_moments_i16(buffer.baseAddress, 2 * count, -30_000, 30_000, &all)
        }
        let even = stride(from: 0, to: 2 * count, by: 2).map { Int64(samples[$0]) }
        let odd = stride(from: 1, to: 2 * count, by: 2).map { Int64(samples[$0]) }
        func clipped(_ values: [Int64]) -> UInt64 { UInt64(values.count { $0 <= -30_000 || $0 >= 30_000 }) }
        #expect(x.sum == even.reduce(0, +))
        #expect(p.sum == odd.reduce(0, +))
        #expect(x.sum_squares == even.reduce(0) { $0 + UInt64($1 * $1) })
        #expect(p.sum_squares == odd.reduce(0) { $0 + UInt64($1 * $1) })
        #expect(x.clipped == clipped(even))
        #expect(p.clipped == clipped(odd))
        #expect(all.sum == x.sum + p.sum)
        #expect(all.sum_squares == x.sum_squares + p.sum_squares)
        #expect(all.clipped == x.clipped + p.clipped)
    }
}
