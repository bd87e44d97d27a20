internal import UnitProtocol
internal import UnitTransport

/// Takes the symbols of a session that may be known outside of it: vacuum, and training that Alice has disclosed. What it
/// is shown is only there during the call, which is made while the stream is read: it must not wait for anything but a
/// disk.
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
}

extension LinkSession {
    /// Shows the session to a recorder, from now on; before `start`, so that it sees all of it. Throws `.badPlan` for a
    /// session of purpose key, of which nothing is ever kept.
    public func record(to recorder: any PairRecorder) throws(LinkError) {
        guard plan.purpose == .calibration || plan.purpose == .test else {
            throw .badPlan("a session of purpose \(plan.purpose) is never recorded")
        }
        analysis.withLock { $0.record(to: recorder) }
    }
}
