public import LinkControl
public import UnitControl
public import UnitProtocol
public import UnitTransport

/// A unit as far as a calibration needs it: a unit on this machine, or one behind another agent. To `LinkEnd` it adds
/// what is read around a measurement.
public protocol CalibratedEnd: LinkEnd {
    /// What whoever works with the unit waits and measures by.
    var clock: HostClock { get }
    /// Settings and read-backs of the optics.
    func opticalState() async throws(UnitError) -> OpticalState
    /// All quantities that the unit measures.
    func telemetry() async throws(UnitError) -> [TelemetryReading]
    /// Takes raw samples once and reads them out; `progress` is told how many have come.
    func capture(samples: UInt32, progress: @Sendable (Int) -> Void) async throws(UnitError) -> CapturedSamples
}

extension CalibratedEnd {
    /// The machine's clock.
    public var clock: HostClock { .monotonic }
}

extension Unit: CalibratedEnd {}
