import ArgumentParser
import Testing

@testable import cvqkd

/// Numbers at the ends of integers and beyond: an option takes one or refuses it with a sentence, and never traps.
struct ExtremeArgumentsTests {
    static let numbers = [
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "1e18", "9.3e18", "1e19", "1e308", "1e999", "-1e999", "nan",
        "inf",
        "-inf", "0", "-1", "0.5", "1e-400",
    ]
    static let estimate = [
        "estimate", "--modulation", "a", "--signal", "b", "--off", "c", "--on", "d", "--detection", "heterodyne",
        "--efficiency", "0.6",
    ]
    static let keyRate = [
        "key-rate", "--detection", "heterodyne", "--modulation-variance", "5", "--excess-noise", "0.01",
        "--efficiency", "0.6", "--electronic-noise", "0.1", "--loss", "5",
    ]

    @Test(arguments: [
        "delay", "block-size", "scale", "efficiency-sigma", "modulation-sigma", "epsilon", "reconciliation",
    ])
    func `an estimate takes a number or refuses it`(option: String) {
        for number in Self.numbers { _ = try? CVQKD.parseAsRoot(Self.estimate + ["--\(option)", number]) }
    }

    @Test(arguments: [
        "block-size", "estimation-fraction", "epsilon", "frame-error-rate", "reconciliation", "symbol-rate",
        "sweep-distance",
    ])
    func `a key rate takes a number or refuses it`(option: String) {
        for number in Self.numbers {
            _ = try? CVQKD.parseAsRoot(Self.keyRate + ["--\(option)", number])
            _ = try? CVQKD.parseAsRoot(Self.keyRate.dropLast(2) + ["--sweep-distance", "0:\(number):\(number)"])
        }
    }

    /// Where the library would refuse the number too, but only once it has asked a unit.
    @Test(arguments: [
        (["calibrate", "bob", "B"], "sweep-samples"), (["calibrate", "bob", "B"], "stability-samples"),
        (["calibrate", "bob", "B"], "dark-samples"), (["calibrate", "bob", "B"], "vacuum-samples"),
        (["calibrate", "bob", "B"], "stability-windows"), (["calibrate", "alice", "A"], "readings"),
        (["calibrate", "pair", "--alice", "A", "--bob", "B"], "symbols"),
        (["calibrate", "pair", "--alice", "A", "--bob", "B"], "extinction-samples"),
    ])
    func `a calibration takes no number that nobody can count to`(command: [String], option: String) {
        for number in ["1000000000000001", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
            #expect(throws: (any Error).self) { try CVQKD.parseAsRoot(command + ["--\(option)", number]) }
        }
    }

    @Test func `a delay has its range in the sentence`() throws {
        for delay in ["-9223372036854775808", "1099511627777", "a"] {
            let arguments = Self.estimate + ["--delay=\(delay)"]
            #expect {
                try CVQKD.parseAsRoot(arguments)
            } throws: {
                CVQKD.message(for: $0).contains(
                    "--delay is a whole number of symbols, 1099511627776 at most to either side")
            }
        }
        #expect(try CVQKD.parseAsRoot(Self.estimate + ["--delay=-1099511627776"]) is EstimateCommand)
    }
}
