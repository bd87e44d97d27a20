internal import UnitControl
internal import UnitProtocol

/// What tells units with one serial number apart. A unit that is reachable in two ways has the same traits over both.
struct UnitTraits: Sendable, Equatable {
    /// The USB device, as the bus names it.
    var device: String?
    /// Alice or Bob.
    var role: UnitRole?
    /// Model name.
    var model: String?
    /// Firmware version.
    var firmware: String?
    /// Starts since manufacture.
    var bootCount: UInt32?
    /// Its clock against this machine's: it has been running since one moment only.
    var clock: ClockMapping?

    /// What of a candidate is known before anybody has talked to it.
    init(_ candidate: UnitCandidate) { device = candidate.device }

    mutating func fill(_ identity: UnitIdentity) {
        (role, model, firmware) = (identity.role, identity.model, identity.firmware)
        bootCount = identity.bootCount
    }

    /// Two looks at one clock may differ by this much beyond their own uncertainties, ns.
    private static let tolerance: UInt64 = 20_000_000

    /// Whether both may be one unit. What is not known of one of them tells nothing apart.
    func maybeSame(_ other: UnitTraits) -> Bool {
        func agree<Value: Equatable>(_ one: Value?, _ other: Value?) -> Bool {
            one == nil || other == nil || one == other
        }
        guard agree(device, other.device), agree(role, other.role), agree(model, other.model),
            agree(firmware, other.firmware), agree(bootCount, other.bootCount)
        else { return false }
        // Ports of one device are one unit, whatever its clock says.
        if device != nil, device == other.device { return true }
        guard let clock, let theirs = other.clock else { return true }
        let bound = Self.tolerance.addingReportingOverflow(clock.uncertainty / 2).partialValue
        let apart = clock.offset.subtractingReportingOverflow(theirs.offset)
        return !apart.overflow && apart.partialValue.magnitude <= bound &+ theirs.uncertainty / 2
    }
}
