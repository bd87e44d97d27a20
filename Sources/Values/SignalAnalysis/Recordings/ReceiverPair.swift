public import QuadratureAnalysis
internal import SignalRecordings

/// Electronic noise and vacuum of one receiver, as far as both are sound.
public struct ReceiverPair: Sendable {
    /// Electronic noise.
    public let off: ReceiverReading
    /// Vacuum.
    public let on: ReceiverReading
    /// What follows from both.
    public let shotNoise: ShotNoise

    /// Reads both recordings.
    ///
    /// - Parameters:
    ///   - off: electronic noise: local oscillator off.
    ///   - on: vacuum: local oscillator on, signal blocked.
    ///   - method: how shot noise is evaluated.
    ///   - verify: compares each recording with its checksum first, which reads everything twice.
    ///   - watcher: is told how far it is.
    public static func read(
        off: String, on: String, method: ShotNoiseMethod, verify: Bool, watcher: AnalysisWatcher? = nil
    ) throws(SignalAnalysisFailure) -> ReceiverPair {
        let dark = try RecordingInput.receiver(off, .electronicNoise, verify: verify)
        let vacuum = try RecordingInput.receiver(on, .vacuum, verify: verify)
        let parties = (
            RecordingAgreement.Party(dark.files.base, dark.metadata),
            RecordingAgreement.Party(vacuum.files.base, vacuum.metadata)
        )
        // Both are looked at before either is read: a wrong file shall not cost minutes.
        try reading { () throws(RecordingError) in
            try RecordingAgreement.requireSameReceiver(parties.0, parties.1)
        }
        let first = try ReceiverReading(dark, watcher: watcher)
        let second = try ReceiverReading(vacuum, watcher: watcher)
        for reading in [first, second] {
            guard let censored = reading.censored else { continue }
            throw .censored(recording: reading.name, limit: censored.limit, expected: censored.expected)
        }
        do throws(ShotNoiseFailure) {
            let evaluated = try ShotNoise(
                vacuum: second.moments, dark: first.moments, method: method, vacuumCorrelation: second.correlation,
                darkCorrelation: first.correlation)
            return ReceiverPair(off: first, on: second, shotNoise: evaluated)
        } catch {
            throw .noShotNoise(off: off, on: on, error)
        }
    }

    /// What a person should know before the numbers.
    public var remarks: [RecordingRemark] { off.remarks + on.remarks }

    /// Whether one of the two is of an emulated unit; nil if neither says.
    public var isEmulated: Bool? { anyEmulated(off.metadata.emulated, on.metadata.emulated) }
}
