public import LinkOperation
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// A session that ended before its time, and what came of it. Its symbols are not in the figures of the last one.
public struct EarlierSession: Codable, Sendable, Hashable {
    /// Sixteen hexadecimal digits.
    public var session: String
    /// Symbols at Bob.
    public var symbols: UInt64
    /// Symbols that did not come, at both ends.
    public var gapSymbols: UInt64
    /// Of these, the ones that a unit declares or that missing frames explain.
    public var declaredGapSymbols: UInt64
    /// Of these, the ones in frames that came and were refused.
    public var refusedSymbols: UInt64
    /// Of streaming.
    public var elapsedSeconds: Double
    /// `Alice` or `Bob`.
    public var failedUnit: String
    /// How it failed.
    public var failure: String
    /// The step that made it usable again.
    public var recovery: String

    /// The document of a session.
    public init(_ failed: FailedSession) {
        session = RunningSession.name(of: failed.session)
        symbols = failed.symbols
        gapSymbols = failed.gapSymbols
        declaredGapSymbols = failed.declaredGapSymbols
        refusedSymbols = failed.refusedSymbols
        elapsedSeconds = failed.elapsed.inSeconds
        failedUnit = failed.role.description
        failure = failed.error.description
        recovery = failed.step.rawValue
    }
}
