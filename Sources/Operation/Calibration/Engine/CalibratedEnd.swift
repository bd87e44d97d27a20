public import LinkControl
public import UnitControl

/// A unit as far as a calibration needs it: a unit on this machine, or one behind another agent. To `EndUnit` it adds
/// raw samples.
public protocol CalibratedEnd: EndUnit, LitUnit {
    /// Takes raw samples once and reads them out; `progress` is told how many have come.
    func capture(samples: UInt32, progress: @Sendable (Int) -> Void) async throws(UnitError) -> CapturedSamples
}

extension Unit: CalibratedEnd {}
