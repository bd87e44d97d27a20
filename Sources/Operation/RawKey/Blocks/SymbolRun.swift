public import UnitProtocol

/// Symbols of one kind, one behind the other.
public struct SymbolRun: Sendable, Hashable {
    /// What they are.
    public var kind: SymbolKind
    /// How many.
    public var count: UInt32

    /// A run.
    public init(kind: SymbolKind, count: UInt32) {
        self.kind = kind
        self.count = count
    }
}

/// The kinds of a block's symbols, from its first to its last.
public struct KindTable: Sendable, Hashable {
    /// Neighbours differ in kind.
    public private(set) var runs: [SymbolRun] = []
    /// Symbols in all.
    public private(set) var symbols: UInt64 = 0

    /// Of no symbols.
    public init() {}

    /// Adds symbols behind the last.
    public mutating func append(_ kind: SymbolKind, count: UInt32) {
        symbols += UInt64(count)
        if let last = runs.indices.last, runs[last].kind == kind {
            runs[last].count += count
        } else {
            runs.append(SymbolRun(kind: kind, count: count))
        }
    }

    /// Symbols of a kind.
    public func symbols(_ kind: SymbolKind) -> UInt64 {
        runs.reduce(0) { $0 + ($1.kind == kind ? UInt64($1.count) : 0) }
    }
}
