import QuadratureAnalysis
import SignalRecordings

/// Electronic noise and vacuum of one receiver, as far as both are sound.
struct ReceiverPair: Sendable {
    let off: ReceiverReading
    let on: ReceiverReading
    let shotNoise: ShotNoise

    static func read(
        off: String, on: String, method: ShotNoiseMethod, verify: Bool, live: LiveLine? = nil
    ) throws -> ReceiverPair {
        let dark = try RecordingInput.receiver(off, .electronicNoise, verify: verify)
        let vacuum = try RecordingInput.receiver(on, .vacuum, verify: verify)
        // Both are looked at before either is read: a wrong file shall not cost minutes.
        try RecordingAgreement.requireSameReceiver(
            .init(dark.files.base, dark.metadata), .init(vacuum.files.base, vacuum.metadata))
        let (first, second) = (try ReceiverReading(dark, live: live), try ReceiverReading(vacuum, live: live))
        for reading in [first, second] {
            guard let censored = reading.censored else { continue }
            throw CommandFailure(
                .failure,
                "\(reading.name) is clipped: no sample lies beyond \(censored.limit) LSB, where noise of this size has \(NumberText.significant(censored.expected, digits: 2)). Lower the gain or the power of the local oscillator, and record again"
            )
        }
        do throws(ShotNoiseFailure) {
            let evaluated = try ShotNoise(
                vacuum: second.moments, dark: first.moments, method: method, vacuumCorrelation: second.correlation,
                darkCorrelation: first.correlation)
            return ReceiverPair(off: first, on: second, shotNoise: evaluated)
        } catch {
            throw CommandFailure(.failure, "\(off), \(on): \(error). \(error.nextStep)")
        }
    }

    var remarks: [String] { off.remarks + on.remarks }
}

extension ShotNoiseFailure {
    /// What to do.
    var nextStep: String {
        switch self {
        case .tooFewSamples: "Record longer"
        case .clipped: "Lower the gain or the power of the local oscillator, look for an offset, and record again"
        case .constant: "Check that the converter is connected and the file is not a dummy"
        case .differentChannels: "Record both with the same receiver"
        case .impossible: "Copy the file again"
        case .vacuumNotAboveDark(_, _, let significance) where significance < 0: "Exchange --off and --on"
        case .vacuumNotAboveDark: "Record --on with the local oscillator on, --off with it off"
        case .darkMissing: "Give --off, or --method one-time"
        }
    }
}
