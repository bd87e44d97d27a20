internal import Glibc

/// What can go wrong with an instrument beside the units. Codes of the system and of the instrument are kept.
public enum InstrumentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing is at this path.
    case notFound(String)
    /// It is there and may not be opened.
    case noPermission(String)
    /// Another program has it open; `holder` names it if the system tells.
    case busy(path: String, holder: String?)
    /// It is neither a serial line nor a USBTMC instrument.
    case notAnInstrument(path: String, reason: String)
    /// It was unplugged, or its line hung up.
    case gone(path: String)
    /// It did not answer a query in time. The line is put in step again before the next one.
    case timedOut(query: String, milliseconds: Int)
    /// Its answer cannot be what was asked for. The answer is cut to 60 characters.
    case garbage(query: String, answer: String)
    /// It reported errors of its own, as `-113 Undefined header`.
    case reported(during: String, errors: [String])
    /// It did not keep a setting: what was set, what it says now.
    case settingRefused(setting: String, wanted: String, found: String)
    /// The light is outside its range, or the range is set wrong.
    case overRange
    /// The calling task was cancelled.
    case cancelled
    /// A system call failed.
    case system(call: String, path: String, code: Int32)

    /// One or two sentences for a person: what happened, and what to try.
    public var description: String {
        switch self {
        case .notFound(let path):
            "\(path): no such instrument. Check its power and cable; /dev/usbtmc* and /dev/ttyUSB* are candidates"
        case .noPermission(let path):
            "\(path): permission denied. 'ls -l \(path)' names its group: join it and log in again. If it is root's, udev rules are missing"
        case .busy(let path, let holder):
            "\(path) is in use\(holder.map { " by \($0)" } ?? " by another program"). Stop it first"
        case .notAnInstrument(let path, let reason): "\(path) is no SCPI instrument: \(reason)"
        case .gone(let path): "\(path): the instrument is gone. Check its cable and power"
        case .timedOut(let query, let milliseconds):
            "the instrument did not answer \(query) within \(milliseconds) ms. Check rate, cable and that it is in remote mode"
        case .garbage(let query, let answer):
            "the instrument answered \(query) with '\(answer)', which makes no sense. Check the rate and that it speaks SCPI"
        case .reported(let during, let errors):
            "the instrument reports \(errors.joined(separator: "; ")) after \(during)"
        case .settingRefused(let setting, let wanted, let found):
            "the instrument did not take \(setting) \(wanted): it says \(found). Set it by hand and try again"
        case .overRange: "the light is outside the instrument's range. Use automatic range, or an attenuator"
        case .cancelled: "cancelled"
        case .system(let call, let path, let code):
            "\(path): \(call) failed: \(String(cString: strerror(code))) (errno \(code))"
        }
    }
}
