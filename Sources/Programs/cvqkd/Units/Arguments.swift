import ArgumentParser
import LinkControl
import UnitProtocol
import UnitTransport

/// The unit that a command is for.
struct UnitArgument: ParsableArguments {
    @Argument(help: "usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var unit: UnitSelector
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON (SI units) instead of a table; errors become {\"error\": {\"kind\", \"message\"}}.")
    var json = false
}

/// Reads arguments; mistakes become the parser's errors (exit code 64) with a sentence.
enum Selectors {
    @Sendable static func read(_ text: String) throws -> UnitSelector {
        do throws(UnitSelector.Fault) {
            return try UnitSelector(text)
        } catch {
            throw ValidationError("\(error).")
        }
    }

    @Sendable static func purpose(_ text: String) throws -> SessionPurpose {
        switch text {
        case "key": return .key
        case "calibration": return .calibration
        case "test": return .test
        default: throw ValidationError("A session's purpose is key, calibration or test.")
        }
    }

    /// A physical quantity that is greater than zero.
    static func require(_ value: Double?, positive name: String) throws {
        guard let value else { return }
        // Beyond that, clocks and counters overflow; nobody means it.
        guard value.isFinite, value > 0, value <= 1e15 else {
            throw ValidationError("--\(name) is a number greater than 0 and at most 1e15, not \(value).")
        }
    }

    /// A fraction.
    static func require(_ value: Double, fraction name: String) throws {
        guard (0...1).contains(value) else {
            throw ValidationError("--\(name) lies between 0 and 1, \(value) does not.")
        }
    }

    /// A stride of stream frames.
    static func require(frameBytes: Int?) throws {
        guard let frameBytes else { return }
        guard (1024...65_536).contains(frameBytes), frameBytes.nonzeroBitCount == 1 else {
            throw ValidationError("--frame-bytes is 1024, 2048, 4096, 8192, 16384, 32768 or 65536, not \(frameBytes).")
        }
    }
}
