public import UnitProtocol
public import UnitTransport

/// What is known of the sessions that programs run on this machine: who is behind a line that cannot be asked because
/// somebody holds it.
public protocol SessionRegistry: Sendable {
    /// The unit that another process holds at a line or node, a path without links; nil if none is known to.
    func unit(at path: String) -> HeldUnit?
    /// Whether a session of another process holds what the selector names: it does so for good, so waiting is of no use.
    func isHeldElsewhere(_ selector: UnitSelector) -> Bool
}

/// A unit that a session holds, as its program has noted.
public struct HeldUnit: Sendable, Equatable {
    /// Serial number.
    public var serial: String
    /// Alice or Bob.
    public var role: UnitRole?
    /// Whether no optics are behind it.
    public var isEmulated: Bool

    /// A unit with the given values.
    public init(serial: String, role: UnitRole?, isEmulated: Bool) {
        self.serial = serial
        self.role = role
        self.isEmulated = isEmulated
    }
}

/// Nothing is known of other programs' sessions.
public struct NoSessions: SessionRegistry {
    /// Nothing.
    public init() {}
    /// None.
    public func unit(at path: String) -> HeldUnit? { nil }
    /// Not known to be.
    public func isHeldElsewhere(_ selector: UnitSelector) -> Bool { false }
}
