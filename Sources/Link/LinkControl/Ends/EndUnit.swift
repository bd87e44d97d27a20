public import UnitControl
public import UnitProtocol

/// The unit of an end, as far as a session needs it.
public protocol EndUnit: LitUnit {
    /// Optical and electrical data.
    func capabilities() async throws(UnitError) -> Capabilities
    /// Sums vacuum or dark samples on the unit.
    func measureMoments(_ kind: SymbolKind, samples: UInt64) async throws(UnitError) -> Moments
    /// Starts a link session; the stream must be read.
    func startStream(_ plan: StreamPlan) async throws(UnitError) -> UnitStream
    /// Asks the unit to end the session.
    func stopStream() async throws(UnitError) -> StreamStopped
    /// Gives the buffers of an ended stream back.
    func finishStream(_ stopped: StreamStopped?) async
}

extension Unit: EndUnit {}
