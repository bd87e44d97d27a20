/// What an operator asks of an agent: the body of `POST …/release` and `POST /v1/zeroise`.
public struct AgentVerbRequest: Codable, Sendable, Hashable {
    /// Why; it stands in the audit log.
    public var reason: String

    /// A request.
    public init(reason: String) { self.reason = reason }
}

/// Which raw key is erased: the body of `POST /v1/links/ID/erase`.
public struct AgentEraseRequest: Codable, Sendable, Hashable {
    /// Why; it stands in the audit log.
    public var reason: String
    /// Blocks of this session, sixteen hexadecimal digits; absent for all.
    public var session: String?
    /// Of that session from this cell on.
    public var firstCell: WideNumber?
    /// Up to this cell.
    public var lastCell: WideNumber?
    /// Whether all of the link is meant. It has to be said.
    public var all: Bool?

    /// A request.
    public init(
        reason: String, session: String? = nil, firstCell: WideNumber? = nil, lastCell: WideNumber? = nil,
        all: Bool? = nil
    ) {
        self.reason = reason
        self.session = session
        self.firstCell = firstCell
        self.lastCell = lastCell
        self.all = all
    }
}

/// What became of it.
public struct AgentVerbDocument: Codable, Sendable, Hashable {
    /// `release`, `erase` or `zeroise`.
    public var verb: String
    /// The link; null for all of the node.
    @ExplicitNull public var link: String?
    /// What was done, in words.
    public var outcome: String
    /// Blocks whose keys and ciphertexts were destroyed.
    public var blocks: Int
    /// Place of its entry in the audit log; null if that could not be written, which only zeroise outlives.
    @ExplicitNull public var auditEntry: Int?

    /// An outcome.
    public init(verb: String, link: String?, outcome: String, blocks: Int = 0, auditEntry: Int? = nil) {
        self.verb = verb
        self.link = link
        self.outcome = outcome
        self.blocks = blocks
        self.auditEntry = auditEntry
    }
}
