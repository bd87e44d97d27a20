internal import Glibc
public import LinkControl
public import LinkOperation
public import SignalAnalysis
public import SignalRecordings
public import UnitControl

/// Why samples of a unit, or of a pair, could not be recorded.
public enum LiveRecordingFailure: Error, Sendable, CustomStringConvertible {
    /// A unit, or the way to it.
    case unit(UnitError)
    /// The session of a pair.
    case link(LinkError)
    /// The session cannot be noted where others find it.
    case journal(SessionFolderFault)
    /// A file.
    case file(RecordingError)
    /// The folder cannot be made, with `errno`; ENOTDIR if something else has its name.
    case folder(path: String, code: Int32)
    /// The samples give no spectrum.
    case analysis(SignalAnalysisFailure)
    /// The unit has no shutter: it cannot make vacuum by itself.
    case noShutter(serial: String)
    /// The unit does not deliver what Alice discloses: nothing is known to both.
    case noDisclosure(serial: String)
    /// The units ended the session by themselves; the recordings end there.
    case deserted(SessionEnding.Desertion)
    /// The end was asked for before there was a recording.
    case ended
}

extension LiveRecordingFailure {
    /// What is wrong, in a sentence.
    public var description: String {
        switch self {
        case .unit(let error): error.description
        case .link(let error): error.description
        case .journal(let fault): fault.description
        case .file(let error): error.description
        case .folder(let path, let code): "\(path) cannot be made: \(String(cString: strerror(code)))"
        case .analysis(let failure): "\(failure)"
        case .noShutter(let serial): "\(serial) has no shutter"
        case .noDisclosure(let serial): "\(serial) does not deliver what Alice discloses"
        case .deserted(let desertion): SessionEnding.deserted(desertion).description
        case .ended: "the end was asked for"
        }
    }
}
