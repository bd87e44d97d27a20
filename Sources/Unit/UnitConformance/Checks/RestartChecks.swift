internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    private static let resetWord: UInt32 = 0x5445_5352
    private static let zeroiseWord: UInt64 = 0x4553_494F_5245_5A21

    static let restartChecks = [
        ConformanceCheck(
            "warm-reset", "After a warm reset the unit comes back dark, counted, and without its settings", .connection,
            says: "Acknowledge names the state that follows; settings outlive going dark, a restart loses them",
            needs: .destructive
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let highest = try await unit.capabilities().maximumAttenuation
            if unit.can(.variableAttenuator) { try await unit.acknowledged(SetAttenuation(attenuation: highest)) }
            let before = unit.identity
            try await restart(unit, .warm, announces: .starting, trial)
            let status = try await unit.settled()
            trial.expect(status.state == .dark, "it came back \(status.state)")
            trial.measure(
                "boot_count_step", Double(unit.identity.bootCount) - Double(before.bootCount), "1", .exactly(1))
            trial.expect(unit.identity.resetCause == .command, "resetCause is \(unit.identity.resetCause)")
            trial.expect(unit.identity.serial == before.serial, "the serial number changed")
            trial.measure("uptime", Double(status.uptime) * 1e-9, "s", ConformanceLimits(high: 30))
            let attenuation = try await unit.optics().attenuationSet
            trial.expect(
                !unit.can(.variableAttenuator) || attenuation != highest, "the attenuation of before is still set")
        },
        ConformanceCheck(
            "reset-remembers-sessions", "Session numbers are refused after a restart too", .session,
            says: "a unit refuses its last 64 numbers with SessionReused, also after a restart", needs: .destructive,
            capabilities: .standalone
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let request = try await unit.plan()
            _ = try await unit.record(request, slots: 2)
            try await restart(unit, .cold, announces: .starting, trial)
            _ = try await unit.settled()
            let stop = RawRequest(StopStream(sessionId: request.sessionId))
            try await expect(unit, trial, stop, .wrongState, "of a session before the restart")
            try await unit.bring(to: .ready)
            try await expect(unit, trial, RawRequest(request), .sessionReused, "used before the restart")
        },
        ConformanceCheck(
            "bootloader", "The bootloader answers what it has to, and leads back", .connection,
            says: "Bootloader answers Hello, GetSchema, GetBootloaderIdentity and Reset", needs: .destructive
        ) { unit, trial in
            let serial = unit.identity.serial
            try await restart(unit, .bootloader, announces: .bootloader, trial)
            trial.expect(unit.identity.state == .bootloader, "HelloReply says \(unit.identity.state)")
            if unit.identity.state == .bootloader {
                let identity = try await unit.ask(GetBootloaderIdentity(), for: BootloaderIdentity.self)
                trial.expect(identity.serial == serial, "the bootloader's serial number is \(identity.serial)")
                _ = try await unit.receive(RawRequest(GetSchema(offset: 0, maximumBytes: 100)))
                for request in [
                    RawRequest(GetStatus()), RawRequest(Heartbeat(count: 1)), RawRequest(GetCapabilities()),
                ] {
                    try await expect(unit, trial, request, .wrongState, "in the bootloader")
                }
            }
            try await restart(unit, .cold, announces: .starting, trial)
            let state = try await unit.settled().state
            trial.expect(state == .dark, "after the bootloader's Reset the unit is \(state)")
        },
        ConformanceCheck(
            "zeroise", "A zeroised unit refuses by that name, and stays so until a cold reset", .connection,
            says: "a Zeroised unit comes back Zeroised but after a cold Reset; its state error is Zeroised",
            needs: .destructive, capabilities: .zeroise
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let start = unit.wire.mark
            let reply = try await unit.ask(Zeroise(confirmation: zeroiseWord), for: Acknowledge.self)
            trial.expect(reply.state == .zeroised, "Acknowledge says \(reply.state)")
            let changes = try await changes(unit, since: start, until: .zeroised)
            trial.expect(changes.last?.after == .zeroised, "the announced changes are \(words(changes))")
            let light = try await unit.status().light
            trial.expect(light.isEmpty, "light is \(light.rawValue) in state Zeroised")
            for request in [unit.light(true), RawRequest(try await unit.plan())] {
                try await expect(unit, trial, request, .zeroised, "in state Zeroised")
            }
            try await restart(unit, .warm, announces: .starting, trial)
            let state = try await unit.settled().state
            trial.expect(state == .zeroised, "after a warm reset it is \(state)")
            try await restart(unit, .cold, announces: .starting, trial)
            let last = try await unit.settled().state
            trial.expect(last == .dark, "after a cold reset it is \(last)")
        },
    ]

    /// Resets the unit and says Hello when it is back.
    private static func restart(
        _ unit: TestedUnit, _ kind: ResetKind, announces state: UnitState, _ trial: Trial
    ) async throws {
        let reply = try await unit.ask(Reset(kind: kind, confirmation: resetWord), for: Acknowledge.self)
        trial.expect(reply.state == state, "Acknowledge of a \(kind) reset says \(reply.state), not \(state)")
        unit.wire.stopHeart()
        // The unit leaves its ports, or (a plain UART) stays on them and is silent for a while.
        try await unit.clock.sleep(for: .milliseconds(300))
        let end = unit.clock.now + .seconds(20)
        while true {
            do {
                try await unit.reopen()
                // A line that cannot vanish stays open over a restart, its connection does not.
                let early = try await unit.wire.exchange(RawRequest(GetStatus()))
                if case .reply = early { trial.expect(false, "GetStatus before Hello was answered after the restart") }
                try await unit.greet()
                return
            } catch {
                guard unit.clock.now < end else { throw Violation("it did not come back within 20 s: \(error)") }
                try await unit.clock.sleep(for: .milliseconds(100))
            }
        }
    }
}
