/// One thing that was looked at, and what to do about it.
public struct NodeFinding: Sendable, Equatable {
    /// What it means for work with units.
    public enum State: String, Sendable, CaseIterable {
        /// As it should be.
        case ok
        /// It works, and something is at risk.
        case warning
        /// Work with units on this machine fails because of it.
        case failure
        /// It cannot be read here.
        case unknown
    }

    /// Name of the check, for scripts: as `udev-rules`.
    public var check: String
    /// The unit or line that it is about; nil if it is about the machine.
    public var subject: String?
    /// How it stands.
    public var state: State
    /// What was found, in plain words.
    public var found: String
    /// What may happen if it stays so; nil if it is ok.
    public var threatens: String?
    /// The one command that mends it, for a shell of a user who may use sudo; nil if there is none.
    public var repair: String?

    static func ok(_ check: String, _ found: String, on subject: String? = nil) -> NodeFinding {
        NodeFinding(check: check, subject: subject, state: .ok, found: found)
    }

    static func unknown(_ check: String, _ found: String, on subject: String? = nil, threatens: String) -> NodeFinding {
        NodeFinding(check: check, subject: subject, state: .unknown, found: found, threatens: threatens)
    }

    static func bad(
        _ state: State, _ check: String, _ found: String, on subject: String? = nil, threatens: String, repair: String?
    ) -> NodeFinding {
        NodeFinding(check: check, subject: subject, state: state, found: found, threatens: threatens, repair: repair)
    }
}
