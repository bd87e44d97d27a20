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

    /// A fibre.
    public init(
        loss: Double, lossSigma: Double, returnLoss: Double?, length: Double? = nil,
        source: RecordedMeasurement.Source,
        instrument: CalibrationRecord.InstrumentDescription? = nil, remarks: [String] = []
    ) {
        self.loss = loss
        self.lossSigma = lossSigma
        self.returnLoss = returnLoss
        self.length = length
        self.source = source
        self.instrument = instrument
        self.remarks = remarks
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
        let phase = CalibrationRecord.Phase(
            name: CommissioningStep.fibre.rawValue, started: time, duration: 0, measurements: measurements,
            note: returnLoss == nil ? "return loss was not measured" : nil)
        var record = CalibrationRecord(
            procedure: .commissioning, started: time, ended: time, operatorName: context.operatorName,
            station: context.station, program: context.program, units: [bob, alice], phases: [phase])
        record.instruments = instrument.map { [$0] } ?? []
        record.remarks = remarks
        return record
    }
}
