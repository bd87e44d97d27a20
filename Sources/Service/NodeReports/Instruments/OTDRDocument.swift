public import ExternalInstruments
public import Foundation

/// An OTDR's file: m, dB, s; absent is what the file does not state.
public struct OTDRDocument: Codable, Sendable, Hashable {
    /// A splice, a connector, the fibre's end.
    public struct Event: Codable, Sendable, Hashable {
        /// Its number in the file.
        public var number: Int
        /// m from the reference point.
        public var position: Double
        /// Attenuation of the fibre before it, dB/m.
        public var slope: Double
        /// dB; negative is an apparent gain.
        public var loss: Double
        /// dB (negative).
        public var reflectance: Double?
        /// `nonReflective`, `reflective`, `saturated`, `unknown`.
        public var kind: String
        /// Whether the fibre ends here.
        public var isEnd: Bool
        /// What somebody noted.
        public var comment: String
    }

    /// Levels along the fibre.
    public struct Trace: Codable, Sendable, Hashable {
        /// m per point.
        public var spacing: Double
        /// dB below the reference.
        public var levels: [Double]
    }

    /// Version of the format.
    public var formatVersion: Double
    /// `matches`, `notVerifiable` (counted in its maker's own way), `absent`.
    public var checksum: String
    /// By the OTDR's clock.
    public var time: Date
    /// Maker, model and serial number.
    public var instrument: String
    /// Name of the cable.
    public var cable: String
    /// Name of the fibre.
    public var fibre: String
    /// Near end.
    public var locationA: String
    /// Far end.
    public var locationB: String
    /// m.
    public var wavelength: Double
    /// That turned time into distance.
    public var groupIndex: Double
    /// s.
    public var pulseWidth: Double?
    /// Traces averaged.
    public var averages: Int
    /// Where the fibre ends, m.
    public var length: Double?
    /// As the OTDR states it, dB.
    public var totalLoss: Double?
    /// As the events add up, dB.
    public var lossOfEvents: Double?
    /// dB.
    public var returnLoss: Double?
    /// Why the shot says nothing of a fibre's loss; absent if it does.
    public var provesNothing: String?
    /// From the near end on.
    public var events: [Event]
    /// If it was asked for.
    public var trace: Trace?
    /// What could not be read, and what does not fit together.
    public var remarks: [String]

    /// The document of a file, with its trace if that is wanted.
    public init(_ file: OTDRFile, trace: Bool) {
        formatVersion = file.formatVersion
        checksum =
            switch file.checksum {
            case .matches: "matches"
            case .notVerifiable: "notVerifiable"
            case .absent: "absent"
            }
        time = file.acquisition.time
        instrument = file.instrument.identification
        cable = file.general.cable
        fibre = file.general.fibre
        locationA = file.general.locationA
        locationB = file.general.locationB
        wavelength = file.acquisition.wavelength
        groupIndex = file.acquisition.groupIndex
        pulseWidth = file.acquisition.pulseWidths.first
        averages = file.acquisition.averages
        length = file.length
        totalLoss = file.totalLoss
        lossOfEvents = file.lossOfEvents
        returnLoss = file.returnLoss
        do throws(OTDRNoProof) { _ = try file.provenLoss() } catch { provesNothing = error.description }
        events = file.events.map {
            Event(
                number: $0.number, position: $0.position, slope: $0.slope, loss: $0.loss, reflectance: $0.reflectance,
                kind: $0.kind.rawValue, isEnd: $0.isEnd, comment: $0.comment)
        }
        if trace, let found = file.trace {
            self.trace = Trace(spacing: found.spacing, levels: found.decibels)
        }
        remarks = file.remarks
    }
}
