public import Foundation

/// What speaks against taking a loss for that of this link. Somebody accepts it by its name, or measures again.
public enum FibreDoubt: Error, Sendable, Hashable, CustomStringConvertible {
    /// The trace was measured at another wavelength than the units', m. Their own is nil if they state none; 1550 nm is
    /// taken then.
    case wavelength(trace: Double, units: Double?)
    /// The trace is old, or from the future: days before now, by the clock of the OTDR.
    case age(measured: Date, days: Double)
    /// What does not fit together in the file, in its map or its list of events.
    case contents(String)
    /// A loss below 1 dB, dB: few links have so little, and 0.1 is how a transmittance of 10 dB is written.
    case smallLoss(Double)

    /// What a doubt is accepted by.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// See `FibreDoubt.wavelength`.
        case wavelength
        /// See `FibreDoubt.age`.
        case age
        /// See `FibreDoubt.contents`.
        case contents
        /// See `FibreDoubt.smallLoss`.
        case smallLoss = "small-loss"
    }

    /// Its name.
    public var name: Name {
        switch self {
        case .wavelength: .wavelength
        case .age: .age
        case .contents: .contents
        case .smallLoss: .smallLoss
        }
    }

    /// Makers state the lasers of OTDRs to 20 nm; over so much the loss of a fibre changes by less than σ.
    static let widestWavelength = 25e-9
    /// A fibre that nobody has watched for so long may have been spliced or bent, days.
    static let oldestTrace = 30.0
    /// What units of this class work at if they do not say, m.
    static let usualWavelength = 1550e-9
    /// Below it a loss is asked about, dB.
    static let leastUsualLoss = 1.0

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .wavelength(let trace, let units):
            "the trace was measured at \(Self.nanometres(trace)) nm, and the units work at "
                + (units.map { "\(Self.nanometres($0)) nm" } ?? "1550 nm (taken, for they state none)")
                + ": the loss of a fibre differs"
        case .age(let measured, let days) where days < 0:
            "the trace is dated \(Self.day(measured)), which is to come: the clock of the OTDR is wrong"
        case .age(let measured, let days):
            "the trace is dated \(Self.day(measured)), \(Int(days)) days ago: the fibre may have changed, or the clock of the OTDR is wrong"
        case .contents(let remark): "in the trace's file \(remark)"
        case .smallLoss(0): "a loss of 0 dB is that of no fibre at all"
        case .smallLoss(let loss):
            "a loss of \(FibreMeasurement.text(loss)) dB is little for a link; a transmittance of \(FibreMeasurement.text(loss)) would be "
                + "\(FibreMeasurement.text(-10 * log10(loss))) dB"
        }
    }

    /// What speaks against a loss that somebody typed, dB; nil if nothing does.
    public init?(loss: Double) {
        guard loss >= 0, loss < Self.leastUsualLoss else { return nil }
        self = .smallLoss(loss)
    }

    private static func nanometres(_ wavelength: Double) -> String { String(format: "%.0f", wavelength * 1e9) }

    private static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }
}

extension FibreMeasurement {
    /// What speaks against it. `wavelength` is that of the units' light, m; nil if they state none.
    public func doubts(at now: Date, wavelength units: Double?) -> [FibreDoubt] {
        var doubts: [FibreDoubt] = []
        if let trace {
            if abs(trace.wavelength - (units ?? FibreDoubt.usualWavelength)) > FibreDoubt.widestWavelength {
                doubts.append(.wavelength(trace: trace.wavelength, units: units))
            }
            let days = now.timeIntervalSince(trace.time) / 86_400
            // A day for time zones: OTDRs keep local time and write it as if it were universal.
            if days > FibreDoubt.oldestTrace || days < -1 { doubts.append(.age(measured: trace.time, days: days)) }
            doubts += trace.oddities.map { .contents($0) }
        } else if let doubt = FibreDoubt(loss: loss) {
            doubts.append(doubt)
        }
        return doubts
    }
}
