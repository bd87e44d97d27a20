/// An optical power meter behind SCPI: asked who it is, set to a wavelength, read in watts.
public struct PowerMeter: Sendable {
    private let instrument: SCPIInstrument
    /// What it answered to `*IDN?`: maker, model, serial number, firmware.
    public let identification: String
    /// The wavelength that it says it corrects for, m.
    public let wavelength: Double

    /// Opens the meter and sets it up: errors of earlier users are dropped, the unit is watts, the wavelength (m) is set
    /// and read back. Throws if any of this cannot be proven: a reading in dBm that is taken for watts looks like one.
    public init(_ selector: InstrumentSelector, wavelength: Double) async throws(InstrumentError) {
        try await self.init(SCPIInstrument(selector), wavelength: wavelength)
    }

    /// The same with an instrument that is open.
    public init(_ instrument: SCPIInstrument, wavelength: Double) async throws(InstrumentError) {
        self.instrument = instrument
        try await instrument.send("*CLS")
        let answer = try await instrument.ask("*IDN?")
        // IEEE 488.2 has four parts. Some makers leave one out, others have a comma in their name.
        let parts = answer.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        guard (3...8).contains(parts.count), !parts[0].isEmpty, !parts[1].isEmpty else {
            throw .notIdentified(answer: String(answer.prefix(60)))
        }
        identification = String(answer.prefix(200))
        self.wavelength = try await Self.set(wavelength: wavelength, instrument)
        try await Self.setWatts(instrument)
    }

    private static func set(
        wavelength: Double, _ instrument: SCPIInstrument
    ) async throws(InstrumentError) -> Double {
        let wanted = shortText(wavelength * 1e9)
        try await instrument.send("SENS:CORR:WAV \(wanted)")
        try await instrument.checkErrors(after: "SENS:CORR:WAV \(wanted)")
        let query = "SENS:CORR:WAV?"
        let answer = try await instrument.ask(query)
        let metres = try SCPINumber(answer, to: query).metres(answer, to: query)
        guard abs(metres - wavelength) <= 0.5e-9 else {
            throw .settingRefused(setting: "wavelength", wanted: "\(wanted) nm", found: shortText(metres * 1e9) + " nm")
        }
        return metres
    }

    private static func setWatts(_ instrument: SCPIInstrument) async throws(InstrumentError) {
        if isWatt(try await instrument.ask("SENS:POW:UNIT?")) { return }
        try await instrument.send("SENS:POW:UNIT W")
        try await instrument.checkErrors(after: "SENS:POW:UNIT W")
        let found = try await instrument.ask("SENS:POW:UNIT?")
        // Some answer with the number of a unit, and differ in which is which: it stands for what was set without an error.
        // That it is true shows in the readings: a level in dBm is negative, or more than any light here.
        guard isWatt(found) || ["0", "1"].contains(found.replacing("+", with: "").replacing(".0", with: "")) else {
            throw .settingRefused(setting: "unit", wanted: "W", found: found.isEmpty ? "nothing" : found.uppercased())
        }
    }

    private static func isWatt(_ answer: String) -> Bool {
        ["W", "WATT", "WATTS"].contains(answer.uppercased().filter { !"\"'".contains($0) })
    }

    /// Without a fraction if there is none: some meters take whole nanometres only. An instrument may state any number,
    /// also one that no integer holds.
    private static func shortText(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return Int(exactly: rounded).map(String.init) ?? String(rounded)
    }

    /// The most light that a link has, W: 23 dBm. What is more is a level in dBm that is taken for watts.
    public static let mostPower = 0.2

    /// One reading, W, from 0 to `mostPower`. A meter that averages for long needs longer than the default.
    public func read(milliseconds: Int = 5000) async throws(InstrumentError) -> Double {
        let query = "MEAS:POW?"
        let answer = try await instrument.ask(query, milliseconds: milliseconds)
        let power = try SCPINumber(answer, to: query).watts(answer, to: query)
        // SCPI has no infinity: ±9.9E37 stands for it, 9.91E37 for what is not a number.
        if power.isNaN || abs(abs(power) / 9.91e37 - 1) < 5e-4 { throw .noReading(answer: String(answer.prefix(60))) }
        guard power.isFinite, abs(power) < 9e37 else { throw .overRange }
        guard power >= 0 else { throw .negativePower(power) }
        guard power <= Self.mostPower else { throw .implausiblePower(power, most: Self.mostPower) }
        return power
    }

    /// The mean of some readings with its uncertainty. `accuracy` is the limit of error that the meter's data sheet or
    /// certificate states, relative (0.05 for ±5 %). `progress` is called after every reading.
    public func average(
        readings: Int, accuracy: Double, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(InstrumentError) -> PowerReading {
        precondition(readings >= 2, "one reading has no scatter")
        var values: [Double] = []
        for index in 1...readings {
            values.append(try await read())
            progress(index)
        }
        try await instrument.checkErrors(after: "MEAS:POW?")
        return PowerReading(values: values, accuracy: accuracy, meter: self)
    }
}
