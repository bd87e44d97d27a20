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
            "control-moves", "A running stream stays where it was begun when control moves to another port",
            .connection,
            says: "the stream goes to the port that began it to its end, whoever controls the unit meanwhile",
            needs: .secondPort, capabilities: .standalone
        ) { unit, trial in
            guard let open = unit.ports.openSecond else { return }
            try await unit.bring(to: .ready)
            let session = try await unit.start(try await unit.plan(), countsOnly: true)
            try await session.recorder.waits(within: .seconds(3)) { $0.frameCount > 3 }
            try await unit.greet(.observe)
            let other = Wire(try await open(), clock: unit.clock)
            let outcome: Result<StreamStopped, any Error>
            do {
                outcome = .success(try await takeOver(other, session, unit, trial))
            } catch {
                outcome = .failure(error)
            }
            await other.close()
            let recording = try await unit.collect(session, try? outcome.get())
            let stopped = try outcome.get()
            trial.expect(recording.ending != nil, "no end frame came on the first port")
            trial.expect(
                recording.frames.count == stopped.framesSent,
                "\(recording.frames.count) of \(stopped.framesSent) frames came on the first port")
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

    /// Takes control on another port, sees that the stream goes on where it was, and stops it.
    private static func takeOver(
        _ other: Wire, _ session: RunningSession, _ unit: TestedUnit, _ trial: Trial
    ) async throws -> StreamStopped {
        let request = session.request
        try await other.transport.openStream(StreamGeometry(frameBytes: Int(request.frameBytes), secret: false))
        let recorder = StreamRecorder(other.transport, clock: unit.clock, countsOnly: true)
        let hello = Hello(
            access: .control, hostName: FixedText("the second host") ?? FixedText(), hostInstance: 2,
            challenge: FixedArray(repeating: 0))
        guard case .reply = try await other.exchange(RawRequest(hello)) else {
            throw Violation("control that the first host gave up cannot be taken on another port")
        }
        other.startHeart(every: .milliseconds(Int(max(10, min(unit.identity.heartbeatInterval, 1_000)))))
        let wanted = session.recorder.nextSymbol + 4 * UInt64(request.symbolsPerFrame)
        let goesOn = try await session.recorder.waits(within: .seconds(3)) { $0.nextSymbol > wanted }
        trial.expect(goesOn, "no symbols came on the first port after control had moved")
        let stop = RawRequest(StopStream(sessionId: request.sessionId))
        let answer = try await other.exchange(stop, patience: .seconds(4))
        trial.expect(recorder.frameCount == 0, "\(recorder.frameCount) frames came on the second port")
        _ = await recorder.finish(request, session.started, nil)
        guard case .reply(let arrival) = answer else {
            throw Violation("StopStream by the new controller got \(answer.description)")
        }
        return try arrival.block(StreamStopped.self)
    }

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
