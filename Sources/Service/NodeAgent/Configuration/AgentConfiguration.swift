public import CalibrationRecords
public import UnitTransport

/// What an agent is to be, as its configuration file says. Every value was checked; files that it names were not opened.
public struct AgentConfiguration: Sendable, Hashable {
    /// How much is logged.
    public enum LogLevel: String, Sendable, Hashable, CaseIterable {
        /// What stops the agent or a link.
        case error
        /// What somebody should look at.
        case warning
        /// What happened, too.
        case info
        /// All steps.
        case debug
    }

    /// A unit that the agent owns.
    public struct Unit: Sendable, Hashable {
        /// As links name it.
        public var name: String
        /// Where it is.
        public var selector: UnitSelector
    }

    /// Where the calibration records are, and whose count.
    public struct Records: Sendable, Hashable {
        /// Folder of the store.
        public var store: StateFolder
        /// File of pinned stations; nil for whoever is trusted in the store.
        public var stations: String?
    }

    /// Name of the node.
    public var node: String
    /// Folder that outlives restarts: journals, audit log, attempts. One agent at a time.
    public var stateFolder: String
    /// Folder of the sockets.
    public var runtimeFolder: String
    /// How much is logged.
    public var logLevel: LogLevel
    /// File of the node's Ed25519 key, mode 0600.
    public var signingKeyFile: String
    /// Who may use the control socket, besides root and the agent's own user.
    public var operators: [LocalUser]
    /// Units of the node.
    public var units: [Unit]
    /// Calibration records.
    public var records: Records
    /// Raw key until it was taken; for each link.
    public var spool: SpoolConfiguration
    /// Links with an end here.
    public var links: [LinkConfiguration]
    /// Who gets raw key, or what is known about it.
    public var consumers: [ConsumerConfiguration]

    /// The operators' socket.
    public var controlSocket: String { "\(runtimeFolder)/control.sock" }
    /// The audit log.
    public var auditLog: String { "\(stateFolder)/audit.log" }

    /// The unit of a link: there is one, or the file would have been refused.
    public func unit(of link: LinkConfiguration) -> Unit? { units.first { $0.name == link.unit } }
    /// Consumers of a link.
    public func consumers(of link: LinkConfiguration) -> [ConsumerConfiguration] {
        consumers.filter { $0.link == link.id }
    }
}

/// A user of this machine.
public struct LocalUser: Sendable, Hashable, CustomStringConvertible {
    /// As the file has it: a name, or digits.
    public var text: String
    /// User number.
    public var uid: UInt32

    /// "qkd (1001)".
    public var description: String { text == String(uid) ? text : "\(text) (\(uid))" }
}
