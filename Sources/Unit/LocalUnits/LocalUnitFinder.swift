internal import UnitProtocol
internal import USBTransport
public import UnitControl
public import UnitTransport

/// Finds units on this machine for a supervisor: USB by serial number, serial lines by path or by asking who is there.
public final class LocalUnitFinder: UnitFinder {
    private let hostName: String

    /// `hostName` is what a unit tells others that this program asked it.
    public init(hostName: String) { self.hostName = hostName }

    /// Opens what the selector names now.
    public func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
        do throws(TransportError) {
            switch selector {
            case .serial(let path, let baud): return try LocalUnits.open(path: path, baud: baud)
            case .usb(let serial):
                guard let found = try usbCandidate(serial) else { throw .notFound(selector.description) }
                return try LocalUnits.open(found)
            case .anywhere(let serial):
                for candidate in try LocalUnits.candidates(serial) { return try LocalUnits.open(candidate) }
            }
        } catch {
            throw .transport(error)
        }
        return try await openUnnamed(selector.description)
    }

    /// The unit with this serial number on USB. A bootloader counts: it can be opened, and says so.
    private func usbCandidate(_ serial: String) throws(TransportError) -> UnitCandidate? {
        try LocalUnits.candidates(serial).first { candidate in
            if case .usb = candidate.connection { true } else { false }
        }
    }

    /// Lines that do not tell serial numbers are asked.
    private func openUnnamed(_ serial: String) async throws(UnitError) -> any UnitTransport {
        do throws(TransportError) {
            for candidate in try LocalUnits.candidates() where candidate.serial == nil {
                guard let transport = try? LocalUnits.open(candidate) else { continue }
                // `connect` closes the transport if it fails.
                let unit = try? await Unit.connect(transport, access: .observe, hostName: hostName)
                await unit?.close()
                if unit?.identity.serial == serial { return try LocalUnits.open(candidate) }
            }
            throw .notFound(serial)
        } catch {
            throw .transport(error)
        }
    }

    /// Resets the USB port; false on a serial line.
    public func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool {
        guard let serial = selector.serialNumber else { return false }
        do throws(TransportError) {
            guard let found = try usbCandidate(serial) else { return false }
            try await USBTransport.reset(node: found.path)
            return true
        } catch .gone, .notFound {
            // It is restarting by itself.
            return true
        } catch {
            throw .transport(error)
        }
    }
}
