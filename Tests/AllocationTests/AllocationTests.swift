import CAllocationCounter
import QuadratureAnalysis
import Testing
import UnitControl
import UnitProtocol
import UnitTransport

/// Nothing is allocated per frame or per block: a heap that grows with the stream is a pause in it, sooner or later, and
/// key material in places that nobody wipes.
///
/// The counter stands in for the C library's malloc in this whole test program. Only this thread's calls count, so tests
/// that run at the same time do not disturb.
struct AllocationTests {
    static let stride = 1024
    static let symbols = 200
    static let session: UInt64 = 42
    static let frames = 1000

    /// Frames of a session as they lie in a transfer.
    static func transfer(frames: Int) throws -> [UInt8] {
        var block: [UInt8] = []
        for number in 0..<frames {
            var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
            try builder.write(
                StreamFrame(
                    firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
                    count: UInt32(symbols), clippedSamples: 0, kind: number % 8 == 0 ? .vacuum : .signal, format: .xp16,
                    content: .measured, purpose: .test, flags: []))
            var frame = builder.bytes + (0..<4 * symbols).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number) & 0x0F }
            let length = frame.count
            var elements = frame.mutableSpan
            var raw = elements.mutableBytes
            Frame.seal(
                FrameHeader(channel: .stream, length: length, number: UInt32(number), session: session), into: &raw)
            block += frame + [UInt8](repeating: 0, count: stride - length)
        }
        return block
    }

    /// Allocations of this thread while `body` runs.
    static func allocations(_ body: () -> Void) -> UInt64 {
        let before = allocations_of_thread()
        body()
        return allocations_of_thread() - before
    }

    /// What a program does with a transfer.
    static func receive(_ transfer: RawSpan, _ accounting: inout StreamAccounting, _ moments: inout ReceiverMoments) {
        accounting.accept(transfer, stride: stride) { _, samples in
            samples.withUnsafeBytes { bytes in
                // SAFETY: samples begin 96 bytes into a frame, and the array's storage is aligned to 16.
                moments.add(bytes.assumingMemoryBound(to: Int16.self).span, detection: .heterodyne)
            }
        }
    }

    @Test func `the counter counts`() {
        let made = Self.allocations {
            for count in 1...100 { UnsafeMutableRawPointer.allocate(byteCount: 64 * count, alignment: 16).deallocate() }
            for _ in 1...100 { UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 4096).deallocate() }
        }
        #expect(made >= 200)
        #expect(allocations_of_process() >= made)
    }

    @Test func `ten times the frames cost no more allocations`() throws {
        let transfer = try Self.transfer(frames: 10 * Self.frames)
        func run(frames: Int) -> UInt64 {
            var accounting = StreamAccounting(
                session: Self.session, purpose: .test, symbolsPerFrame: UInt32(Self.symbols))
            var moments = ReceiverMoments()
            let bytes = transfer.span.bytes.extracting(first: frames * Self.stride)
            let made = Self.allocations { Self.receive(bytes, &accounting, &moments) }
            #expect(accounting.counters.frames == UInt64(frames))
            #expect(accounting.counters.isConserved)
            #expect(moments.samples == Int64(2 * frames * Self.symbols))
            return made
        }
        // The first frame prepares what is made once in a program: metadata, the choice of a vector kernel.
        _ = run(frames: 1)
        let few = run(frames: Self.frames)
        let many = run(frames: 10 * Self.frames)
        #expect(few == 0 && many == 0, "\(few) allocations for \(Self.frames) frames, \(many) for ten times as many")
    }

    @Test func `frames that are refused cost no allocation either`() throws {
        var transfer = try Self.transfer(frames: Self.frames)
        for number in 0..<Self.frames where number % 2 == 1 { transfer[number * Self.stride + 500] ^= 1 }
        var accounting = StreamAccounting(session: Self.session, purpose: .test, symbolsPerFrame: UInt32(Self.symbols))
        var moments = ReceiverMoments()
        _ = Self.allocations { Self.receive(transfer.span.bytes.extracting(first: 2 * Self.stride), &accounting, &moments) }
        let rest = transfer.span.bytes.extracting(2 * Self.stride..<transfer.count)
        let made = Self.allocations { Self.receive(rest, &accounting, &moments) }
        #expect(accounting.counters.corruptFrames == UInt64(Self.frames / 2))
        #expect(made <= 1, "\(made) allocations for \(Self.frames) frames")
    }

    @Test func `a block goes through the channel without an allocation`() async throws {
        let channel = try StreamChannel(
            bufferCount: 4, bufferBytes: 4096, geometry: StreamGeometry(frameBytes: Self.stride, secret: true)
        ) {}
        func pass(blocks: Int) async throws -> UInt64 {
            // The blocks are there before they are asked for, so nothing suspends and the thread stays the same.
            let before = allocations_of_thread()
            for _ in 0..<blocks {
                guard let slot = channel.takeSpare() else { break }
                channel.commit(slot, count: 4096)
                let block = try await channel.next()
                precondition(block.count == 4096)
            }
            return allocations_of_thread() - before
        }
        _ = try await pass(blocks: 10)
        let few = try await pass(blocks: Self.frames)
        let many = try await pass(blocks: 10 * Self.frames)
        #expect(few == 0 && many == 0, "\(few) allocations for \(Self.frames) blocks, \(many) for ten times as many")
    }
}
