internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let portChecks = [
        ConformanceCheck(
            "hello-first", "Before Hello, a port gets NoControl for everything but GetSchema", .connection,
            says: "before the first Hello of a port, every request but GetSchema gets NoControl", needs: .hangUp
        ) { unit, trial in
            try await unit.bring(to: .dark)
            try await unit.reopen()
            for request in everyGet where request.template != GetSchema.templateID {
                try await expect(unit, trial, request, .noControl, "before Hello")
            }
            for request in [unit.light(false), RawRequest(Heartbeat(count: 1)), RawRequest(StopStream(sessionId: 1))] {
                try await expect(unit, trial, request, .noControl, "before Hello")
            }
            _ = try await unit.receive(RawRequest(GetSchema(offset: 0, maximumBytes: 100)))
        },
        ConformanceCheck(
            "observe-only-reads", "Who observes may read, and nothing else", .connection,
            says: "Observe permits Hello and the requests whose name begins with Get; all others need Control"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let reply = try await unit.greet(.observe).reply
            trial.expect(reply.access == .observe, "access Observe was asked for, \(reply.access) was granted")
            for request in everyGet {
                let answer = try await unit.wire.exchange(request)
                guard case .reply = answer else {
                    trial.expect(false, "\(request.name) got \(answer.description)")
                    continue
                }
            }
            let forbidden = [
                unit.light(true), RawRequest(Heartbeat(count: 1)), RawRequest(StopStream(sessionId: 1)),
                RawRequest(ReadCapture(captureId: 1, offset: 0, count: 1)), RawRequest(try await unit.plan()),
                RawRequest(Reset(kind: .warm, confirmation: 0)),
            ]
            for request in forbidden {
                try await expect(unit, trial, request, .noControl, "with access Observe")
            }
        },
        ConformanceCheck(
            "hello-access", "A Hello with an access that does not exist is OutOfRange", .connection,
            says: "Access: 1 Control, 2 Observe"
        ) { unit, trial in
            let hello = Hello(
                access: .control, hostName: FixedText("conformance") ?? FixedText(), hostInstance: 1,
                challenge: FixedArray(repeating: 0))
            try await expect(
                unit, trial, RawRequest(hello).setting(UInt8(9), at: 0), .outOfRange, field: 1, "access 9")
        },
        ConformanceCheck(
            "second-host-busy", "A second host is told who controls the unit", .connection,
            says: "a Hello that asks for Control on another port gets Busy and the controller's hostName in the text",
            needs: .secondPort
        ) { unit, trial in
            guard let open = unit.ports.openSecond else { return }
            try await unit.greet(name: "the first host")
            let other = Wire(try await open(), clock: unit.clock)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await trySecond(other, trial))
            } catch {
                outcome = .failure(error)
            }
            await other.close()
            try outcome.get()
            _ = try await unit.receive(RawRequest(Heartbeat(count: 1)))
        },
        ConformanceCheck(
            "port-closed", "When the controlling port disappears, the unit goes dark", .connection,
            says: "if the controlling port disappears, the unit goes dark within 50 ms", needs: .hangUp
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let before = try await unit.status().uptime
            await unit.wire.close()
            try await unit.clock.sleep(for: .milliseconds(150))
            try await unit.reopen()
            let reply = try await unit.greet(.observe).reply
            // Opened again well before the heartbeat's time-out, so that it was not that which put the light out.
            let status = try await unit.status()
            let elapsed = (Double(status.uptime) - Double(before)) * 1e-9
            guard elapsed < 0.9 * Double(unit.identity.heartbeatTimeout) / 1_000 else {
                throw Obstacle("opening the port again took longer than the heartbeat's time-out")
            }
            trial.expect(
                reply.state == .dark && status.light.isEmpty,
                "\(elapsed) s later the unit is \(reply.state), light \(status.light.rawValue)")
        },
    ]

    private static func trySecond(_ other: Wire, _ trial: Trial) async throws {
        let hello = Hello(
            access: .control, hostName: FixedText("the second host") ?? FixedText(), hostInstance: 2,
            challenge: FixedArray(repeating: 0))
        let answer = try await other.exchange(RawRequest(hello))
        guard case .refused(let refusal, _) = answer else {
            throw Violation("Hello for Control on a second port got \(answer.description)")
        }
        trial.expect(refusal.code == .busy, "it got \(answer.description)")
        trial.expect(refusal.text.contains("the first host"), "the text '\(refusal.text)' does not name the controller")
        var observing = hello
        observing.access = .observe
        guard case .reply = try await other.exchange(RawRequest(observing)) else {
            throw Violation("a second host may not even observe")
        }
    }
}
