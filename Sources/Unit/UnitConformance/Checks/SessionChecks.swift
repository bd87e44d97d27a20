internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let sessionChecks =
        kindChecks + [
            ConformanceCheck(
                "stop-stream", "StopStream ends the session at a slot's border, and is answered again", .session,
                says: "StopStream ends at a slot's border; afterwards for the last session, with the same answer",
                capabilities: .standalone
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let start = unit.wire.mark
                let request = try await unit.plan()
                let recording = try await unit.record(request, slots: 10)
                guard let stopped = recording.stopped else { return }
                trial.expect(stopped.sessionId == request.sessionId, "it names session \(stopped.sessionId)")
                trial.expect(stopped.cause == .command, "its cause is \(stopped.cause)")
                trial.expect(
                    stopped.nextSymbol % UInt64(request.symbolsPerFrame) == 0,
                    "it ended at \(stopped.nextSymbol), slots have \(request.symbolsPerFrame) symbols")
                let again = try await unit.wire.exchange(RawRequest(StopStream(sessionId: request.sessionId)))
                guard case .reply(let arrival) = again else {
                    throw Violation("a second StopStream got \(again.description)")
                }
                trial.expect(try arrival.block(StreamStopped.self) == stopped, "a second StopStream got other figures")
                let status = try await unit.status()
                trial.expect(
                    status.sessionId == stopped.sessionId && status.nextSymbol == stopped.nextSymbol
                        && status.droppedSymbols == stopped.droppedSymbols && status.framesSent == stopped.framesSent,
                    "Status says session \(status.sessionId), \(status.nextSymbol) symbols, \(status.droppedSymbols) dropped, "
                        + "\(status.framesSent) frames; StreamStopped \(stopped.sessionId), \(stopped.nextSymbol), "
                        + "\(stopped.droppedSymbols), \(stopped.framesSent)")
                let other = RawRequest(StopStream(sessionId: request.sessionId ^ 1))
                try await expect(unit, trial, other, .sessionUnknown, "of another session")
                let changes = try await changes(unit, since: start, until: .ready)
                trial.expect(
                    changes.map(\.after) == [.streaming, .ready], "the announced changes are \(words(changes))")
            },
            ConformanceCheck(
                "symbol-limit", "A session with a limit ends by itself exactly there", .session,
                says: "the limit symbolLimit is exact; cause SymbolLimit", capabilities: .standalone
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let start = unit.wire.mark
                var request = try await unit.plan()
                request.symbolLimit = UInt64(request.symbolsPerFrame) * 5 + 17
                let session = try await unit.start(request)
                let seconds = Double(request.symbolLimit) / request.symbolRate
                let changes = try await changes(unit, since: start, until: .ready, within: .seconds(2 * seconds + 3))
                trial.expect(
                    changes.last?.after == .ready && changes.last?.cause == .symbolLimit,
                    "the last announced change is to \(changes.last?.after.description ?? "nothing"), cause "
                        + "\(changes.last?.cause.description ?? "none")")
                let recording = try await unit.finish(session)
                let end = Double(recording.stopped?.nextSymbol ?? 0)
                trial.measure("end", end, "1", .exactly(Double(request.symbolLimit)))
                trial.expect(recording.stopped?.cause == .symbolLimit, "StreamStopped has another cause")
                trial.expect(recording.ending?.message.firstSymbol == request.symbolLimit, "the end frame is elsewhere")
            },
            ConformanceCheck(
                "session-reused", "A session number that was used before is refused", .session,
                says: "a unit refuses its last 64 numbers with SessionReused", capabilities: .standalone
            ) { unit, trial in
                try await unit.bring(to: .ready)
                // With the shutter where it is: it shall not move a hundred times.
                func next() async throws -> StartStream { try await unit.plan(vacuum: 1, dark: 0) }
                let request = try await next()
                _ = try await unit.record(request, slots: 2)
                for _ in 0..<63 {
                    let session = try await unit.start(try await next(), countsOnly: true)
                    _ = try await unit.finish(session)
                }
                try await expect(
                    unit, trial, RawRequest(request), .sessionReused, "with the number of 64 sessions ago")
            },
            ConformanceCheck(
                "key-session", "In a Key session nothing can be captured, and earlier captures are erased", .session,
                says:
                    "Key: Capture and ReadCapture get PurposeForbids, what was captured before is erased at its start",
                capabilities: [.standalone, .capture]
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let ready = try await unit.ask(Capture(sampleCount: 64), for: CaptureReady.self, patience: .seconds(3))
                let read = RawRequest(ReadCapture(captureId: ready.captureId, offset: 0, count: 16))
                _ = try await unit.receive(read)
                let session = try await unit.start(try await unit.plan(purpose: .key))
                try await expect(unit, trial, RawRequest(Capture(sampleCount: 64)), .purposeForbids, "in a Key session")
                try await expect(unit, trial, read, .purposeForbids, "in a Key session")
                let purpose = try await unit.status().purpose
                trial.expect(purpose == SessionPurpose.key.rawValue, "Status says purpose \(purpose)")
                try await session.recorder.waits(within: .seconds(3)) { $0.frameCount > 3 }
                let recording = try await unit.finish(session)
                trial.expect(
                    recording.frames.allSatisfy { $0.message.purpose == .key }, "frames do not say purpose Key")
                let after = try await unit.wire.exchange(read)
                guard case .refused = after else { throw Violation("the capture of before can still be read") }
            },
            ConformanceCheck(
                "capture-in-session", "In a Test session the unit captures beside the stream", .requests,
                says: "Capture: Dark, Ready, Streaming (never in a session of purpose Key)",
                capabilities: [.standalone, .capture]
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let session = try await unit.start(try await unit.plan())
                let answer = try await unit.wire.exchange(RawRequest(Capture(sampleCount: 64)), patience: .seconds(3))
                _ = try await unit.finish(session)
                guard case .reply(let arrival) = answer else {
                    throw Violation("Capture in a Test session got \(answer.description)")
                }
                trial.expect(try arrival.block(CaptureReady.self).sampleCount == 64, "another number of samples")
            },
            ConformanceCheck(
                "hello-keeps-session", "A new Hello on the controlling port doesn't touch the session", .connection,
                says:
                    "a new Hello on the controlling port replaces the connection but doesn't touch a session that runs",
                capabilities: .standalone
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let session = try await unit.start(try await unit.plan())
                try await session.recorder.waits(within: .seconds(3)) { $0.frameCount > 3 }
                let reply = try await unit.greet().reply
                trial.expect(reply.state == .streaming, "HelloReply says \(reply.state)")
                let before = session.recorder.nextSymbol
                let slot = UInt64(session.request.symbolsPerFrame)
                let goesOn = try await session.recorder.waits(within: .seconds(3)) { $0.nextSymbol > before + 4 * slot }
                trial.expect(goesOn, "no symbols came after the second Hello")
                let recording = try await unit.finish(session)
                trial.expect(recording.stopped?.cause == .command, "the session was ended by something else")
            },
            ConformanceCheck(
                "dark-session", "A Bob streams dark slots without light", .session,
                says: "StartStream is allowed in state Dark for a standalone Bob with darkFraction = 1", needs: .bob,
                capabilities: .standalone
            ) { unit, trial in
                try await unit.bring(to: .dark)
                let lit = RawRequest(try await unit.plan(vacuum: 0.5, dark: 0.5))
                try await expect(unit, trial, lit, .wrongState, "that needs light, in state Dark")
                let recording = try await unit.record(try await unit.plan(vacuum: 0, dark: 1), slots: 20)
                trial.expect(
                    recording.measured.allSatisfy { $0.message.kind == .dark || $0.message.kind == .guard },
                    "frames of other kinds than Dark came")
                trial.expect(!recording.measured.isEmpty, "no frame came")
                let state = try await unit.status().state
                trial.expect(state == .dark, "the unit is \(state) afterwards")
            },
            ConformanceCheck(
                "shutter-returns", "After a session the shutter is where it was before it", .states,
                says: "in a session Bob's unit moves it by itself; afterwards it returns to where it was", needs: .bob,
                capabilities: [.standalone, .shutter]
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let settling = try await unit.capabilities().shutterSettling
                for (position, vacuum) in [(ShutterPosition.closed, 0.0), (.open, 1.0)] {
                    try await unit.acknowledged(SetShutter(position: position))
                    try await unit.clock.sleep(for: .seconds(settling + 0.02))
                    _ = try await unit.record(try await unit.plan(vacuum: vacuum, dark: 0), slots: 8)
                    try await unit.clock.sleep(for: .seconds(settling + 0.1))
                    let state = try await unit.optics()
                    trial.expect(
                        state.shutterSet == position && state.shutterReadBack == position,
                        "it was \(position) before a session, and is set \(state.shutterSet), read back "
                            + "\(state.shutterReadBack), after it")
                }
                try await unit.acknowledged(SetShutter(position: .closed))
            },
            ConformanceCheck(
                "armed", "A Bob without Alice waits, sends nothing, and can be stopped", .session,
                says: "a Bob that waits for Alice sends nothing, and his session can be stopped like any other",
                needs: .bob
            ) { unit, trial in
                try await unit.bring(to: .ready)
                let session = try await unit.start(try await unit.plan(options: []))
                try await unit.clock.sleep(for: .milliseconds(300))
                trial.expect(session.recorder.frameCount == 0, "\(session.recorder.frameCount) frames came")
                let status = try await unit.status()
                trial.expect(
                    status.state == .streaming && status.sessionId == session.request.sessionId,
                    "Status says \(status.state), session \(status.sessionId)")
                let recording = try await unit.finish(session)
                trial.expect(recording.stopped?.nextSymbol == 0, "it ended at \(recording.stopped?.nextSymbol ?? 0)")
                trial.expect(
                    recording.frames.count == 1 && recording.ending != nil, "the end frame is not all that came")
            },
        ]
}
