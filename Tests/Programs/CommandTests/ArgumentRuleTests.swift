import ArgumentParser
import Testing

@testable import cvqkd

/// What the parser alone lets pass.
struct ArgumentRuleTests {
    private func refusal(_ line: String) -> String? {
        do {
            _ = try CVQKD.parse(line.split(separator: " ").map(String.init))
            return nil
        } catch {
            #expect(CVQKD.exitCode(for: error) == .validationFailure, "\(line)")
            return CVQKD.message(for: error)
        }
    }

    @Test(arguments: [
        ("lst", "cvqkd list"), ("calibratoin list", "cvqkd calibration"), ("calibration lst", "cvqkd calibration list"),
        ("link strat", "cvqkd link start"), ("station tust x", "cvqkd station trust"),
        ("link telemetry", "cvqkd telemetry"), ("tele A", "cvqkd telemetry"), ("LIST", "cvqkd list"),
        ("shot-noise mesure B", "cvqkd shot-noise measure"), ("power-meter rd x", "cvqkd power-meter read"),
        ("otdr shwo x", "cvqkd otdr show"), ("schema difff x", "cvqkd schema diff"), ("help lnik", "cvqkd link"),
        ("calibrate bbo B", "cvqkd calibrate bob"),
    ])
    func `a command that does not exist suggests the nearest, at every level`(line: String, wanted: String) throws {
        #expect(try #require(refusal(line)).hasSuffix("Did you mean '\(wanted)'?"), "\(refusal(line) ?? "")")
    }

    @Test func `without a near one all that there are are named`() throws {
        let sentence = try #require(refusal("station paint"))
        #expect(sentence.contains("'paint' is not a command of 'cvqkd station', which has: init, show"), "\(sentence)")
    }

    @Test(arguments: [
        ("link start --alice A --bob B --duration 3 --duration 4", "--duration is given twice, and only one counts."),
        ("link start --alice A --alice B --bob B", "--alice is given twice, and only one counts."),
        ("link start --alice=A --alice=C --bob B", "--alice is given twice, and only one counts."),
        ("stream A --fail-on gap --fail-on crc", "--fail-on is given twice, and only one counts."),
        ("calibration report 3f -o a --output b", "--output and -o are one option, and only one of them counts."),
        ("calibration list --store a --store b --store c", "--store is given 3 times, and only one counts."),
        (
            "link start --alice A --bob B --recovery --no-recovery",
            "--recovery and --no-recovery contradict each other."
        ),
    ])
    func `an option that is given twice is refused where only one counts`(line: String, sentence: String) {
        #expect(refusal(line) == sentence)
    }

    @Test(arguments: [
        (["calibration", "list", "--store", ""], "The value of --store is empty."),
        (["calibration", "list", "--store="], "--store is given without a value."),
        (["calibration", "report", "3f", "-o", ""], "The value of -o is empty."),
        (["calibrate", "bob", "B", "--output", ""], "The value of --output is empty."),
        (["key-rate", "--loss", "5", "--csv", ""], "The value of --csv is empty."),
        (["calibration", "verify", ""], "The first argument is empty."),
        (["list", "A", ""], "The argument after 'A' is empty."),
    ])
    func `an empty value is refused, whatever it is of`(words: [String], sentence: String) throws {
        let error = #expect(throws: (any Error).self) { _ = try CVQKD.parse(words) }
        #expect(CVQKD.message(for: try #require(error)) == sentence)
    }

    @Test(arguments: [
        "conformance --list --only dead-man --only stream-conserved", "info A --json --json", "list A B C",
        "calibrate commission --alice A --bob B --skip soak --skip pair -y -y",
        "estimate --modulation a --signal b "
            + "--off c --on d --detection homodyne --efficiency 0.5 --delay -3",
    ])
    func `options that may be given again, and flags, may`(line: String) { #expect(refusal(line) == nil) }

    @Test(arguments: [
        "calibrate commission --alice A --bob B --received-power -20", "key-rate --loss 5 --excess-noise -0.01",
        "calibrate commission --alice A --bob B --received-power \u{2212}20",
        "estimate --modulation a --signal b --off c --on d --detection homodyne --efficiency 0.5 --delay -3",
    ])
    func `a negative number behind an option is its value`(line: String) {
        #expect(refusal(line)?.contains("Missing value") != true, "\(refusal(line) ?? "")")
        #expect(refusal(line)?.contains("Unknown option") != true, "\(refusal(line) ?? "")")
    }

    @Test(arguments: [
        ("calibrate commission --alice A --bob B --fibre-loss -4.2", "a loss is not negative"),
        ("link start --alice A --bob B --duration -5", "--duration is a number greater than 0"),
        ("calibrate pair --alice A --bob B --loss -5", "a loss is not negative"),
        ("calibrate bob B --power-reading -20", "-20dBm"),
    ])
    func `a negative number that cannot be is refused as a number`(line: String, words: String) throws {
        let sentence = try #require(refusal(line))
        #expect(sentence.contains(words), "\(sentence)")
    }
}
