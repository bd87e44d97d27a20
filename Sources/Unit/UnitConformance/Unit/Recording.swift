internal import UnitProtocol
internal import UnitTransport

/// One stream frame as it came, without its samples.
struct FrameSeen: Sendable {
    var header: FrameHeader
    var message: StreamFrame
    /// Bytes behind the message block.
    var sampleBytes: Int
    /// Whether basis bits behind the last symbol are set.
    var hasUnusedBits = false
}

/// Sums over the samples of one kind.
struct SampleSums: Sendable {
    var samples = 0
    var sum = 0.0
    var squares = 0.0
    /// Σ x⁴, for the uncertainty of the variance.
    var fourths = 0.0

    var mean: Double { samples > 0 ? sum / Double(samples) : .nan }
    var variance: Double { samples > 0 ? squares / Double(samples) - mean * mean : .nan }
    /// Standard uncertainty of the mean of squares.
    var squareSigma: Double {
        let count = Double(samples)
        let second = squares / count
        return ((fourths / count - second * second) / count).squareRoot()
    }
}

/// A session as a host saw it.
struct Recording: Sendable {
    var request: StartStream
    var started: StreamStarted
    var stopped: StreamStopped?
    var frames: [FrameSeen]
    var sums: [UInt8: SampleSums]
    /// Training samples by first symbol: a unit's own, and disclosed ones. Kept for sessions of a pair only.
    var training: [UInt64: [UInt8]]
    var disclosed: [UInt64: [UInt8]]
    /// Frames whose bytes are no stream frame, in words.
    var faults: [String]
    /// The unit's time before it was asked to start and after it had ended, ns; nil if nobody asked.
    var clock: ClosedRange<UInt64>?

    var ending: FrameSeen? { frames.last { $0.message.flags.contains(.endOfSession) } }
    /// Frames of content Measured without the end frame.
    var measured: [FrameSeen] {
        frames.filter { $0.message.content == .measured && !$0.message.flags.contains(.endOfSession) }
    }

    /// Symbols in frames of content Measured.
    var deliveredSymbols: UInt64 { measured.reduce(0) { $0 + UInt64($1.message.count) } }

    /// Whether its frames follow one another without a symbol missing, from 0 to the end that the unit tells.
    var isContiguous: Bool {
        var next: UInt64 = 0
        for frame in measured {
            guard frame.message.firstSymbol == next else { return false }
            next &+= UInt64(frame.message.count)
        }
        return faults.isEmpty && (stopped.map { $0.nextSymbol == next } ?? true)
    }

    /// Whether a frame has one of these flags.
    func hasFlags(_ flags: StreamFlags) -> Bool { frames.contains { !$0.message.flags.isDisjoint(with: flags) } }

    /// The kind of each slot of which samples came, by number of the slot.
    var kinds: [UInt64: SymbolKind] {
        let length = UInt64(request.symbolsPerFrame)
        return measured.reduce(into: [:]) { kinds, frame in
            guard frame.message.kind != .guard else { return }
            kinds[frame.message.firstSymbol / length] = frame.message.kind
        }
    }
}

/// Reads a stream beside the check that controls it.
final class StreamRecorder: Sendable {
    private struct State {
        var frames: [FrameSeen] = []
        var sums: [UInt8: SampleSums] = [:]
        var training: [UInt64: [UInt8]] = [:]
        var disclosed: [UInt64: [UInt8]] = [:]
        var faults: [String] = []
        var hasEnded = false
    }

    private let transport: any UnitTransport
    private let clock: HostClock
    private let state = Guarded(State())
    private let isSecret: Bool
    private let keepsTraining: Bool
    private let task: Guarded<Task<Void, Never>?> = Guarded(nil)

    /// Samples of a key session are neither summed nor kept, nor are those of a session whose frames are only counted.
    init(
        _ transport: any UnitTransport, clock: HostClock, isSecret: Bool = false, keepsTraining: Bool = false,
        countsOnly: Bool = false
    ) {
        self.transport = transport
        self.clock = clock
        self.isSecret = isSecret || countsOnly
        self.keepsTraining = keepsTraining && !isSecret
        let reading = Task(executorPreference: clock.executor) { [weak self, transport] in
            while !Task.isCancelled {
                do throws(TransportError) {
                    let block = try await transport.receiveStream()
                    self?.add(block)
                } catch {
                    return
                }
            }
        }
        task.withLock { $0 = reading }
    }

    var frameCount: Int { state.withLock { $0.frames.count } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    /// One past the last symbol so far; no session of the suite reaches the bound.
    var nextSymbol: UInt64 {
        state.withLock { state in
            guard let message = state.frames.last?.message else { return 0 }
            return min(message.firstSymbol, 1 << 62) + UInt64(message.count)
        }
    }

    private func add(_ block: borrowing StreamBlock) {
        var offset = 0
        let bytes = block.bytes
        state.withLock { state in
            while offset < bytes.byteCount {
                add(bytes.extracting(offset..<min(bytes.byteCount, offset + block.stride)), &state)
                offset += block.stride
            }
        }
    }

    private func add(_ bytes: RawSpan, _ state: inout State) {
        do {
            let header = try Frame.decode(bytes)
            let body = bytes.extracting(Frame.headerBytes..<header.length)
            let reader = try MessageReader(body)
            let message = try reader.block(as: StreamFrame.self)
            let samples = body.extracting(MessageHeader.length + Int(reader.header.blockLength)..<body.byteCount)
            var seen = FrameSeen(header: header, message: message, sampleBytes: samples.byteCount)
            if message.format == .x16Basis, message.count % 8 != 0, samples.byteCount > 0 {
                let last = samples.unsafeLoad(fromByteOffset: samples.byteCount - 1, as: UInt8.self)
                seen.hasUnusedBits = last >> UInt8(message.count % 8) != 0
            }
            state.frames.append(seen)
            if message.flags.contains(.endOfSession) { state.hasEnded = true }
            guard !isSecret else { return }
            if message.content == .measured {
                Self.add(samples, message, &state.sums[message.kind.rawValue, default: SampleSums()])
            }
            guard keepsTraining, message.kind == .training else { return }
            let copy = samples.withUnsafeBytes { [UInt8]($0) }
            if message.content == .disclosed {
                state.disclosed[message.firstSymbol] = copy
            } else {
                state.training[message.firstSymbol] = copy
            }
        } catch {
            state.faults.append("\(error)")
        }
    }

    private static func add(_ samples: RawSpan, _ message: StreamFrame, _ sums: inout SampleSums) {
        let wanted = Int(message.count) * (message.format == .xp16 ? 2 : 1)
        guard message.format != .none, samples.byteCount >= 2 * wanted else { return }
        samples.withUnsafeBytes { bytes in
            for index in 0..<wanted {
                let value = Double(
                    Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self)))
                let square = value * value
                sums.sum += value
                sums.squares += square
                sums.fourths += square * square
            }
        }
        sums.samples += wanted
    }

    /// Waits until a condition holds; says whether it did.
    @discardableResult
    func waits(within limit: Duration, until condition: (StreamRecorder) -> Bool) async throws -> Bool {
        let end = clock.now + limit
        while !condition(self) {
            guard clock.now < end else { return false }
            try await clock.sleep(for: .milliseconds(2))
        }
        return true
    }

    /// Ends the reading and hands over what was seen.
    func finish(_ request: StartStream, _ started: StreamStarted, _ stopped: StreamStopped?) async -> Recording {
        let reading = task.withLock { $0.take() }
        reading?.cancel()
        await transport.closeStream()
        await reading?.value
        return state.withLock { state in
            Recording(
                request: request, started: started, stopped: stopped, frames: state.frames, sums: state.sums,
                training: state.training, disclosed: state.disclosed, faults: state.faults)
        }
    }
}
