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
        guard answer.split(separator: ",", omittingEmptySubsequences: false).count == 4 else {
            throw .garbage(query: "*IDN?", answer: String(answer.prefix(60)))
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
        let found = try await instrument.askNumber("SENS:CORR:WAV?")
        // Makers answer in nm, which they are set in, or in m, which is SCPI's unit.
        let metres = found > 1e-3 ? found * 1e-9 : found
        guard abs(metres - wavelength) <= 0.5e-9 else {
            throw .settingRefused(setting: "wavelength", wanted: "\(wanted) nm", found: shortText(metres * 1e9) + " nm")
        }
        return metres
    }

    private static func setWatts(_ instrument: SCPIInstrument) async throws(InstrumentError) {
        if try await instrument.ask("SENS:POW:UNIT?").uppercased() == "W" { return }
        try await instrument.send("SENS:POW:UNIT W")
        try await instrument.checkErrors(after: "SENS:POW:UNIT W")
        let found = try await instrument.ask("SENS:POW:UNIT?").uppercased()
        guard found == "W" else { throw .settingRefused(setting: "unit", wanted: "W", found: found) }
    }

    /// Without a fraction if there is none: some meters take whole nanometres only. An instrument may state any number,
    /// also one that no integer holds.
    private static func shortText(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return Int(exactly: rounded).map(String.init) ?? String(rounded)
    }

    /// One reading, W. A meter that averages for long needs longer than the default.
    public func read(milliseconds: Int = 5000) async throws(InstrumentError) -> Double {
        let power = try await instrument.askNumber("MEAS:POW?", milliseconds: milliseconds)
        // SCPI has no infinity: 9.9E37 stands for it, 9.91E37 for what is not a number.
        guard power.isFinite, abs(power) < 9e37 else { throw .overRange }
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
