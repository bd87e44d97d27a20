public import CalibrationRecords

/// Where a commissioning keeps what was done, and what it asks of earlier calibrations. What it throws ends the step.
public protocol CommissioningArchive: Sendable {
    /// The checklist as it was kept last; nil if there is none.
    func checklist() throws -> CommissioningChecklist?
    /// Keeps the checklist. When this returns, a power cut does not take it.
    func keep(_ checklist: CommissioningChecklist) throws
    /// Signs and stores a step's own record; returns it as it was stored.
    func keep(_ record: CalibrationRecord) throws -> NamedRecord
    /// η of a receiver as its maker measured it; nil if nobody did.
    func factoryEfficiency(of serial: String) throws -> FactoryEfficiency?
    /// How well V_A is known by a record that holds for this transmitter; nil if none does.
    func modulation(of alice: any CalibratedEnd, beside bob: any CalibratedEnd) async throws -> CalibratedModulation?
}
