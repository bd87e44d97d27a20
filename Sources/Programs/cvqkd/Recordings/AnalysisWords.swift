import QuadratureAnalysis
import ReadableText
import SignalAnalysis
import SignalRecordings

extension SignalAnalysisFailure {
    /// The exit code.
    var kind: FailureKind {
        switch self {
        case .recording(let error): error.kind
        case .keyRate, .detectionDiffers, .basisWithoutUse, .noScale, .noSymbolForKey: .usage
        default: .failure
        }
    }

    /// The sentence of the library, or one of our own where what to try is an option of the command.
    var words: String {
        switch self {
        case .recording(let error): error.words
        case .detectionDiffers(let signal, let recorded, let stated):
            "\(signal) was recorded with \(recorded) detection, --detection says \(stated.rawValue)"
        case .basisWithoutUse(let basis):
            "--basis \(basis) belongs to homodyne detection with x and p of Alice's; here it has no use"
        case .basisLengthDiffers(let basis, let symbols, let signalSymbols):
            "\(basis) has \(symbols) symbols, the signal \(signalSymbols): they are not of one recording. Name the right one with --basis"
        case .noDelay(let modulation, let signal, let failure):
            "\(modulation) and \(signal): \(failure?.description ?? "no common symbols"). Are they of the same session and the same symbols? If the delay is known, give --delay"
        case .uncorrelated(let modulation, let signal, let correlation):
            "\(modulation) and \(signal): no delay stands out, they do not correlate: \(correlation). \(correlation.meaning). Are they of the same session? If the delay is known, give --delay"
        case .noScale(let modulation):
            "\(modulation) does not say what its words mean (cvqkd:scale). Give --scale in √SNU per LSB"
        case .noSymbolForKey(let size, let used):
            "--block-size \(size) leaves no symbol for key: \(used) are used for estimation"
        case .noEstimate(let signal, .impossibleEfficiency(let efficiency)):
            "\(signal): \(EstimateFailure.impossibleEfficiency(efficiency)). Give --efficiency above 0 and up to 1"
        case .noEstimate(let signal, .impossibleScale(let scale)):
            "\(signal): \(EstimateFailure.impossibleScale(scale)). Give --scale above 0, in √SNU per LSB"
        case .noShotNoise(let off, let on, let failure):
            failure.optionsToTry.map { "\(off), \(on): \(failure). \($0)" } ?? description
        case .noSegment(let name, let length):
            "\(name) has no \(length) symbols without a break. Give a shorter --segment, or record longer"
        case .tooFewForSegment(let samples, let length):
            "\(samples) samples are no segment of \(length). Give a shorter --segment"
        case .keyRate, .censored, .lengthsDiffer, .nothingInCommon, .clipped, .noEstimate, .unbounded,
            .vacuumOverestimated, .worstCaseRefused, .degenerate:
            description
        }
    }
}

extension ShotNoiseFailure {
    /// What to do, where it is an option of the command.
    fileprivate var optionsToTry: String? {
        switch self {
        case .vacuumNotAboveDark(_, _, let significance) where significance < 0: "Exchange --off and --on"
        case .vacuumNotAboveDark: "Record --on with the local oscillator on, --off with it off"
        case .darkMissing: "Give --off, or --method one-time"
        case .tooFewSamples, .clipped, .constant, .differentChannels, .impossible: nil
        }
    }
}

extension RecordingError {
    /// The exit code.
    var kind: FailureKind {
        switch self {
        case .notFound, .notARecording, .noData, .noMetadata: .notFound
        case .noPermission: .noPermission
        default: .failure
        }
    }

    /// The sentence of the library, or one of our own where what to try is an option of the command.
    var words: String {
        switch self {
        case .noChecksum(let meta): "\(meta) has no core:sha512 to verify by. Leave --verify out"
        case .exists(let path): "\(path) exists. Choose another name, or overwrite it with --force"
        case .diskFull(let path, let lost):
            "\(path): the disk is full. Nothing was kept, \(lost) symbols are lost. Make room, or choose another --output"
        default: description
        }
    }
}

extension LiveLine {
    /// Shows how far an analysis is, twice a second; what happens once is shown at once.
    var analysis: AnalysisWatcher {
        var told = ContinuousClock.now
        return { [self] progress in
            guard case .widerDelaySearch = progress else {
                guard told.duration(to: .now) > .milliseconds(500) else { return }
                told = .now
                return show("\(progress.words)")
            }
            show("\(progress.words)")
        }
    }
}

extension AnalysisProgress {
    fileprivate var words: String {
        switch self {
        case .widerDelaySearch(let tried, let next):
            "no delay within ±\(tried) symbols; looking within ±\(next) …"
        case .reading(let name, let symbols, let all):
            "\(name): \(100 * symbols / all) % of \(NumberText.count(all)) symbols"
        case .joining(let symbols, let all): "\(100 * symbols / all) % of \(NumberText.count(all)) symbols"
        }
    }
}
