public import Foundation

/// Why a record does not hold here and now.
public enum RecordObjection: Sendable, Hashable, Codable, CustomStringConvertible {
    /// It failed, or was cancelled.
    case outcome(Outcome)
    /// It does not say how long it holds.
    case noValidity
    /// Its time is over.
    case expired(Date)
    /// The clock shows a time before the record's end: nobody knows how old it is.
    case clockImplausible(now: Date, ended: Date)
    /// A condition left its window.
    case conditionMoved(
        unit: String, quantity: String, value: Double, minimum: Double, maximum: Double, unitOfMeasure: String)
    /// A condition cannot be read now.
    case conditionUnknown(unit: String, quantity: String)
    /// The unit has other firmware.
    case firmwareChanged(unit: String, was: String, now: String)
    /// The unit speaks another protocol.
    case schemaChanged(unit: String)
    /// Somebody worked on the unit since.
    case maintained(unit: String, Date, note: String)
    /// It was made with an emulated unit, and the link is no test link.
    case emulated
    /// Its signer is not trusted as a station.
    case signer(String)
    /// The chain is damaged at this record, or after it.
    case chainDamaged(String)
    /// A file of the store is damaged that may have been a newer record.
    case fileDamaged(String)
    /// It states a life that no calibration has.
    case validityTooLong(days: Double)
    /// It ends before it began.
    case timesReversed
    /// T is above the commissioned one, and nobody has explained it.
    case transmitterStronger(TransmitterStrength)
    /// A newer record of the same procedure and units stands in its place.
    case replaced(by: String)

    /// The sentence.
    public var description: String {
        switch self {
        case .outcome(.fail): "it failed"
        case .outcome(let outcome): "its outcome is \(outcome.rawValue)"
        case .noValidity: "it does not say how long it holds"
        case .expired(let date): "it expired \(date.formatted(.iso8601))"
        case .clockImplausible(let now, let ended):
            "it ended \(ended.formatted(.iso8601)), and this machine's clock shows \(now.formatted(.iso8601)): set the clock"
        case .conditionMoved(let unit, let quantity, let value, let minimum, let maximum, let unitOfMeasure):
            "\(quantity) of \(unit) is \(text(value)) \(unitOfMeasure), \(by(value, minimum, maximum)) \(unitOfMeasure) "
                + "outside \(text(minimum)) … \(text(maximum)) \(unitOfMeasure)"
        case .conditionUnknown(let unit, let quantity): "\(quantity) of \(unit) cannot be read now"
        case .firmwareChanged(let unit, let was, let now): "\(unit) had firmware \(was) and has \(now)"
        case .schemaChanged(let unit): "the protocol of \(unit) changed"
        case .maintained(let unit, let date, let note):
            "somebody worked on \(unit) since, \(date.formatted(.iso8601)): \(note)"
        case .emulated: "it was made with an emulated unit, and this is no test link"
        case .signer(let text): "it was signed by \(text), which is not trusted as a station"
        case .chainDamaged(let text): "the chain is damaged: \(text)"
        case .fileDamaged(let text): "the store is damaged, and that may have been a newer record: \(text)"
        case .validityTooLong(let days):
            "it states a life of \(String(format: "%.0f", days)) days; no calibration holds longer than "
                + "\(Int(Validity.longestLife / 86_400)) days"
        case .timesReversed: "it ends before it began"
        case .transmitterStronger(let found):
            "\(found.description). Measure the power at Alice's output; whoever knows the cause explains it"
        case .replaced(let name): "the record \(name.prefix(12)) is newer"
        }
    }

    /// Enough digits to see on which side of a limit a value is; how far is said beside it.
    private func text(_ value: Double) -> String { String(format: "%.5g", value) }

    private func by(_ value: Double, _ minimum: Double, _ maximum: Double) -> String {
        String(format: "%.3g", value < minimum ? minimum - value : value - maximum)
    }
}
