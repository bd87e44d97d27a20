import ExternalInstruments
import Foundation
import PowerMeterProcess
import PythonScripts
import Testing

struct PowerMeterTests {
    @Test func `a power is a mean with the uncertainty of scatter and of the meter`() async throws {
        // The meter's scatter has a fixed seed: this mean is always the same. 12.5 µW, 0.2 % per reading.
        let meter = try PowerMeterProcess()
        let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
        #expect(power.identification == "Fabrikam,PM-1,SN42,1.07")
        #expect(abs(power.wavelength - 1550e-9) < 1e-15)
        let reading = try await power.average(readings: 100, accuracy: 0.05)
        #expect(abs(reading.power - 1.25e-5) < 5 * 2.5e-9)
        #expect(abs(reading.sigmaOfScatter / 2.5e-9 - 1) < 0.3)
        #expect(abs(reading.sigmaOfMeter / (reading.power * 0.05 / 3.0.squareRoot()) - 1) < 1e-12)
        #expect(reading.sigma > reading.sigmaOfMeter)
        #expect(try abs(#require(reading.decibelMilliwatts) + 19.03) < 0.01)
        #expect(reading.readings == 100)
    }

    @Test func `a meter in dBm is set to watts, and one that answers in metres is understood`() async throws {
        for defect in ["decibels", "metres"] {
            let meter = try PowerMeterProcess("--defect", defect)
            let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
            #expect(abs(power.wavelength - 1550e-9) < 1e-12)
            #expect(abs(try await power.read() / 1.25e-5 - 1) < 0.02)
        }
    }

    @Test(arguments: [
        ("stuck-unit", InstrumentError.settingRefused(setting: "unit", wanted: "W", found: "DBM")),
        (
            "stuck-wavelength",
            .settingRefused(setting: "wavelength", wanted: "1550 nm", found: "1310 nm")
        ),
        ("no-identity", .notIdentified(answer: "hello")),
        ("silent", .timedOut(query: "*IDN?", milliseconds: 2000)),
        ("old-errors", .reported(during: "SENS:CORR:WAV 1550", errors: ["-350 Queue overflow"])),
    ])
    func `a meter that cannot be set up gives no reading`(defect: String, error: InstrumentError) async throws {
        let meter = try PowerMeterProcess("--defect", defect)
        let selector = try meter.selector
        await #expect(throws: error) { try await PowerMeter(selector, wavelength: 1550e-9) }
    }

    @Test(arguments: ["no-wavelength", "endless-wavelength"])
    func `a meter whose wavelength is no number is refused`(defect: String) async throws {
        let meter = try PowerMeterProcess("--defect", defect)
        let selector = try meter.selector
        await #expect {
            try await PowerMeter(selector, wavelength: 1550e-9)
        } throws: {
            guard case InstrumentError.settingRefused("wavelength", "1550 nm", let found) = $0 else { return false }
            return found.hasSuffix(" nm")
        }
    }

    @Test(arguments: [
        "none", "nlcr", "idn3", "idn5", "wavm", "wavunit", "unit0", "unit1", "unitquoted", "unitsingle", "unitreal",
        "watt", "noerr", "noerrquoted", "errplus", "half", "unitsuffix", "milli",
    ])
    func `what makers do differently is read right`(oddity: String) async throws {
        let meter = try PowerMeterProcess(script: "scpi_oddities.py", [oddity])
        let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
        #expect(abs(power.wavelength - 1550e-9) < 1e-12)
        let reading = try await power.average(readings: 3, accuracy: 0.05)
        #expect(abs(reading.power / 1.2342e-3 - 1) < 3e-4)
    }

    @Test(arguments: [
        ("echo", InstrumentError.echoes(query: "*CLS")), ("prompt", .prompts(answer: "> > MAKER,PM-1,123,1.0")),
        ("echolower", .echoes(query: "*cls")), ("promptroot", .prompts(answer: "# # MAKER,PM-1,123,1.0")),
        ("promptname", .prompts(answer: "PM: PM: MAKER,PM-1,123,1.0")), ("idnempty", .notIdentified(answer: ",,,")),
        ("unitnone", .settingRefused(setting: "unit", wanted: "W", found: "nothing")),
        ("ack", .acknowledges(answer: "OK")), ("idnplain", .notIdentified(answer: "PM-1 v1.4 built Jun 14")),
        ("wavcomma", .decimalComma(query: "SENS:CORR:WAV?", answer: "1550,0")),
        ("err3", .reported(during: "SENS:CORR:WAV 1550", errors: ["-113 Undefined header"])),
        ("over", .overRange), ("inf", .overRange), ("minusover", .noReading(answer: "-9.91E37")),
        ("nan", .noReading(answer: "NAN")), ("commadec", .decimalComma(query: "MEAS:POW?", answer: "1,234E-03")),
        ("negative", .negativePower(-1.2e-9)), ("dbm", .negativePower(-29.1)),
        ("dbmplus", .implausiblePower(3.2, most: 0.2)), ("dbmsuffix", .inDecibels(answer: "-29.1 dBm")),
        ("many", .severalValues(query: "MEAS:POW?", answer: "1.2E-03,1.3E-03")),
        ("junk", .garbage(query: "MEAS:POW?", answer: "bytes 31 2e 32 33 b5 57 d")),
        ("unsolicited", .garbage(query: "MEAS:POW?", answer: "*** overtemp warning ***")),
        ("slow", .timedOut(query: "MEAS:POW?", milliseconds: 5000)),
    ])
    func `what would be a wrong reading is refused, and why`(oddity: String, error: InstrumentError) async throws {
        let meter = try PowerMeterProcess(script: "scpi_oddities.py", [oddity])
        let selector = try meter.selector
        await #expect(throws: error) {
            _ = try await PowerMeter(selector, wavelength: 1550e-9).average(readings: 6, accuracy: 0.05)
        }
        #expect(!error.description.isEmpty)
    }

    @Test func `an instrument whose errors never end is not asked for ever`() async throws {
        let meter = try PowerMeterProcess("--defect", "endless-errors")
        let selector = try meter.selector
        await #expect {
            try await PowerMeter(selector, wavelength: 1550e-9)
        } throws: {
            guard case InstrumentError.reported(_, let errors) = $0 else { return false }
            return errors == ["-310 System error"]
        }
    }

    @Test(arguments: [
        ("garbage", InstrumentError.garbage(query: "MEAS:POW?", answer: "OVER TEMP")),
        ("binary", .garbage(query: "MEAS:POW?", answer: "bytes ff 0 81")),
        (
            "endless-line",
            .garbage(query: "MEAS:POW?", answer: "more than 4096 bytes without an end of line")
        ),
        ("over-range", .overRange),
        ("error-per-reading", .reported(during: "MEAS:POW?", errors: ["-230 Data corrupt or stale"])),
    ])
    func `what is no power is an error`(defect: String, error: InstrumentError) async throws {
        let meter = try PowerMeterProcess("--defect", defect)
        let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
        await #expect {
            _ = try await power.average(readings: 5, accuracy: 0)
        } throws: {
            // One error per reading: the queue holds five, and one is said.
            $0 as? InstrumentError == error
        }
    }

    @Test func `a late answer is not taken for the next one`() async throws {
        let meter = try PowerMeterProcess("--defect", "late", "--scatter", "0.1")
        let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
        let first = try await power.read()
        await #expect(throws: InstrumentError.timedOut(query: "MEAS:POW?", milliseconds: 300)) {
            try await power.read(milliseconds: 300)
        }
        // The answer that was given up comes 1.2 s after its query, and nothing else tells that it is there.
        try await Task.sleep(for: .milliseconds(1500))
        let next = try await power.read()
        // By the seed, the meter's readings are these.
        let expected = try Self.readings(3)
        #expect(abs(first - expected[0]) < 1e-11)
        #expect(abs(next - expected[2]) < 1e-11)
    }

    /// What the meter's random numbers give, as Python says.
    private static func readings(_ count: Int) throws -> [Double] {
        let text = try Python.output(
            of: "import random; r = random.Random(7); print(*(1.25e-5 * r.gauss(1, 0.1) for _ in range(\(count))))")
        return text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    }

    @Test func `a meter that is unplugged is gone`() async throws {
        let meter = try PowerMeterProcess("--defect", "hangs-up")
        let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
        _ = try await power.read()
        await #expect(throws: InstrumentError.gone(path: meter.path)) { try await power.read() }
    }

    @Test func `a cancelled reading ends at once`() async throws {
        let meter = try PowerMeterProcess("--defect", "late")
        let power = try await PowerMeter(meter.selector, wavelength: 1550e-9)
        _ = try await power.read()
        let start = ContinuousClock.now
        let task = Task { try await power.read(milliseconds: 60_000) }
        // It waits by now, and nothing tells; a reading that is cancelled before it begins has to end as well.
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: InstrumentError.cancelled) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    @Test func `a line belongs to one program`() async throws {
        let meter = try PowerMeterProcess()
        let selector = try meter.selector
        let power = try await PowerMeter(selector, wavelength: 1550e-9)
        await #expect {
            try await PowerMeter(selector, wavelength: 1550e-9)
        } throws: {
            guard case InstrumentError.busy(meter.path, _) = $0 else { return false }
            return true
        }
        #expect(try await power.read() > 0)
    }

    @Test(arguments: [
        ("/dev/null", "notAnInstrument"), ("/dev/no-such-thing", "notFound"), ("/tmp", "notAnInstrument"),
    ])
    func `what is no instrument is refused`(path: String, kind: String) throws {
        let selector = try InstrumentSelector("scpi:\(path)")
        #expect {
            try SCPIInstrument(selector)
        } throws: {
            "\($0 as? InstrumentError ?? .overRange)".contains(kind == "notFound" ? "no such" : "no SCPI instrument")
        }
    }
}

struct InstrumentSelectorTests {
    @Test(arguments: [
        ("scpi:/dev/usbtmc0", "/dev/usbtmc0", nil), ("scpi:/dev/ttyUSB1@9600", "/dev/ttyUSB1", UInt32(9600)),
    ])
    func `a selector names a node and perhaps a rate`(text: String, path: String, baud: UInt32?) throws {
        let selector = try InstrumentSelector(text)
        #expect(selector.path == path)
        #expect(selector.baud == baud)
        #expect(selector.description == text)
    }

    @Test(arguments: [
        ("usb:B-0001", InstrumentSelector.Fault.unknownKind("usb:B-0001")), ("scpi:", .badPath("")),
        ("scpi:ttyUSB0", .badPath("ttyUSB0")), ("scpi:/dev/ttyUSB0@fast", .badBaud("fast")),
        ("scpi:/dev/ttyUSB0@1", .badBaud("1")),
    ])
    func `what is no selector says what to write`(text: String, fault: InstrumentSelector.Fault) {
        #expect(throws: fault) { try InstrumentSelector(text) }
    }
}
