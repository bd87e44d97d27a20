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
    /// It sends back what it is sent. Switch its echo off, or that of the line.
    case echoes(query: String)
    /// It writes a prompt in front of its answers. Switch to its mode for programs.
    case prompts(answer: String)
    /// It confirms commands that have no answer, so that answers would be taken for those of other queries.
    case acknowledges(answer: String)
    /// It does not say who it is as IEEE 488.2 has it: maker, model and what else, between commas.
    case notIdentified(answer: String)
    /// It writes a comma where numbers have a point. Switch its language.
    case decimalComma(query: String, answer: String)
    /// It answers with several values. Switch the other channels off.
    case severalValues(query: String, answer: String)
    /// It answers in dBm although it says that its unit is the watt.
    case inDecibels(answer: String)
    /// A power below 0, W: it is not set to zero, or answers in dBm.
    case negativePower(Double)
    /// A power that no light at a receiver has, W: perhaps it answers in dBm.
    case implausiblePower(Double, most: Double)
    /// It says itself that it has no reading.
    case noReading(answer: String)
    /// It reported errors of its own, as `-113 Undefined header`, each once.
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
            "the instrument answered \(query) with '\(answer)', which is no answer to it. Look at its display, and check the rate and that it speaks SCPI"
        case .echoes(let query):
            "the instrument sends back what it is sent (\(query)). Switch off its echo, or that of its line"
        case .prompts(let answer):
            "the instrument writes a prompt: '\(answer)'. Switch it to the mode that is meant for programs"
        case .acknowledges(let answer):
            "the instrument answers '\(answer)' to commands that have no answer. Switch that confirmation off"
        case .notIdentified(let answer):
            "the instrument answers *IDN? with '\(answer)': that is not maker, model and serial number between commas (IEEE 488.2). Check that it is a power meter, and speaks SCPI"
        case .decimalComma(let query, let answer):
            "the instrument answers \(query) with '\(answer)': a comma in the place of the decimal point. Switch its language or number format"
        case .severalValues(let query, let answer):
            "the instrument answers \(query) with several values, '\(answer)'. Let it measure one channel only"
        case .inDecibels(let answer):
            "the instrument says that its unit is the watt and answers '\(answer)'. Set it to watts by hand"
        case .negativePower(let power):
            power < -1e-3
                ? "the instrument says that its unit is the watt and reads \(power): that looks like dBm. Set it to watts by hand"
                : "the instrument reads \(power) W, less than no light. Set it to zero with its input dark, then try again"
        case .implausiblePower(let power, let most):
            "the instrument says that its unit is the watt and reads \(power); more than \(most) W is no light of a link, and looks like dBm. Set it to watts by hand"
        case .noReading(let answer):
            "the instrument has no reading: it answers '\(answer)', which stands for that. Look at its display"
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
