public import UnitProtocol
internal import USBTransport
public import UnitControl
public import UnitTransport

/// Finds units on this machine and opens them, for commands, agents and recovery: USB by serial number, serial lines by
/// path or by asking who is there.
public struct LocalUnitFinder: UnitFinder {
    /// What units tell others that this program asked them.
    public let hostName: String
    let sessions: any SessionRegistry
    let announcements: String
    let clock: HostClock

    /// `hostName` is what a unit tells others that this program asked it (40 characters at most arrive). `announcements` is
    /// the folder whose links announce lines that cannot be recognised. `clock` is the one that it and its units wait by.
    public init(
        hostName: String, sessions: any SessionRegistry = NoSessions(),
        announcements: String = UnitDirectory.announcementFolder, clock: HostClock = .monotonic
    ) {
        self.hostName = hostName
        self.sessions = sessions
        self.announcements = announcements
        self.clock = clock
    }

    // MARK: For whoever wants a unit

    /// Connects to a unit. Tries again, twice within half a second, if somebody has it who may be about to leave: a listing
    /// has a line open for some 10 ms.
    public func connect(_ selector: UnitSelector, access: Access) async throws(LocalUnitError) -> Unit {
        var attempts = 3
        while true {
            attempts -= 1
            do throws(LocalUnitError) {
                let transport = try await transport(selector)
                do throws(UnitError) {
                    return try await Unit.connect(
                        transport, access: access, hostName: hostName, serial: selector.serialNumber, clock: clock)
                } catch { throw .unit(selector, error) }
            } catch {
                guard attempts > 0, let held = error.busy, !sessions.isHeldElsewhere(held) else { throw error }
            }
            do { try await clock.sleep(for: .milliseconds(150)) } catch { throw .unit(selector, .cancelled) }
        }
    }

    /// Connects to several units, or to none.
    public func connect(_ selectors: [UnitSelector], access: Access) async throws(LocalUnitError) -> [Unit] {
        var units: [Unit] = []
        do throws(LocalUnitError) {
            for selector in selectors { units.append(try await connect(selector, access: access)) }
            return units
        } catch {
            for unit in units { await unit.close() }
            throw error
        }
    }

    /// Connects to a unit, does something with it, and closes it on every path. Throws `LocalUnitError`, and what `body`
    /// throws.
    public func withUnit<Value>(
        _ selector: UnitSelector, access: Access, _ body: (Unit) async throws -> Value
    ) async throws -> Value {
        try await connect(selector, access: access).closeAfter(body)
    }

    // MARK: For recovery

    /// Opens the connection to a unit wherever it is plugged in now.
    public func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
        do throws(LocalUnitError) { return try await transport(selector) } catch { throw error.unitError }
    }

    /// Resets the USB port; false on a serial line.
    public func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool {
        guard let serial = selector.serialNumber else { return false }
        do throws(LocalUnitError) {
            guard let found = try onUSB(serial, for: selector) else { return false }
            do throws(TransportError) {
                try await USBTransport.reset(node: found.path)
                return true
            } catch .gone, .notFound {
                // It is restarting by itself.
                return true
            } catch {
                throw .unit(selector, .transport(error))
            }
        } catch {
            throw error.unitError
        }
    }
}

extension LocalUnitError {
    /// What somebody else has, if that is the reason.
    fileprivate var busy: UnitSelector? {
        switch self {
        case .unit(let selector, let error), .perhapsUnasked(_, let selector, let error):
            error.isBusy ? selector : nil
        case .notAmongAnswering, .perhapsMeant, .directory: nil
        }
    }
}
