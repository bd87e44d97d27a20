public import Foundation

/// What an OTDR found on a fibre, as its `.sor` file says (Bellcore GR-196 = version 1, Telcordia SR-4731 = version 2).
///
/// Makers differ in small things, so a block that cannot be read costs what it holds and is named in `remarks`. Only a
/// block without which there would be no result at all is an error.
public struct OTDRFile: Sendable, Hashable {
    /// Version of the format as the file says: 1.00 … 2.00.
    public var formatVersion: Double
    /// Whether the file is as its maker wrote it.
    public var checksum: Checksum
    /// Texts that the operator typed in.
    public var general = General()
    /// The instrument.
    public var instrument = Instrument()
    /// How it was measured.
    public var acquisition: Acquisition
    /// Splices, connectors, the fibre's end, from the near end on.
    public var events: [Event] = []
    /// Loss from the fibre's beginning to its end, dB, as the OTDR states it; nil if it states none (0 means that).
    public var totalLoss: Double?
    /// Optical return loss, dB, as the OTDR states it; nil if it states none (0 and the largest number mean that).
    public var returnLoss: Double?
    /// Where the stated loss begins and ends, m; nil if the file does not say.
    public var lossInterval: ClosedRange<Double>?
    /// The trace; nil if the file has none.
    public var trace: Trace?
    /// What could not be read, and what does not fit together.
    public var remarks: [String] = []
    /// Those of `remarks` that are a way of writing which makers have, and say nothing against what was measured.
    var habits: Set<String> = []
    /// Those of `remarks` that speak against the file: its map, its events, its numbers do not fit together.
    public var oddities: [String] { remarks.filter { !habits.contains($0) } }

    /// CRC-16 over the file.
    public enum Checksum: Sendable, Hashable {
        /// It is right, by one of the ways of counting that are known.
        case matches
        /// It is right by none of them. That does not prove a change: of 106 genuine files of several makers 103 have such a
        /// checksum, counted in ways of their own.
        case notVerifiable(stated: UInt16, computed: UInt16)
        /// The file has none.
        case absent
    }

    /// Block `GenParams`.
    public struct General: Sendable, Hashable {
        /// Name of the cable.
        public var cable = ""
        /// Name of the fibre.
        public var fibre = ""
        /// ITU-T recommendation of the fibre, 652 for G.652; nil if unknown or version 1.
        public var fibreType: Int?
        /// Near end.
        public var locationA = ""
        /// Far end.
        public var locationB = ""
        /// Who measured.
        public var operatorName = ""
        /// What they had to say.
        public var comment = ""
    }

    /// Block `SupParams`.
    public struct Instrument: Sendable, Hashable {
        /// Maker.
        public var supplier = ""
        /// Model of the mainframe.
        public var model = ""
        /// Its serial number.
        public var serial = ""
        /// Model of the optical module.
        public var module = ""
        /// Its serial number.
        public var moduleSerial = ""
        /// Its software.
        public var software = ""

        /// One line for a record.
        public var identification: String {
            [supplier, model, serial, module, moduleSerial].filter { !$0.isEmpty }.joined(separator: ", ")
        }
    }

    /// Block `FxdParams`, without the positions of windows on a screen.
    public struct Acquisition: Sendable, Hashable {
        /// When, by the OTDR's clock.
        public var time: Date
        /// Wavelength, m.
        public var wavelength: Double
        /// Whether the file states it in whole nanometres, where the format has tenths.
        public var isWavelengthInNanometres: Bool
        /// Pulse widths, s.
        public var pulseWidths: [Double]
        /// Distance between two points of the trace, m, one per pulse width.
        public var spacings: [Double]
        /// Points of the trace, one number per pulse width.
        public var points: [Int]
        /// Group index that turned time into distance.
        public var groupIndex: Double
        /// Backscatter coefficient, dB (negative), of a pulse of 1 ns.
        public var backscatter: Double
        /// Traces averaged.
        public var averages: Int
        /// Loss below which nothing is an event, dB.
        public var lossThreshold: Double
        /// Loss that ends the fibre, dB.
        public var endThreshold: Double
    }

    /// One line of block `KeyEvents`.
    public struct Event: Sendable, Hashable {
        /// Its number in the file.
        public var number: Int
        /// Where it is, m from the reference point.
        public var position: Double
        /// Attenuation of the fibre before it, dB/m.
        public var slope: Double
        /// Loss at it, dB; negative is an apparent gain.
        public var loss: Double
        /// Reflectance, dB (negative); nil if it reflects nothing measurable.
        public var reflectance: Double?
        /// What it is.
        public var kind: Kind
        /// Whether the fibre ends here.
        public var isEnd: Bool
        /// Whether the OTDR saw no further than here: the fibre goes on, and nobody knows how far.
        public var isOutOfRange = false
        /// What somebody noted.
        public var comment: String

        /// The first letter of the event's code.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// A splice or a bend.
            case nonReflective
            /// A connector, a mechanical splice, an end.
            case reflective
            /// A reflection beyond the receiver's range: its loss is not to be trusted.
            case saturated
            /// A code that this reader does not know.
            case unknown
        }
    }

    /// Block `DataPts`: the trace of the first pulse width.
    public struct Trace: Sendable, Hashable {
        /// Level below the reference, in steps of `step`; larger is weaker.
        public var levels: [UInt16]
        /// Thousandths of a thousandth of dB per step.
        public var scale: UInt16
        /// m per point.
        public var spacing: Double

        /// dB per step.
        public var step: Double { Double(scale) / 1e6 }
        /// Every point, dB below the reference.
        public var decibels: [Double] { levels.map { Double($0) * Double(scale) / 1e6 } }
    }

    /// Place in `events` of the one that ends the fibre. Of several the last one counts: then every loss is in the sum.
    private var endIndex: Int? { events.lastIndex(where: \.isEnd) }

    /// Where the fibre ends, m from its beginning: the end event, else the end of the stated loss.
    public var length: Double? {
        let start = lossInterval?.lowerBound ?? events.first?.position ?? 0
        if let endIndex { return events[endIndex].position - max(0, start) }
        return lossInterval.map { $0.upperBound - $0.lowerBound }
    }

    /// Loss up to the fibre's end as the events add up: attenuation times length, and each event but the last, dB. A
    /// second opinion on `totalLoss`, and the only one where that is missing. Nil if no event ends the fibre.
    public var lossOfEvents: Double? {
        guard let end = endIndex else { return nil }
        var loss = 0.0
        var position = lossInterval.map { max(0, $0.lowerBound) } ?? events[0].position
        for (index, event) in events[...end].enumerated() {
            loss += event.slope * max(0, event.position - position)
            position = event.position
            if index != end && index != 0 { loss += event.loss }
        }
        return loss
    }

    /// The loss of the fibre that this shot proves, dB: as the OTDR states it, else as the events add up.
    ///
    /// - Throws: `OTDRNoProof` if it proves none. A shot into nothing has one event, an end at 0 m without loss.
    public func provenLoss() throws(OTDRNoProof) -> Double {
        if let length, length <= acquisition.pulseLength {
            throw .noFibreSeen(end: length, pulse: acquisition.pulseLength)
        }
        if endIndex == nil, let last = events.last(where: \.isOutOfRange) { throw .endNotSeen(range: last.position) }
        guard let loss = totalLoss ?? lossOfEvents else { throw .noLoss }
        guard loss > 0 else { throw .notALoss(loss) }
        guard loss <= Self.mostLoss else { throw .implausible(loss: loss, length: length) }
        if let length, loss + Self.lossTolerance < Self.leastAttenuation * length {
            throw .implausible(loss: loss, length: length)
        }
        return loss
    }

    /// dB that an OTDR can look through: the best have 50 dB.
    private static let mostLoss = 60.0
    /// dB/m that every fibre loses: the best hollow ones have 0.09 dB/km.
    private static let leastAttenuation = 5e-5
    /// dB by which an OTDR may be wrong about a short fibre.
    private static let lossTolerance = 0.1
}
