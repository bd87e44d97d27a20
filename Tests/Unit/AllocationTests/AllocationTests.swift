import CAllocationCounter
import QuadratureAnalysis
import Testing
import UnitControl
import UnitProtocol
import UnitTransport

/// Nothing is allocated per frame or per block: a heap that grows with the stream is a pause in it, sooner or later, and
/// key material in places that nobody wipes.
///
/// The counter stands in for the C library's malloc in the whole test program. Only this thread's calls count, so that
/// tests which run at the same time do not disturb. Under a sanitizer, which needs that place for itself, there is no
/// counter.
@Suite struct AllocationTests {
    static let stride = 1024
    static let symbols = 200
    static let session: UInt64 = 42
    static let frames = 1000

    @Test func `the counter counts`() {
        let made = Self.allocations {
            for count in 1...100 { UnsafeMutableRawPointer.allocate(byteCount: 64 * count, alignment: 16).deallocate() }
            for _ in 1...100 { UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 4096).deallocate() }
        }
        #expect(made >= 200)
    }

    @Test func `no frame costs an allocation`() throws {
        let transfer = try Self.transfer(frames: 10 * Self.frames)
        func run(frames: Int) -> UInt64 {
            var accounting = Self.account()
            var sums = Sums()
            let bytes = transfer.span.bytes.extracting(first: frames * Self.stride)
            let made = Self.allocations { Self.receive(bytes, &accounting, &sums) }
            #expect(accounting.counters.frames == UInt64(frames))
            #expect(accounting.counters.isConserved)
            #expect(sums.moments.samples == Int64(2 * frames * Self.symbols))
            return made
        }
        // The first frame prepares what is made once in a program: metadata, the choice of a vector kernel.
        _ = run(frames: 1)
        #expect(run(frames: Self.frames) == 0)
        #expect(run(frames: 10 * Self.frames) == 0)
    }

    @Test(arguments: [Refusal.malformed, .stale, .repeated])
    func `no frame that is refused costs an allocation`(_ refusal: Refusal) throws {
        #expect(try Self.allocations(refusing: refusal) == 0)
    }

    /// In a process of its own, without the hooks by which the test library keeps a backtrace of every error: they
    /// allocate for each frame that `Frame.decode` throws for, and no program has them.
    @Test func `no frame with a wrong checksum costs an allocation`() async {
        await #expect(processExitsWith: .success) {
            forget_error_hooks()
            let made = try AllocationTests.allocations(refusing: .corrupt)
            precondition(made == 0, "\(made) allocations")
        }
    }

    @Test func `no block that goes through the channel costs an allocation`() async throws {
        let channel = try StreamChannel(
            bufferCount: 4, bufferBytes: 4096, geometry: StreamGeometry(frameBytes: Self.stride, secret: true)
        ) {}
        func pass(blocks: Int) async throws -> UInt64 {
            // Each block is there before it is asked for, so nothing suspends and the thread stays the same.
            let before = allocations_of_thread()
            for _ in 0..<blocks {
                guard let slot = channel.takeSpare() else { break }
                channel.commit(slot, count: channel.bufferBytes)
                let block = try await channel.next()
                precondition(block.count == channel.bufferBytes)
            }
            return allocations_of_thread() - before
        }
        _ = try await pass(blocks: 10)
        #expect(try await pass(blocks: Self.frames) == 0)
        #expect(try await pass(blocks: 10 * Self.frames) == 0)
    }

    /// What a USB stream does whose consumer is slower than the unit, for as long as it is.
    @Test func `no buffer that a waiting producer is told of costs an allocation`() async throws {
        let told = LateCallback()
        let channel = try StreamChannel(
            bufferCount: 1, bufferBytes: 4096, geometry: StreamGeometry(frameBytes: Self.stride, secret: false),
            onSpare: { told() })
        let calls = Guarded(0)
        told.set { calls.withLock { $0 += 1 } }
        func pass(blocks: Int) async throws -> UInt64 {
            let before = allocations_of_thread()
            for _ in 0..<blocks {
                guard let slot = channel.takeSpare() else { break }
                precondition(channel.takeSpare() == nil)
                channel.commit(slot, count: channel.bufferBytes)
                _ = try await channel.next()
            }
            return allocations_of_thread() - before
        }
        _ = try await pass(blocks: 10)
        #expect(try await pass(blocks: Self.frames) == 0)
        #expect(calls.withLock { $0 } == 10 + Self.frames)
    }
}

extension AllocationTests {
    /// Why every second frame does not count.
    enum Refusal {
        case corrupt, malformed, stale, repeated
    }

    /// Allocations of this thread while `body` runs.
    static func allocations(_ body: () -> Void) -> UInt64 {
        let before = allocations_of_thread()
        body()
        return allocations_of_thread() - before
    }

    /// Allocations for a transfer of which every second frame is refused.
    static func allocations(refusing refusal: Refusal) throws -> UInt64 {
        let transfer = try transfer(frames: frames, refusing: refusal)
        var accounting = account()
        var moments = Sums()
        receive(transfer.span.bytes.extracting(first: 2 * stride), &accounting, &moments)
        let rest = transfer.span.bytes.extracting(2 * stride..<transfer.count)
        let made = allocations { receive(rest, &accounting, &moments) }
        let counters = accounting.counters
        let refused =
            switch refusal {
            case .corrupt: counters.corruptFrames
            case .malformed: counters.malformedFrames
            case .stale: counters.staleFrames
            case .repeated: counters.repeatedFrames
            }
        precondition(refused == UInt64(frames / 2) && counters.frames == refused, "the frames are not as intended")
        return made
    }

    static func account() -> StreamAccounting {
        StreamAccounting(session: session, purpose: .test, symbolsPerFrame: UInt32(symbols), sampleFormat: .xp16)
    }

    /// Sums all samples, as the analysis of a session does.
    struct Sums: StreamConsumer {
        var moments = ReceiverMoments()

        mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) {
            samples.withUnsafeBytes { bytes in
                // SAFETY: an array's bytes are aligned to 16, and samples begin 96 bytes into a frame.
                moments.add(bytes.assumingMemoryBound(to: Int16.self).span, detection: .heterodyne)
            }
        }
    }

    /// What a program does with a transfer.
    static func receive(_ transfer: RawSpan, _ accounting: inout StreamAccounting, _ sums: inout Sums) {
        do throws(ConsumerFailure) {
            try accounting.accept(transfer, stride: stride, into: &sums)
        } catch {
            preconditionFailure("sums cannot fail")
        }
    }

    /// Frames of a session as they lie in a transfer, every second one wrong in one way.
    static func transfer(frames: Int, refusing refusal: Refusal? = nil) throws -> [UInt8] {
        var transfer: [UInt8] = []
        for number in 0..<frames {
            let fault = number % 2 == 1 ? refusal : nil
            var frame = try frame(
                number: fault == .repeated ? number - 1 : number, purpose: fault == .malformed ? .key : .test,
                session: fault == .stale ? session - 1 : session)
            if fault == .corrupt { frame[500] ^= 1 }
            transfer += frame + [UInt8](repeating: 0, count: stride - frame.count)
        }
        return transfer
    }

    private static func frame(number: Int, purpose: SessionPurpose, session: UInt64) throws -> [UInt8] {
        var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
        try builder.write(
            StreamFrame(
                firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
                count: UInt32(symbols), clippedSamples: 0, kind: number % 8 == 0 ? .vacuum : .signal, format: .xp16,
                content: .measured, purpose: purpose, flags: []))
        var frame = builder.bytes + (0..<4 * symbols).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number) & 0x0F }
        let length = frame.count
        var elements = frame.mutableSpan
        var raw = elements.mutableBytes
        Frame.seal(FrameHeader(channel: .stream, length: length, number: UInt32(number), session: session), into: &raw)
        return frame
    }
}
