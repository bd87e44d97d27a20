public import UnitTransport

/// Finds and opens units for a supervisor. What knows the transports implements it.
public protocol UnitFinder: Sendable {
    /// Opens the connection to a unit wherever it is plugged in now. Throws `.transport(.notFound)` while it is not
    /// there, and `.inBootloader` while only its bootloader is.
    func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport

    /// Restarts the port that the unit is plugged into. False if its connection has no such thing.
    func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool
}
