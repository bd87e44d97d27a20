internal import LinkControl
public import UnitControl
public import UnitProtocol

/// A unit whose light a commissioning can put out, whatever it is doing.
public protocol CommissionedEnd: SelfTestingEnd {
    /// Ends whatever session runs, light off, until the unit says Dark. A unit that is out of service is left as it is.
    func lightDown() async throws(UnitError)
}

extension Unit: CommissionedEnd {
    /// Ends whatever session runs, whoever started it, light off, until the unit says Dark.
    public func lightDown() async throws(UnitError) {
        let status = try await status()
        switch status.state {
        case .dark, .fault, .zeroised, .bootloader, .starting: return
        case .streaming:
            _ = try await ask(
                StopStream(sessionId: status.sessionId), for: StreamStopped.self, deadline: .seconds(3), attempts: 2)
        default: break
        }
        if identity.role == .alice {
            try await set(SetSignalLaser(on: false))
        } else {
            try await set(SetLocalOscillator(on: false, power: 0))
        }
        try await waitUntil(.dark, within: .seconds(3))
    }
}

/// What a unit says of its light: shown before anybody is told to touch a fibre.
public struct LightReading: Sendable {
    /// The unit.
    public var identity: UnitIdentity
    /// Its state and settings, read back; nil if it does not answer, and then its laser is taken as on.
    public var readBack: (status: Status, optics: OpticalState)?
    /// Why it does not answer.
    public var failure: UnitError?

    /// Serial number.
    public var serial: String { identity.serial }
    /// Whether the unit confirms that no light is on and the shutter, if any, is closed.
    public var isDark: Bool { readBack?.status.light.isEmpty == true }

    /// Reads a unit. It does not throw: a unit that does not answer is not dark.
    public init(reading end: any CalibratedEnd) async {
        identity = end.identity
        do throws(UnitError) {
            readBack = (try await end.status(), try await end.opticalState())
        } catch {
            failure = error
        }
    }
}
