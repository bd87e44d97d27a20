internal import LinkControl
public import UnitControl
public import UnitProtocol

/// What a unit says of its light: shown before anybody is told to touch a fibre.
public struct LightReading: Sendable {
    /// The unit.
    public var identity: UnitIdentity
    /// Its state and settings, read back; nil if it does not answer, and then its laser is taken as on.
    public var readBack: (status: Status, optics: OpticalState)?
    /// Where its shutter is; nil if it has none, or does not answer.
    public var shutter: ShutterReading?
    /// Why it does not answer.
    public var failure: UnitError?

    /// Serial number.
    public var serial: String { identity.serial }
    /// Whether the unit confirms that no light is on and the shutter, if any, is closed.
    public var isDark: Bool { readBack?.status.light.isEmpty == true && shutter?.isClosed != false }

    /// Reads a unit. It does not throw: a unit that does not answer is not dark.
    public init(reading end: any CalibratedEnd) async {
        identity = end.identity
        do throws(UnitError) {
            let shutter = try await end.shutter()
            (readBack, self.shutter) = ((try await end.status(), try await end.opticalState()), shutter)
        } catch {
            failure = error
        }
    }
}
