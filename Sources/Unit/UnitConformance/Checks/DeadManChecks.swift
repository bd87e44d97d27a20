internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let deadManChecks = [
        ConformanceCheck(
            "heartbeat-reply", "Heartbeats are answered with count, state, light and session", .connection,
            says: "HeartbeatReply echoes the count; deviceTime is when it was received"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            unit.wire.stopHeart()
            var last: UInt64 = 0
            for count: UInt32 in [7, 8, 0xFFFF_FFFF, 0] {
                let reply = try await unit.ask(Heartbeat(count: count), for: HeartbeatReply.self)
                trial.expect(reply.count == count, "count \(count) came back as \(reply.count)")
                trial.expect(
                    reply.state == .dark && reply.light.isEmpty, "\(reply.state), light \(reply.light.rawValue)")
                trial.expect(reply.sessionId == 0, "session \(reply.sessionId) without a session")
                trial.expect(reply.deviceTime >= last, "deviceTime stepped back")
                last = reply.deviceTime
            }
        },
        ConformanceCheck(
            "heartbeat-holds-light", "Heartbeats hold the light up", .connection,
            says: "Heartbeat is sent by the controller every heartbeatInterval; if none arrived for the time-out, dark"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let start = unit.wire.mark
            let timeout = Double(unit.identity.heartbeatTimeout) / 1_000
            try await unit.clock.sleep(for: .seconds(1.25 * timeout))
            let changes = unit.wire.arrivals(since: start).compactMap(stateChange)
            trial.expect(changes.isEmpty, "the unit changed state: \(words(changes))")
            let state = try await unit.status().state
            trial.expect(state == .ready, "the unit is \(state) after \(1.25 * timeout) s with heartbeats")
        },
        ConformanceCheck(
            "dead-man", "Without heartbeats the unit goes dark, and control is free", .connection,
            says:
                "if none arrived for heartbeatTimeout the unit goes dark within 50 ms; the connection stays, with Observe"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            if unit.can(.shutter) { try await unit.acknowledged(SetShutter(position: .open)) }
            try await unit.clock.sleep(for: LightReadBack.pace)
            let lit = try await LightReadBack.read(unit)
            let start = unit.wire.mark
            let beat = try await lastHeartbeat(unit)
            let change = try await deadMan(unit, since: start, trial)
            try judge(change, after: beat, unit, trial)
            trial.expect(change.before == .ready, "StateChanged says that it was \(change.before)")
            try await unit.clock.sleep(for: .milliseconds(50))
            let status = try await unit.status()
            trial.expect(status.state == .dark, "the unit is \(status.state)")
            trial.expect(status.light.isEmpty, "light is \(status.light.rawValue)")
            trial.expect(status.controller.isEmpty, "Status says that \(status.controller) controls it")
            try await expect(unit, trial, unit.light(true), .noControl, "after control was lost")
            try await expect(unit, trial, RawRequest(Heartbeat(count: 1)), .noControl, "after control was lost")
            try await lit.expectDark(unit, trial)
        },
        ConformanceCheck(
            "dead-man-in-session", "Without heartbeats a session ends, with an end frame", .connection,
            says: "session ended (StreamStopped is not sent, the end frame is), light off, state Dark",
            capabilities: .standalone
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let session = try await unit.start(try await unit.plan())
            let start = unit.wire.mark
            _ = try await lastHeartbeat(unit)
            let change = try await deadMan(unit, since: start, trial)
            trial.expect(
                change.before == .streaming && change.sessionId == session.request.sessionId,
                "StateChanged says \(change.before), session \(change.sessionId)")
            let hasEnded = try await session.recorder.waits(within: .seconds(2)) { $0.hasEnded }
            let recording = try await unit.collect(session, nil)
            trial.expect(hasEnded, "no end frame came")
            trial.expect(
                !unit.wire.arrivals(since: start).contains { $0.template == StreamStopped.templateID },
                "StreamStopped came, which nobody had asked for")
            let delivered = recording.deliveredSymbols
            if let end = recording.ending?.message {
                trial.expect(
                    end.firstSymbol % UInt64(session.request.symbolsPerFrame) == 0,
                    "it ended at \(end.firstSymbol), inside a slot")
                trial.expect(
                    UnitNumber.sum(delivered, end.droppedSymbols) == end.firstSymbol,
                    "\(delivered) symbols came and \(end.droppedSymbols) are dropped of \(end.firstSymbol)")
            }
        },
        ConformanceCheck(
            "observing-frees-control", "A Hello that asks to observe gives control up; the time-out runs on",
            .connection,
            says: "if it asks for Observe only, control is free, and the heartbeat time-out runs on"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let start = unit.wire.mark
            try await unit.greet(.observe)
            let controller = try await unit.status().controller
            trial.expect(controller.isEmpty, "Status says that \(controller) controls it")
            let change = try await deadMan(unit, since: start, trial)
            trial.expect(change.after == .dark, "it became \(change.after)")
        },
    ]

    /// The unit's time of the last heartbeat that it gets for now.
    static func lastHeartbeat(_ unit: TestedUnit) async throws -> UInt64 {
        unit.wire.stopHeart()
        return try await unit.ask(Heartbeat(count: 0xDEAD), for: HeartbeatReply.self).deviceTime
    }

    /// Waits for the change to Dark for want of heartbeats.
    static func deadMan(_ unit: TestedUnit, since start: Int, _ trial: Trial) async throws -> StateChanged {
        let timeout = Double(unit.identity.heartbeatTimeout) / 1_000
        let arrival = try await unit.wire.first(since: start, within: .seconds(timeout + 1.5)) {
            stateChange($0)?.after == .dark
        }
        guard let change = arrival.flatMap(stateChange) else {
            let state = try await unit.status().state
            throw Violation("no StateChanged to Dark \(timeout + 1.5) s after the last heartbeat; the unit is \(state)")
        }
        trial.expect(change.cause == .heartbeatLost, "its cause is \(change.cause)")
        return change
    }

    /// The time by the unit's own clock, so that neither line nor host count.
    private static func judge(
        _ change: StateChanged, after beat: UInt64, _ unit: TestedUnit, _ trial: Trial
    ) throws(Violation) {
        let timeout = Double(unit.identity.heartbeatTimeout) / 1_000
        let elapsed = (Double(change.deviceTime) - Double(beat)) * 1e-9
        trial.measure(
            "dark_after", elapsed, "s",
            ConformanceLimits(low: timeout - 0.01, high: timeout + 0.05, marginalHigh: timeout + 0.04))
    }
}
