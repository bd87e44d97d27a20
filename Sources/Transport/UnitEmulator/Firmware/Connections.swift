internal import UnitProtocol

/// One port's connection: what its last Hello opened.
struct Connection {
    var access: Access
    var hostName: FixedText<40>
    /// Number of the next event.
    var nextEvent: UInt32 = 0
}

/// Which ports have said Hello, and which of them controls the unit (README, section 5).
struct Connections {
    private(set) var byPort: [Int: Connection] = [:]
    /// The port that controls the unit.
    private(set) var controller: Int?
    /// When the controller was last heard of, ns of the unit's clock. It outlives the controller: light that a host
    /// left on by giving up control goes off as if its heartbeat had stopped.
    private(set) var lastSign: UInt64 = 0

    /// The controller's name if `port` may not take control now.
    func holder(against port: Int, now: UInt64, timeout: UInt64) -> FixedText<40>? {
        guard let controller, controller != port, now < lastSign + timeout else { return nil }
        return byPort[controller]?.hostName
    }

    /// Opens or replaces the connection of a port.
    mutating func open(_ port: Int, access: Access, hostName: FixedText<40>, now: UInt64, nextEvent: UInt32 = 0) {
        if access == .control {
            // A former controller whose time is over may look on.
            if let former = controller, former != port { byPort[former]?.access = .observe }
            controller = port
            lastSign = now
        } else if controller == port {
            controller = nil
        }
        byPort[port] = Connection(access: access, hostName: hostName, nextEvent: nextEvent)
    }

    mutating func heartbeat(now: UInt64) { lastSign = now }

    /// Whether the controller has been silent for `timeout`.
    func isSilent(now: UInt64, timeout: UInt64) -> Bool { now >= lastSign + timeout }

    /// Nobody controls the unit any more; the port stays connected and observes.
    mutating func releaseControl() {
        if let controller { byPort[controller]?.access = .observe }
        controller = nil
    }

    /// The port is gone. Says whether it was the controlling one.
    mutating func close(_ port: Int) -> Bool {
        byPort[port] = nil
        guard controller == port else { return false }
        controller = nil
        return true
    }

    mutating func closeAll() {
        byPort = [:]
        controller = nil
    }

    mutating func takeEventNumber(_ port: Int) -> UInt32 {
        let number = byPort[port]?.nextEvent ?? 0
        byPort[port]?.nextEvent = number &+ 1
        return number
    }
}
