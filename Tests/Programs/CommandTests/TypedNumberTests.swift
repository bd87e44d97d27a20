import Testing

@testable import cvqkd

/// What people type for a number.
struct TypedNumberTests {
    @Test(
        arguments: [
            ("5", 5), ("5.2", 5.2), ("5,2", 5.2), (" 5.2 dB ", 5.2), ("5dB", 5), ("5 DB", 5), ("+5", 5), ("-5", -5),
            ("−5", -5), (".5", 0.5), ("1e-3", 1e-3), ("1E2 dB", 100), ("0", 0), ("1e308", 1e308),
        ] as [(String, Double)])
    func `a loss is read as it is typed`(text: String, value: Double) throws {
        #expect(try TypedNumber.read(text, [.decibels]) == value)
        #expect(TypedNumber.isMeant(text.trimmingCharacters(in: .whitespaces)))
    }

    @Test(
        arguments: [
            ("", "nothing was typed"), ("nan", "not a number"), ("NaN", "not a number"), ("inf", "not a number"),
            ("-Infinity", "not a number"), ("1e309", "too large"), ("5 dBm", "it is in dB"), ("5 km", "it is in dB"),
            ("0.2 dB/km", "it is in dB"), ("1,234.5", "more than one decimal sign"), ("1,2,3", "more than one"),
            ("1.2.3", "not a number"), ("five", "not a number"), ("--5", "not a number"), ("0x10", "it is in dB"),
            ("5 5", "it is in dB"), ("٥", "not a number"),
        ])
    func `what is no number of decibels is refused with a sentence`(text: String, words: String) {
        #expect {
            try TypedNumber.read(text, [.decibels])
        } throws: {
            "\($0)".contains(words)
        }
    }

    @Test func `times have units`() throws {
        let units = TypedNumber.Unit.seconds
        #expect(try TypedNumber.read("24h", units) == 86_400 && TypedNumber.read("1.5 min", units) == 90)
        #expect(try TypedNumber.read("10 s", units) == 10 && TypedNumber.read("10", units) == 10)
        #expect(throws: TypedNumber.Refusal.self) { try TypedNumber.read("1 day", units) }
    }

    @Test func `a name of a file is not meant as a number`() {
        for name in ["ring.sor", "/tmp/a.sor", "north", "infra.sor"] { #expect(!TypedNumber.isMeant(name)) }
        for text in ["NaN", "-inf", "inf dB"] { #expect(TypedNumber.isMeant(text)) }
    }

    @Test(arguments: [
        "--fibre-loss=-4.2", "--fibre-loss=nan", "--fibre-loss=1e309", "--fibre-loss=61", "--soak=1,2,3",
        "--hold=inf", "--interval=0", "--orl=5km", "--received-power=5W", "--received-power=40", "--accept-fibre=all",
    ])
    func `an option is refused like an answer`(option: String) {
        let words = ["calibrate", "commission", "--alice", "A-1", "--bob", "B-1", option]
        #expect(throws: (any Error).self) { try CVQKD.parseAsRoot(words) }
    }

    @Test(arguments: [
        ("--power-reading=3", "3dBm, which is 2.00 mW"), ("--power-reading=-20", "-20dBm, which is 10.0 µW"),
        ("--power-reading=0", "0dBm, which is 1.00 mW"), ("--power-reading=1000", "cannot be light"),
        ("--power-reading=20dBm", "cannot be light"), ("--power-reading=nan", "not a number"),
    ])
    func `a power that no receiver survives is refused before the minutes, with what it is in dBm`(
        option: String, words: String
    ) {
        for command in [["calibrate", "bob", "B-1"], ["calibrate", "commission", "--alice", "A-1", "--bob", "B-1"]] {
            #expect {
                try CVQKD.parse(command + [option])
            } throws: {
                CVQKD.message(for: $0).contains(words)
            }
        }
    }

    @Test(arguments: [("1.2e-3", 1.2e-3), ("12µW", 12e-6), ("12 uW", 12e-6), ("0.5mW", 5e-4), ("-20dBm", 1e-5)])
    func `a power is taken with its unit`(text: String, watts: Double) throws {
        let command = try #require(
            try CVQKD.parse(["calibrate", "bob", "B-1", "--power-reading", text])
                as? CalibrateBobCommand)
        #expect(abs((command.light.powerReading ?? 0) / watts - 1) < 1e-9)
    }

    @Test(arguments: [("1e-5", "If it was in W, it is -20 dBm"), ("3", "can destroy the detector"), ("-95", "-95 dBm")])
    func `a power at Bob's end that was typed in watts is refused with what it is`(text: String, words: String) {
        #expect {
            try CVQKD.parse([
                "calibrate", "commission", "--alice", "A-1", "--bob", "B-1", "--received-power", text,
            ])
        } throws: {
            CVQKD.message(for: $0).contains(words)
        }
    }

    @Test func `an option takes what an answer takes`() throws {
        let words = [
            "calibrate", "commission", "--alice", "A-1", "--bob", "B-1", "--fibre-loss", "4,2 dB", "--soak", "24h",
            "--received-power=-30 dBm", "--accept-fibre", "age",
        ]
        let command = try #require(try CVQKD.parseAsRoot(words) as? CalibrateCommissionCommand)
        #expect(command.fibre.fibreLoss == 4.2 && command.soak == 86_400)
        #expect(abs((command.fibre.receivedPower ?? 0) - 1e-6) < 1e-12)
    }
}
