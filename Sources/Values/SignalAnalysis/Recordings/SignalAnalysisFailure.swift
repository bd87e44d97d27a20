public import QuadratureAnalysis
internal import ReadableText
public import SignalRecordings

/// Why recordings yield no result. Each names the recording, and says what to do.
public enum SignalAnalysisFailure: Error, Equatable, Sendable {
    /// A recording cannot be read, or two do not belong together.
    case recording(RecordingError)
    /// A number that was stated, or that follows from the data, has no key rate.
    case keyRate(KeyRateFailure)
    /// Vacuum and electronic noise give no shot noise.
    case noShotNoise(off: String, on: String, ShotNoiseFailure)
    /// The converter's range ends at `limit`: noise of this size has `expected` samples beyond it, and none was seen.
    case censored(recording: String, limit: Int16, expected: Double)
    /// The recording says that another kind of receiver made it than was stated.
    case detectionDiffers(signal: String, recorded: String, stated: Detection)
    /// A basis was given for data that need none.
    case basisWithoutUse(basis: String)
    /// The basis belongs to another recording than the signal.
    case basisLengthDiffers(basis: String, symbols: Int64, signalSymbols: Int64)
    /// Recordings without numbers of symbols are of different lengths: nobody knows what belongs to what.
    case lengthsDiffer(modulation: String, symbols: Int64, signal: String, signalSymbols: Int64)
    /// By their numbers no symbol of one belongs to one of the other.
    case nothingInCommon(modulation: String, signal: String, delay: Int)
    /// Bob's samples follow Alice's at no delay that was tried; nil if there was not one symbol to try.
    case noDelay(modulation: String, signal: String, AlignmentFailure?)
    /// Both recordings are there, and at no delay that was tried does one follow the other.
    case uncorrelated(modulation: String, signal: String, StreamCorrelation)
    /// Nobody says what Alice's words mean.
    case noScale(modulation: String)
    /// Samples of the signal are clipped.
    case clipped(signal: String, samples: Int64, of: Int64)
    /// The data yield no estimate.
    case noEstimate(signal: String, EstimateFailure)
    /// The estimate has no bound that holds except with probability ε.
    case unbounded(signal: String, FailureProbability)
    /// ξ̂ lies further below 0 than its scatter allows.
    case vacuumOverestimated(signal: String, deviations: Double)
    /// Even the worst case of ξ lies below 0, or is not a number.
    case worstCaseRefused(signal: String, ExcessNoise<Plane.Input>)
    /// A block that is not greater than what was used for estimation.
    case noSymbolForKey(blockSize: Int64, estimationSymbols: Int64)
    /// No run of a recording is as long as a segment.
    case noSegment(recording: String, length: Int)
    /// Fewer samples than a segment has.
    case tooFewForSegment(samples: Int, length: Int)
    /// Samples of which no analysis says anything.
    case degenerate(recording: String, Degeneracy)
}

extension SignalAnalysisFailure: CustomStringConvertible {
    /// The fact in a sentence, then the next thing to try.
    public var description: String {
        switch self {
        case .recording(let error): error.description
        case .keyRate(let error): error.description
        case .noShotNoise(let off, let on, let failure): "\(off), \(on): \(failure). \(failure.nextStep)"
        case .censored(let name, let limit, let expected):
            "\(name) is clipped: no sample lies beyond \(limit) LSB, where noise of this size has \(NumberText.significant(expected, digits: 2)). Lower the gain or the power of the local oscillator, and record again"
        case .detectionDiffers(let signal, let recorded, let stated):
            "\(signal) was recorded with \(recorded) detection, stated is \(stated.rawValue). State what it was recorded with"
        case .basisWithoutUse(let basis):
            "the basis \(basis) belongs to homodyne detection with x and p of Alice's; here it has no use. Leave it out"
        case .basisLengthDiffers(let basis, let symbols, let signalSymbols):
            "\(basis) has \(symbols) symbols, the signal \(signalSymbols): they are not of one recording. Name the right basis"
        case .lengthsDiffer(let modulation, let symbols, let signal, let signalSymbols):
            "\(modulation) has \(symbols) symbols, \(signal) has \(signalSymbols). Cut them to the same symbols, or give both core:global_index in captures"
        case .nothingInCommon(let modulation, let signal, let delay):
            "\(modulation) and \(signal) have no symbol in common at delay \(delay). Use recordings of one session"
        case .noDelay(let modulation, let signal, let failure):
            "\(modulation) and \(signal): \(failure?.description ?? "no common symbols"). Are they of the same session and the same symbols? If the delay is known, state it"
        case .uncorrelated(let modulation, let signal, let correlation):
            "\(modulation) and \(signal): no delay stands out, they do not correlate: \(correlation). \(correlation.meaning). Are they of the same session? If the delay is known, state it"
        case .noScale(let modulation):
            "\(modulation) does not say what its words mean (cvqkd:scale). State the scale in √SNU per LSB"
        case .clipped(let signal, let samples, let all):
            "\(signal): \(samples) of \(all) samples are clipped; none are tolerated. Lower the gain or the modulation, and record again"
        case .noEstimate(let signal, let failure): "\(signal): \(failure). \(failure.nextStep)"
        case .unbounded(let signal, let probability):
            "\(signal): the data are too few for a worst case at ε = \(probability.value). Check delay, shutter and link, or record longer"
        case .vacuumOverestimated(let signal, let deviations):
            "\(signal): the excess noise lies \(NumberText.significant(-deviations, digits: 3)) σ below 0: V_on is over-estimated by an attack, a drift or a leaking shutter. \(Self.vacuumAgain)"
        case .worstCaseRefused(let signal, let noise) where !(noise.value < 0):
            "\(signal): T or its noise is not a number that can be counted with. Check the scale of Alice's words and the efficiency"
        case .worstCaseRefused(let signal, let noise):
            "\(signal): even the worst case of the excess noise, \(NumberText.significant(noise.value)) SNU, lies below 0: V_on is over-estimated. \(Self.vacuumAgain)"
        case .noSymbolForKey(let size, let used):
            "a block of \(size) leaves no symbol for key: \(used) are used for estimation. Plan a greater one"
        case .noSegment(let name, let length):
            "\(name) has no \(length) symbols without a break. Choose a shorter segment, or record longer"
        case .tooFewForSegment(let samples, let length):
            "\(samples) samples are no segment of \(length). Choose a shorter segment"
        case .degenerate(let name, let degeneracy): "\(name): \(degeneracy). \(degeneracy.nextStep)"
        }
    }

    private static let vacuumAgain = "Record vacuum and electronic noise again, close to the signal in time"
}

extension Degeneracy {
    /// What to do.
    var nextStep: String {
        switch self {
        case .tooFew: "Record longer"
        case .constant: "Check that the converter is connected and the file is not a dummy"
        case .allClipped: "Lower the gain or the power of the local oscillator, look for an offset, and record again"
        case .zeroReference, .indistinct, .notFinite: "Record again, and check that the receiver was connected"
        }
    }
}

extension EstimateFailure {
    /// What to do.
    var nextStep: String {
        switch self {
        case .noModulation: "Check that Alice was modulating"
        case .tooFewSamples: "Record longer"
        case .degenerate(let degeneracy): degeneracy.nextStep
        case .noShotNoise, .noDarkSamples: "Record vacuum and electronic noise again"
        case .noSignal, .uncorrelated: "Check delay, shutter and link, or record longer"
        case .impossibleEfficiency: "State an efficiency above 0 and up to 1"
        case .impossibleScale: "State a scale above 0, in √SNU per LSB"
        }
    }
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
        case .vacuumNotAboveDark(_, _, let significance) where significance < 0: "Exchange the two"
        case .vacuumNotAboveDark: "Record vacuum with the local oscillator on, electronic noise with it off"
        case .darkMissing: "Record electronic noise too, or evaluate one-time"
        }
    }
}

/// Runs what reads recordings; its errors are failures of the analysis.
func reading<Value: ~Copyable>(
    _ body: () throws(RecordingError) -> Value
) throws(SignalAnalysisFailure) -> Value {
    do throws(RecordingError) { return try body() } catch { throw .recording(error) }
}
