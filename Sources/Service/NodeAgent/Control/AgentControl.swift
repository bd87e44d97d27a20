public import NodeReports

/// What operators can ask of an agent. Whoever asks was let in, and the audit log has it, before anything here is called.
public protocol AgentControl: Sendable {
    /// All links, in the order of the configuration.
    func links() async -> [AgentLinkDocument]
    /// What is known about a link's blocks behind a position, at most `limit` things.
    func blocks(of link: String, after position: UInt64, limit: Int) async throws(ControlRefusal) -> AgentBlocksDocument
    /// The latest windows of a link.
    func windows(of link: String) async throws(ControlRefusal) -> AgentWindowsDocument
    /// Lets a latched link go on.
    func release(_ link: String, reason: String) async throws(ControlRefusal) -> AgentVerbDocument
    /// Destroys raw key of a link that was not taken.
    func erase(_ choice: AgentEraseRequest, of link: String) async throws(ControlRefusal) -> AgentVerbDocument
    /// Destroys all raw key of the node, and stops its links.
    func zeroise(reason: String) async -> AgentVerbDocument
}

/// Why an agent does not do what an operator asks: a kind for scripts, a sentence that says what to do.
public struct ControlRefusal: Error, Sendable, Hashable {
    /// What scripts tell apart; the words are those of exit codes.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// There is no such link, session or path.
        case notFound
        /// The caller is not an operator.
        case noPermission
        /// It cannot be done in this state.
        case refused
        /// The request is wrong.
        case usage
        /// Something else.
        case failure
    }

    /// The kind.
    public var kind: Kind
    /// What is wrong, and the next step.
    public var message: String

    /// A refusal.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
