internal import UnitControl
internal import UnitProtocol
public import UnitTransport

extension LocalUnitFinder {
    /// Opens the connection to a unit, and nothing more.
    public func transport(_ selector: UnitSelector) async throws(LocalUnitError) -> any UnitTransport {
        switch selector {
        case .serial(let path, let baud):
            return try await patiently(selector, path) { () throws(TransportError) in
                try LocalUnits.open(path: path, baud: baud)
            }
        case .usb(let serial):
            // A bootloader counts: it can be opened, and says so.
            guard let found = try candidates(serial).first(where: \.connection.isUSB) else {
                throw .unit(selector, .transport(.notFound(selector.description)))
            }
            return try await open(found, as: selector)
        case .anywhere(let serial): return try await search(serial)
        }
    }

    /// Candidates with a serial number, USB first; all if nil.
    func candidates(_ serial: String? = nil) throws(LocalUnitError) -> [UnitCandidate] {
        do throws(HotplugError) {
            return try UnitDirectory.candidates(announcedIn: announcements).filter {
                serial == nil || $0.serial == serial
            }
        } catch {
            throw .directory(error)
        }
    }

    /// First the buses that tell serial numbers, USB before CDC; then lines that do not, which have to be asked.
    private func search(_ serial: String) async throws(LocalUnitError) -> any UnitTransport {
        let selector = UnitSelector.anywhere(serial: serial)
        var firstFailure: LocalUnitError?
        for candidate in try candidates(serial) {
            do throws(LocalUnitError) { return try await open(candidate, as: selector) } catch {
                firstFailure = firstFailure ?? error
            }
        }
        if let firstFailure { throw firstFailure }
        var unasked: LocalUnitError?
        for candidate in try candidates() where candidate.serial == nil && !candidate.connection.isUSB {
            // A pair's other unit, which this program has open already.
            if DevicePath.isOpenHere(candidate.path) { continue }
            // Who is behind a line that another process holds is known from its session.
            if sessions.unit(at: DevicePath.canonical(candidate.path))?.serial == serial {
                return try await open(candidate, as: selector)
            }
            do throws(LocalUnitError) {
                if try await ask(candidate) == serial { return try await open(candidate, as: candidate.selector) }
            } catch {
                if case .unit(_, .cancelled) = error { throw error }
                guard case .unit(let line, let reason) = error else { throw error }
                unasked = unasked ?? .perhapsUnasked(serial: serial, line: line, reason)
            }
        }
        // "Not found" would send people to the wrong cable if a line could not be asked.
        throw unasked ?? .unit(selector, .transport(.notFound(serial)))
    }

    /// The serial number behind a line that does not tell it; a bootloader's too.
    private func ask(_ candidate: UnitCandidate) async throws(LocalUnitError) -> String {
        let transport = try await open(candidate, as: candidate.selector)
        do throws(UnitError) {
            let unit = try await Unit.connect(transport, access: .observe, hostName: hostName, clock: clock)
            await unit.close()
            return unit.identity.serial
        } catch {
            if case .inBootloader(let serial) = error { return serial }
            throw .unit(candidate.selector, error)
        }
    }

    /// `selector` is whose error it is: the candidate's own while it is asked, else that of the unit that was wanted.
    private func open(
        _ candidate: UnitCandidate, as selector: UnitSelector
    ) async throws(LocalUnitError) -> any UnitTransport {
        try await patiently(selector, candidate.path) { () throws(TransportError) in
            try LocalUnits.open(candidate)
        }
    }

    /// Waits while a node that was just plugged in has no group yet.
    func patiently(
        _ selector: UnitSelector, _ path: String, _ open: () throws(TransportError) -> any UnitTransport
    ) async throws(LocalUnitError) -> any UnitTransport {
        let limit = clock.now + DevicePath.settlingTime
        while true {
            do throws(TransportError) { return try open() } catch {
                guard case .noPermission = error, clock.now < limit, DevicePath.isJustPlugged(path) else {
                    throw .unit(selector, .transport(error))
                }
            }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { throw .unit(selector, .cancelled) }
        }
    }
}
