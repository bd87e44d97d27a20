/// What a file is opened as. Each reader has its own kind, with its own limit: nobody's mistake, and nobody's malice, fills
/// the memory.
public struct ForeignFileKind: Sendable, Hashable {
    /// In a sentence: "an OTDR file".
    public let name: String
    /// The longest of its kind.
    public let mostBytes: Int64

    /// A kind of file.
    public init(_ name: String, mostBytes: Int64) {
        precondition(mostBytes >= 0 && mostBytes < Int64.max, "a limit of \(mostBytes) bytes")
        self.name = name
        self.mostBytes = mostBytes
    }
}
