internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    /// What counts as a heartbeat, and what its loss ends where no light is on.
    static let heartbeatChecks = [
        ConformanceCheck(
            "heartbeat-alone", "Nothing but Heartbeat holds the light up", .connection,
            says: "if no Heartbeat arrived for heartbeatTimeout the unit goes dark; other requests do not count"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let start = unit.wire.mark
            _ = try await lastHeartbeat(unit)
            let timeout = Double(unit.identity.heartbeatTimeout) / 1_000
            let end = unit.clock.now + .seconds(timeout + 0.5)
            var arrival: Arrival?
            // As a host does whose heart has stopped and whose telemetry goes on.
            while arrival == nil, unit.clock.now < end {
                for request in everyGet { _ = try await unit.wire.exchange(request) }
                arrival = try await unit.wire.first(since: start, within: .seconds(timeout / 10)) {
                    stateChange($0)?.after == .dark
                }
            }
            let state = try await unit.status().state
            trial.expect(
                arrival != nil && state == .dark,
                "the unit is \(state) \(timeout + 0.5) s after the last heartbeat, because other requests came")
        },
        ConformanceCheck(
            "dead-man-while-measuring", "Without heartbeats a measurement ends in state Dark too", .measurements,
            says: "control that is lost ends a measurement with ConditionNotMet, in state Dark too", needs: .bob,
            capabilities: .moments
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let data = try await unit.capabilities()
            try await unit.clock.sleep(for: .seconds(data.shutterSettling + 0.02))
            let timeout = Double(unit.identity.heartbeatTimeout) / 1_000
            // Half as long again as the time-out, and a second.
            let samples = (1.5 * timeout + 1) * data.maximumSymbolRate
            guard samples <= Double(data.maximumMomentSamples) else {
                throw Inapplicable("the unit does not sum for \((1.5 * timeout + 1)) s")
            }
            let (number, start) = (unit.wire.nextNumber(), unit.wire.mark)
            _ = try await lastHeartbeat(unit)
            let request = RawRequest(MeasureMoments(samples: UInt64(samples), kind: .dark))
            try await unit.wire.send(request.frame(number: number))
            let answer = try await unit.wire.answer(to: number, since: start, patience: .seconds(timeout + 0.5))
            guard case .refused(let refusal, _) = answer else {
                // What runs on is ended before the next check.
                try await unit.clock.sleep(for: .seconds(0.5 * timeout + 1))
                throw Violation("MeasureMoments got \(answer.description) \(timeout + 0.5) s after the last heartbeat")
            }
            trial.expect(refusal.code == .conditionNotMet, "MeasureMoments got \(answer.description)")
            let status = try await unit.status()
            trial.expect(status.activity == .idle, "Status says \(status.activity)")
            trial.expect(status.controller.isEmpty, "Status says that \(status.controller) controls it")
        },
    ]
}
