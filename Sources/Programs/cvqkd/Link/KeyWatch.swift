import CalibrationRecords
import UnitControl
import UnitProtocol

/// Asks again, while a session of purpose key runs, whether its calibrations still hold: they expire, temperatures move,
/// and somebody may note work on a unit. A session may run for weeks, and what it makes afterwards nobody may use.
actor KeyWatch {
    static let interval: Duration = .seconds(5)
    /// One refusal may be a single stale reading; two in a row end the session.
    static let patience = 2
    private let purpose: SessionPurpose
    private let units: LinkUnits
    private let state: StateFolder
    private var refusals = 0
    /// Why the session has to end, once it has to.
    private(set) var refusal: CommandFailure?

    init(_ purpose: SessionPurpose, _ units: LinkUnits, _ state: StateFolder) {
        (self.purpose, self.units, self.state) = (purpose, units, state)
    }

    /// Runs until it is cancelled or refuses; other purposes than key have nothing to watch.
    func run() async {
        while purpose == .key, refusal == nil {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            await ask()
        }
    }

    private func ask() async {
        do {
            try await KeyGate.check(purpose, units, state, lit: true)
            refusals = 0
        } catch is UnitError {
            // A unit that does not answer is the session's business.
        } catch {
            guard !Task.isCancelled else { return }
            refusals += 1
            guard refusals >= Self.patience else { return }
            let found = CommandFailure(any: error)
            refusal = CommandFailure(found.kind, "the session was ended: \(found.message)")
        }
    }
}
