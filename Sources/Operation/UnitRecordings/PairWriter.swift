internal import LinkControl
internal import SignalRecordings
internal import UnitControl
internal import UnitTransport

/// Writes a session of a pair to recordings while its streams are read. The first failure to write ends it.
final class PairWriter: PairRecorder {
    private struct Files: ~Copyable {
        var modulation: RecordingWriter
        var signal: RecordingWriter
        var basis: RecordingWriter?
        var vacuum: RecordingWriter
        var failure: RecordingError?

        /// All of them, or the first that cannot be completed. If one has no symbol none is: a vacuum alone would look like
        /// the beginning of a recording, and its session has none.
        consuming func finish() throws(RecordingError) {
            if let failure { throw failure }
            if signal.symbols == 0 { throw .empty(data: signal.files.data) }
            if modulation.symbols == 0 { throw .empty(data: modulation.files.data) }
            if vacuum.symbols == 0 { throw .empty(data: vacuum.files.data) }
            _ = try vacuum.finish()
            _ = try modulation.finish()
            if let basis { _ = try basis.finish() }
            _ = try signal.finish()
        }
    }

    /// What the four files know of themselves.
    struct Metadata {
        var modulation: RecordingMetadata
        var signal: RecordingMetadata
        /// Homodyne.
        var basis: RecordingMetadata?
        var vacuum: RecordingMetadata
    }

    /// What others may look at while a disk is waited for.
    struct State {
        var symbols: Int64 = 0
        var vacuum: Int64 = 0
        /// What kept the rest from being written.
        var failure: RecordingError?
    }

    // Whoever writes takes the files out: nobody waits for a lock behind a disk.
    private let files: Guarded<Files?>
    private let published = Guarded(State())

    init(folder: String, _ metadata: Metadata, replacing: Bool) throws(RecordingError) {
        func writer(_ name: String, _ metadata: RecordingMetadata) throws(RecordingError) -> RecordingWriter {
            try RecordingWriter("\(folder)/\(name)", metadata, replacing: replacing)
        }
        let modulation = try writer("modulation", metadata.modulation)
        let signal = try writer("signal", metadata.signal)
        let vacuum = try writer("vacuum", metadata.vacuum)
        var basis: RecordingWriter?
        if let known = metadata.basis { basis = try writer("basis", known) }
        files = Guarded(Files(modulation: modulation, signal: signal, basis: basis, vacuum: vacuum))
    }

    /// Symbols so far.
    var state: State { published.withLock { $0 } }

    var failure: ConsumerFailure? {
        state.failure.map { ConsumerFailure(consumer: "recording", reason: "\($0)") }
    }

    private func write(_ body: (inout Files) throws(RecordingError) -> Void) {
        guard state.failure == nil, var files = files.withLock({ $0.take() }) else { return }
        do throws(RecordingError) { try body(&files) } catch { files.failure = error }
        let state = State(symbols: files.signal.symbols, vacuum: files.vacuum.symbols, failure: files.failure)
        published.withLock { $0 = state }
        var back = Optional(files)
        self.files.withLock { $0 = back.take() }
    }

    func training(first: UInt64, alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>) {
        let index = Int64(clamping: first)
        write { files throws(RecordingError) in
            try files.modulation.add(alice, symbolIndex: index)
            try files.signal.add(bob, symbolIndex: index)
            var bits: [UInt8] = []
            bits.reserveCapacity(bob.count)
            for symbol in 0..<min(8 * basis.count, bob.count) {
                bits.append(basis[symbol / 8] >> UInt8(symbol % 8) & 1)
            }
            try files.basis?.add(bits.span, symbolIndex: index)
        }
    }

    func vacuum(first: UInt64, samples: Span<Int16>, localOscillatorPower: Double) {
        write { files throws(RecordingError) in
            // The power at the beginning; the samples follow whatever it does.
            let power = localOscillatorPower.isFinite ? localOscillatorPower : nil
            if files.vacuum.symbols == 0 { files.vacuum.metadata.localOscillatorPower = power }
            if files.signal.symbols == 0 { files.signal.metadata.localOscillatorPower = power }
            try files.vacuum.add(samples, symbolIndex: Int64(clamping: first))
        }
    }

    func lost(first: UInt64, count: UInt64) {
        let (index, missing) = (Int64(clamping: first), Int64(clamping: count))
        write { files throws(RecordingError) in
            files.modulation.declareLoss(of: missing, at: index)
            files.signal.declareLoss(of: missing, at: index)
            files.basis?.declareLoss(of: missing, at: index)
            files.vacuum.declareLoss(of: missing, at: index)
        }
    }

    /// Completes all files; Alice's scale and the delay are known by now. Files of nothing are refused.
    func finish(scale: Double?, delay: Int?) throws(RecordingError) {
        guard var files = files.withLock({ $0.take() }) else { return }
        files.modulation.metadata.scale = scale
        files.signal.metadata.delay = delay
        try files.finish()
    }
}
