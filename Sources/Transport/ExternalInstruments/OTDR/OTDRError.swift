/// Why a file gives no fibre data at all.
public enum OTDRError: Error, Equatable, Sendable, CustomStringConvertible {
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
