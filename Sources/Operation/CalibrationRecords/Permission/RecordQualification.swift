/// What a reader should know of a record that holds: it is no objection, and must not pass without a word.
public enum RecordQualification: Sendable, Hashable, Codable, CustomStringConvertible {
    /// No telemetry is compared with it: it holds at any temperature and any power.
    case noWindows
    /// A window in which any value lies.
    case boundless(unit: String, quantity: String)
    /// Signed by the station of this very store: nobody else vouches for it.
    case ownStation(String)
    /// Signed by a station that somebody has trusted in this store; the installation has not pinned it.
    case trustedHere(String)
    /// No optics are behind a unit.
    case emulated

    /// The sentence.
    public var description: String {
        switch self {
        case .noWindows: "it states no window of any quantity: no temperature and no power is compared with it"
        case .boundless(let unit, let quantity): "its window of \(quantity) of \(unit) holds any value"
        case .ownStation(let name):
            "signed by \(name), the station of this store itself: whoever made the station vouches for it, and nobody else"
        case .trustedHere(let name): "signed by \(name), which was trusted in this store and is not pinned"
        case .emulated: "EMULATED: no optics are behind a unit"
        }
    }
}

extension StoredRecord {
    /// What a reader should know of it.
    public var qualifications: [RecordQualification] {
        var found: [RecordQualification] = []
        if record.procedure.isCalibration, let validity = record.validity {
            if validity.windows.isEmpty { found.append(.noWindows) }
            for window in validity.windows where !(window.maximum - window.minimum < 1e6) {
                found.append(.boundless(unit: window.unit, quantity: window.quantity))
            }
        }
        switch signer {
        case .thisStation(let name): found.append(.ownStation(name))
        case .station(let name): found.append(.trustedHere(name))
        default: break
        }
        if record.isEmulated { found.append(.emulated) }
        return found
    }
}
