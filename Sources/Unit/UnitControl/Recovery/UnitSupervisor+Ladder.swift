internal import UnitTransport

extension UnitSupervisor {
    /// Takes steps until one helps. Throws what none of them mended.
    func climb(_ cause: RecoveryCause, after error: UnitError) async throws(UnitError) -> Recovery {
        var (cause, error) = (cause, error)
        var steps = 0
        while true {
            let (step, pause) = ladder.climb(cause)
            steps += 1
            if step == .quarantine { throw await quarantine(after: steps, error) }
            enter(.recovering(step))
            do { try await clock.sleep(for: pause) } catch { throw .cancelled }
            do throws(UnitError) {
                let unit = try await perform(step)
                return Recovery(step: step, unit: unit)
            } catch let failure {
                // A unit that stayed away for as long as it may is absent, not broken.
                guard let next = RecoveryCause(failure), step == .newSession || !failure.isAbsence else {
                    enter(.absent)
                    throw failure
                }
                (cause, error) = (next, failure)
            }
        }
    }

    private func perform(_ step: RecoveryStep) async throws(UnitError) -> Unit {
        switch step {
        case .newSession:
            guard let unit else { throw .transport(.closed) }
            try await unit.endSession()
            enter(.usable)
            return unit
        case .reset:
            // Behind a serial line first: closing it waits for what the unit does not take, 30 s on CDC-ACM.
            let isSerial = unit?.transport.endpoint.kind == .serial
            if !isSerial { await closeUnit() }
            _ = try await finder.reset(serial.map { .anywhere(serial: $0) } ?? selector)
            await closeUnit()
        case .reconnection, .quarantine:
            await closeUnit()
        }
        return try await connect(within: policy.absence)
    }

    private func quarantine(after steps: Int, _ error: UnitError) async -> UnitError {
        await closeUnit()
        let verdict = UnitError.quarantined(
            serial: serial ?? selector.description, steps: steps, last: error.description)
        enter(.quarantined(verdict))
        return verdict
    }

    /// Nothing follows the end.
    func enter(_ next: State) {
        if state != .closed { state = next }
    }

    /// Closes what is open, and keeps what its transport has counted.
    func closeUnit() async {
        guard let closing = unit else { return }
        unit = nil
        await closing.close()
        past.add(closing.transport.counters)
    }
}
