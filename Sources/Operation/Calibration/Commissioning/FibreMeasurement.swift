public import CalibrationRecords
public import Foundation

/// What is known of the fibre alone, measured while neither unit was coupled to it.
public struct FibreMeasurement: Sendable, Hashable {
    /// Loss from connector to connector, dB.
    public var loss: Double
    /// Its standard uncertainty, dB.
    public var lossSigma: Double
    /// Optical return loss, dB; nil if it was not measured.
    public var returnLoss: Double?
    /// Length, m; nil if unknown.
    public var length: Double?
    /// Whether an instrument's file or the operator says so.
    public var source: RecordedMeasurement.Source
    /// The instrument, if a file names it.
    public var instrument: CalibrationRecord.InstrumentDescription?
    /// What a reader should know: a wrong checksum, another wavelength.
    public var remarks: [String]
    /// Of an OTDR's file; nil if the loss was entered.
    public var trace: Trace?
    /// Optical power at Bob's end of the fibre after it was coupled again, W; nil if nobody read it.
    public var receivedPower: Double?

    /// What an OTDR's file says of its shot.
    public struct Trace: Sendable, Hashable {
        /// The file.
        public var file: String
        /// m.
        public var wavelength: Double
        /// When, by the OTDR's clock.
        public var time: Date
        /// What does not fit together in the file.
        public var oddities: [String]

        /// A shot.
        public init(file: String, wavelength: Double, time: Date, oddities: [String] = []) {
            self.file = file
            self.wavelength = wavelength
            self.time = time
            self.oddities = oddities
        }
    }

    /// T, by the loss.
    public var transmittance: Double { pow(10, -loss / 10) }
    /// How long a usual fibre of this loss is, km: at 0.2 dB/km.
    public var usualLength: Double { loss / 0.2 }

    /// Where the loss comes from, for whoever doubts it later.
    public var origin: String {
        guard let trace else { return "\(Self.text(loss)) dB as entered" }
        return
            "\(Self.text(loss)) dB by the trace \(trace.file), measured \(trace.time.formatted(.iso8601.year().month().day())) at "
            + "\(String(format: "%.0f", trace.wavelength * 1e9)) nm"
    }

    /// The same of a step's record.
    static func origin(of record: CalibrationRecord) -> String {
        record.remarks.first { $0.hasPrefix(originMark) }.map { String($0.dropFirst(originMark.count)) }
            ?? "\(text(record.measurement("fibreLoss")?.value ?? .nan)) dB, source not recorded"
    }

    private static let originMark = "fibre's loss: "

    /// A number of decibels, and what else is stated with few digits.
    static func text(_ value: Double) -> String {
        let text = String(format: "%.3f", value)
        return text.contains(".") ? String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()) : text
    }

    /// A fibre.
    public init(
        loss: Double, lossSigma: Double, returnLoss: Double?, length: Double? = nil,
        source: RecordedMeasurement.Source,
        instrument: CalibrationRecord.InstrumentDescription? = nil, remarks: [String] = [], trace: Trace? = nil
    ) {
        self.loss = loss
        self.lossSigma = lossSigma
        self.returnLoss = returnLoss
        self.length = length
        self.source = source
        self.instrument = instrument
        self.remarks = remarks
        self.trace = trace
    }

    /// Loss beyond which no pair of this class has key, and return loss below which light comes back into a laser: APC
    /// connectors reach 50 dB and more, a flat one in the path 14 dB.
    public static let lossLimits = AcceptanceLimits(minimum: 0, maximum: 25, marginalMaximum: 20)
    static let returnLossLimits = AcceptanceLimits(minimum: 27, marginalMinimum: 32)

    /// As a record of its step.
    public func record(
        _ context: CalibrationContext, bob: CalibrationRecord.UnitDescription,
        alice: CalibrationRecord.UnitDescription, at time: Date
    ) -> CalibrationRecord {
        var measurements = [
            RecordedMeasurement(
                "fibreLoss", value: loss, sigma: lossSigma, unit: "dB", source: source, limits: Self.lossLimits)
        ]
        if let returnLoss {
            measurements.append(
                RecordedMeasurement(
                    "returnLoss", value: returnLoss, unit: "dB", source: source, limits: Self.returnLossLimits))
        }
        if let length {
            measurements.append(RecordedMeasurement("fibreLength", value: length, unit: "m", source: source))
        }
        if let receivedPower {
            measurements.append(
                RecordedMeasurement("receivedPower", value: receivedPower, unit: "W", source: .entered))
        }
        let phase = CalibrationRecord.Phase(
            name: CommissioningStep.fibre.rawValue, started: time, duration: 0, measurements: measurements,
            note: returnLoss == nil ? "return loss was not measured" : nil)
        var record = CalibrationRecord(
            procedure: .commissioning, started: time, ended: time, operatorName: context.operatorName,
            station: context.station, program: context.program, units: [bob, alice], phases: [phase])
        record.instruments = instrument.map { [$0] } ?? []
        record.remarks = [Self.originMark + origin] + remarks
        return record
    }
}
