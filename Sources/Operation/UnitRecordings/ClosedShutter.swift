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

    /// A minute, s: no shutter takes longer, whatever a unit says.
    private static let longestSettling = 60.0

    /// Waits as long as the unit says that its shutter takes, twice: its clock is not ours. Throws `.shutterDiffers` if it is
    /// not where it was told to be then.
    func waitForShutter(_ capabilities: Capabilities) async throws(UnitError) {
        let stated = capabilities.shutterSettling
        let settling = stated.isFinite ? min(max(0, stated), Self.longestSettling) : 0
        do {
            try await clock.sleep(for: .seconds(2 * settling))
        } catch {
            throw .cancelled
        }
        try await requireShutterInPlace()
    }
}

extension CapturedSamples {
    /// Throws `.badReply` if the samples lie otherwise than those of an earlier capture of the same unit.
    func requireFormat(of earlier: CapturedSamples) throws(UnitError) {
        guard header.format == earlier.header.format else {
            throw .badReply(
                request: "Capture",
                reason: "samples of format \(header.format), those before were of \(earlier.header.format)")
        }
    }
}
