import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// A frame as the consumer got it.
struct DeliveredFrame: Equatable {
    var kind: SymbolKind
    var content: StreamContent
    var first: UInt64
    var count: UInt32
    var digest: UInt64
}

/// Reads a stream to its end in a task of its own, and writes down what it gets: in memory, or to a file.
final class Consumer: Sendable {
    let stream: UnitStream
    private let state: Guarded<State>
    private let file: CaptureFile?

    private struct State {
        var frames: [DeliveredFrame] = []
        var isOver = false
        var failure: UnitError?
        var pausedUntil: ContinuousClock.Instant?
        var firstArrival: ContinuousClock.Instant?
    }

    /// Begins to read, after a pause if one is given.
    init(_ stream: UnitStream, file: CaptureFile? = nil, pause: Duration? = nil) {
        self.stream = stream
        self.file = file
        state = Guarded(State(pausedUntil: pause.map { .now + $0 }))
        Task { await self.read() }
    }

    private func read() async {
        do throws(UnitError) {
            while try await step() {}
            state.withLock { $0.isOver = true }
        } catch {
            state.withLock { state in
                state.failure = error
                state.isOver = true
            }
        }
    }

    private func step() async throws(UnitError) -> Bool {
        while let pausedUntil = state.withLock({ $0.pausedUntil }), .now < pausedUntil {
            // A consumer that sleeps is what is tried.
            try? await Task.sleep(until: pausedUntil)
        }
        return try await stream.read { [self] frame, samples in
            let delivered = DeliveredFrame(
                kind: frame.kind, content: frame.content, first: frame.firstSymbol, count: frame.count,
                digest: SampleDigest.of(samples))
            file?.append(delivered, samples)
            state.withLock { state in
                if file == nil { state.frames.append(delivered) }
                if state.firstArrival == nil { state.firstArrival = .now }
            }
        }
    }

    /// Stops reading for a while.
    func pause(_ duration: Duration) { state.withLock { $0.pausedUntil = .now + duration } }

    /// Whether the stream is over, and with what error.
    var ending: (isOver: Bool, failure: UnitError?) { state.withLock { ($0.isOver, $0.failure) } }

    var frames: [DeliveredFrame] { state.withLock { $0.frames } }

    /// Forgets when frames came: from now on `firstArrival` is that of the next.
    func mark() { state.withLock { $0.firstArrival = nil } }

    var firstArrival: ContinuousClock.Instant? { state.withLock { $0.firstArrival } }
}
