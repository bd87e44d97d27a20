/// What went wrong, as programs say it: a kind for scripts, a sentence for people.
public struct FailureReport: Codable, Sendable, Hashable {
    /// `notFound`, `busy`, …: `docs/exit-codes.md` has them all.
    public var kind: String
    /// What happened, and the next thing to try.
    public var message: String

    /// A failure that somebody put in words.
    public init(kind: String, message: String) {
        self.kind = kind
        self.message = message
    }
}

/// What stands in place of a result.
public struct FailureDocument: Codable, Sendable, Hashable {
    /// The failure.
    public var error: FailureReport

    /// The document of a failure.
    public init(_ error: FailureReport) { self.error = error }
}
