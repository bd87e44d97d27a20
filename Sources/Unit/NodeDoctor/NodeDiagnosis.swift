public import UnitTransport

/// All findings about a machine, or about one unit on it.
public struct NodeDiagnosis: Sendable {
    /// In order of the checks.
    public var findings: [NodeFinding]

    /// Runs every check; with a unit, findings about other units are left out. Only reads.
    public init(of facts: SystemFacts, unit: UnitSelector? = nil) {
        let facts = unit.map { facts.limited(to: $0) } ?? facts
        let checks: [(SystemFacts) -> [NodeFinding]] = [
            AccessCheck.findings, GroupCheck.findings, UdevRulesCheck.findings, ModemManagerCheck.findings,
            SleepCheck.findings, InstrumentCheck.findings,
            USBMemoryCheck.findings, KernelModuleCheck.findings, LibraryCheck.findings, LockedMemoryCheck.findings,
            SwapCheck.findings, FreedMemoryCheck.findings, CoreFileCheck.findings, ClockCheck.findings,
        ]
        findings = checks.flatMap { $0(facts) }
    }

    /// How many findings are of a state.
    public func count(_ state: NodeFinding.State) -> Int { findings.count { $0.state == state } }
}
