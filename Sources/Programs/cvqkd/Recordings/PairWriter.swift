import LinkControl
import SignalRecordings
import UnitTransport

/// Writes a session of a pair to recordings while its streams are read. The first failure to write ends it.
final class PairWriter: PairRecorder {
    private struct Files: ~Copyable {
        var modulation: RecordingWriter
        var signal: RecordingWriter
        var basis: RecordingWriter?
        var vacuum: RecordingWriter
        var failure: RecordingError?

        /// All of them, or the first that cannot be completed.
        consuming func finish() throws(RecordingError) {
            if let failure { throw failure }
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

    private let files: Guarded<Files?>

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

    /// Symbols so far, and what kept the rest from being written.
    var state: (symbols: Int64, vacuum: Int64, failure: RecordingError?) {
        files.withLock { ($0?.signal.symbols ?? 0, $0?.vacuum.symbols ?? 0, $0?.failure) }
    }

    func training(first: UInt64, alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>) {
        let index = Int64(clamping: first)
        files.withLock { files in
            guard files != nil, files?.failure == nil else { return }
            do throws(RecordingError) {
                try files?.modulation.add(alice, symbolIndex: index)
                try files?.signal.add(bob, symbolIndex: index)
                var bits: [UInt8] = []
                bits.reserveCapacity(bob.count)
                for symbol in 0..<min(8 * basis.count, bob.count) {
                    bits.append(basis[symbol / 8] >> UInt8(symbol % 8) & 1)
                }
                try files?.basis?.add(bits.span, symbolIndex: index)
            } catch {
                files?.failure = error
            }
        }
    }

    func vacuum(first: UInt64, samples: Span<Int16>, localOscillatorPower: Double) {
        files.withLock { files in
            guard files != nil, files?.failure == nil else { return }
            // The power at the beginning; the samples follow whatever it does.
            if files?.vacuum.symbols == 0 { files?.vacuum.metadata.localOscillatorPower = localOscillatorPower.finite }
            if files?.signal.symbols == 0 { files?.signal.metadata.localOscillatorPower = localOscillatorPower.finite }
            do throws(RecordingError) {
                try files?.vacuum.add(samples, symbolIndex: Int64(clamping: first))
            } catch {
                files?.failure = error
            }
        }
    }

    func lost(first: UInt64, count: UInt64) {
        let (index, missing) = (Int64(clamping: first), Int64(clamping: count))
        files.withLock { files in
            files?.modulation.declareLoss(of: missing, at: index)
            files?.signal.declareLoss(of: missing, at: index)
            files?.basis?.declareLoss(of: missing, at: index)
            files?.vacuum.declareLoss(of: missing, at: index)
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
