public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// Takes the symbols of a session that may be known outside of it: vacuum, and training that Alice has disclosed. What it
/// is shown is only there during the call, which is made by the task that reads the stream: it may wait for a disk. It
/// throws to end the session.
///
/// It is never shown a session of purpose key: `LinkSession.record` refuses.
public protocol PairRecorder: Sendable {
    /// Symbols that both sides know.
    ///
    /// - Parameters:
    ///   - first: number of the first symbol in the session, by both ends' count.
    ///   - alice: her words x, p, x, p…
    ///   - bob: his samples, one per symbol (homodyne) or two (heterodyne). LSB.
    ///   - basis: homodyne: bit i (least significant first) for symbol i, 0 = x; else empty.
    func training(first: UInt64, alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>)
    /// Bob's samples with the signal blocked and the local oscillator on, at its power in W.
    func vacuum(first: UInt64, samples: Span<Int16>, localOscillatorPower: Double)
    /// Symbols of Bob's that were lost, or whose disclosure was.
    func lost(first: UInt64, count: UInt64)
    /// What went wrong so far, if anything did: the session ends with it.
    var failure: ConsumerFailure? { get }
}

/// Bob's stream, as a recorder wants it: pairs in the order of symbols, and what is missing declared.
struct RecordingConsumer: StreamConsumer {
    private let recorder: any PairRecorder
    private let samplesPerSymbol: Int
    private var join = TrainingJoin()

    init(_ recorder: any PairRecorder, samplesPerSymbol: Int) {
        self.recorder = recorder
        self.samplesPerSymbol = samplesPerSymbol
    }

    mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
        switch (frame.kind, frame.content) {
        case (.vacuum, _): vacuum(frame, samples)
        case (.training, .measured):
            dropWaiting()
            join.keep(frame, samples)
        case (.training, _):
            let joined = join.join(frame, samples) { [recorder] first, alice, bob, basis in
                recorder.training(first: first, alice: alice, bob: bob, basis: basis)
            }
            if !joined { dropWaiting() }
        default: break
        }
        if let failure = recorder.failure { throw failure }
    }

    /// The order of a recording is that of the symbols: training that waits comes before the gap.
    mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) {
        dropWaiting()
        recorder.lost(first: gap.first, count: gap.count)
        if let failure = recorder.failure { throw failure }
    }

    mutating func ended(_ counters: StreamCounters) { dropWaiting() }

    private mutating func dropWaiting() {
        guard let waiting = join.waiting else { return }
        recorder.lost(first: waiting.first, count: UInt64(waiting.count))
        join.drop()
    }

    private func vacuum(_ frame: StreamFrame, _ samples: RawSpan) {
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 2 bytes per value are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * Int(frame.count) * samplesPerSymbol)])
                .bindMemory(to: Int16.self)
            recorder.vacuum(
                first: frame.firstSymbol, samples: words.span, localOscillatorPower: frame.localOscillatorPower)
        }
    }
}
