public import ForeignFiles

/// Why a file gives no fibre data at all.
public enum OTDRError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is not a file, may not be read, or is longer than any such file.
    case file(ForeignFileRefusal)
    /// It does not begin as such a file does.
    case notAnOTDRFile
    /// It is longer than any such file (bytes).
    case tooLong(bytes: Int, limit: Int)
    /// It ends within this block: it was cut off.
    case cutOff(block: String)
    /// A block that distances cannot be had without is not there.
    case missing(block: String)
    /// A number that cannot be true.
    case absurd(block: String, field: String, value: Double)

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .file(let refusal): refusal.description
        case .notAnOTDRFile:
            "this is not an OTDR file (.sor, Bellcore/Telcordia SR-4731). Export it again as SOR, not as the maker's own format"
        case .tooLong(let bytes, let limit):
            "the file has \(bytes) bytes, more than the \(limit) that an OTDR file can have"
        case .cutOff(let block): "the file ends within its block \(block): it was cut off. Copy it again from the OTDR"
        case .missing(let block): "the file has no block \(block). Export it again from the OTDR"
        case .absurd(let block, let field, let value): "block \(block) says \(field) = \(value), which cannot be"
        }
    }
}

/// Why a shot says nothing about the loss of a fibre.
public enum OTDRNoProof: Error, Hashable, Sendable, CustomStringConvertible {
    /// The fibre ends within the pulse that was sent into it, m: nothing was connected, or it is broken at the connector.
    case noFibreSeen(end: Double, pulse: Double)
    /// The file states no loss, and no event ends the fibre.
    case noLoss
    /// The OTDR saw no further than this, m, and the fibre goes on.
    case endNotSeen(range: Double)
    /// A loss, dB, that is none.
    case notALoss(Double)
    /// A loss, dB, that no OTDR measures, or that no fibre of that length, m, has.
    case implausible(loss: Double, length: Double?)

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .noFibreSeen(let end, let pulse):
            "no fibre was seen: it ends at \(Self.metres(end)) m, within the pulse of \(Self.metres(pulse)) m. Connect it, clean the connector, and measure again"
        case .noLoss: "no loss is stated, and no event ends the fibre"
        case .endNotSeen(let range):
            "the fibre's end was not seen: the OTDR saw \(Self.metres(range)) m of it. Measure again with a longer range and pulse"
        case .implausible(let loss, let length):
            "a loss of \(loss) dB\(length.map { " over \(Self.metres($0)) m" } ?? "") is none that an OTDR measures on a fibre. Set the markers on the OTDR, or measure again"
        case .notALoss(let loss): "a loss of \(loss) dB is none. Set the markers on the OTDR, or measure again"
        }
    }

    private static func metres(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
