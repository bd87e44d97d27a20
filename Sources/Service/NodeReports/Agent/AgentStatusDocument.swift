public import Foundation

/// How an agent is: `GET /v1/status`.
public struct AgentStatusDocument: Codable, Sendable, Hashable {
    /// The log of who did what.
    public struct Audit: Codable, Sendable, Hashable {
        /// Entries of the present file.
        public var entries: Int
        /// SHA-256 of the newest line, 64 hexadecimal digits. Whoever keeps it elsewhere notices a log that was cut.
        public var digest: String

        /// The end of a log.
        public init(entries: Int, digest: String) {
            self.entries = entries
            self.digest = digest
        }
    }

    /// Name of the node.
    public var node: String
    /// The program and its version.
    public var program: String
    /// Its process.
    public var pid: Int32
    /// When it began.
    public var began: Date
    /// When this was written.
    public var time: Date
    /// Since when it runs, s, by the machine's monotonic clock.
    public var uptimeSeconds: Double
    /// The node's public signing key: base64, as a PEM file has it.
    public var nodeKey: String
    /// The log of who did what.
    public var audit: Audit
    /// Requests on the control socket that were refused because of their user.
    public var refusedPeers: Int
    /// The node's links.
    public var links: [AgentLinkDocument]

    /// A status.
    public init(
        node: String, program: String, pid: Int32, began: Date, time: Date, uptimeSeconds: Double, nodeKey: String,
        audit: Audit, refusedPeers: Int, links: [AgentLinkDocument]
    ) {
        self.node = node
        self.program = program
        self.pid = pid
        self.began = began
        self.time = time
        self.uptimeSeconds = uptimeSeconds
        self.nodeKey = nodeKey
        self.audit = audit
        self.refusedPeers = refusedPeers
        self.links = links
    }
}

/// All links of an agent: `GET /v1/links`.
public struct AgentLinksDocument: Codable, Sendable, Hashable {
    /// In the order of the configuration.
    public var links: [AgentLinkDocument]

    /// All links.
    public init(_ links: [AgentLinkDocument]) { self.links = links }
}
