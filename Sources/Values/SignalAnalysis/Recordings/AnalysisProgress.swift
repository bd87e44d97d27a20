/// How far a long reading is, for whoever waits for it.
public enum AnalysisProgress: Sendable, Hashable {
    /// No delay stood out within ± `tried` symbols; the search goes on within ± `next`.
    case widerDelaySearch(tried: Int, next: Int)
    /// Symbols of one recording that have been read.
    case reading(recording: String, symbols: Int64, of: Int64)
    /// Symbols of both ends that have been joined.
    case joining(symbols: Int64, of: Int64)
}

/// Is told after each block, hundreds of times a second: who shows it to people decides how often.
public typealias AnalysisWatcher = (AnalysisProgress) -> Void
