internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension Unit {
    /// Throws `.wrongRole` for a transmitter.
    nonisolated func requireReceiver() throws(LiveRecordingFailure) {
        guard identity.role == .bob else {
            throw .unit(.wrongRole(needed: .bob, found: identity.role, serial: identity.serial))
        }
    }

    /// Waits as long as the unit says that its shutter takes, twice: its clock is not ours.
    func waitForShutter(_ capabilities: Capabilities) async throws(UnitError) {
        let settling = capabilities.shutterSettling
        do {
            try await clock.sleep(for: .seconds(2 * (settling.isFinite ? max(0, settling) : 0)))
        } catch {
            throw .cancelled
        }
    }
}
