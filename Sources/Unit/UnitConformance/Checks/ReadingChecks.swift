internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    /// Checks with a host that does not read what the unit sends.
    static let readingChecks = [
        ConformanceCheck(
            "replies-held", "Replies that a host does not read for a while are held, all of them", .requests,
            says: "never a reply: while a unit has no room for a further reply it takes no further request"
        ) { unit, trial in
            let (wire, start) = (unit.wire, unit.wire.mark)
            let transport = wire.transport
            guard transport.stall(true) else {
                throw Inapplicable("this connection takes in what the unit sends, whether anybody reads it or not")
            }
            let numbers = (0..<repliesHeld).map { _ in wire.nextNumber() }
            // A unit that takes no further request holds the sender up.
            let sender = Task(executorPreference: unit.clock.executor) {
                for number in numbers { try await wire.send(RawRequest(GetCapabilities()).frame(number: number)) }
            }
            try? await unit.clock.sleep(for: .milliseconds(300))
            _ = transport.stall(false)
            try await sender.value
            _ = try await unit.wire.first(since: start, within: .seconds(5)) { $0.header.number == numbers.last }
            let wanted = Set(numbers)
            let seen = unit.wire.arrivals(since: start).filter {
                $0.header.channel == .reply && wanted.contains($0.header.number)
            }.map(\.header.number)
            trial.measure("replies", Double(seen.count), "1", .exactly(Double(numbers.count)))
            trial.expect(seen == numbers, "the replies did not come once each, in the order of the requests")
        },
        ConformanceCheck(
            "host-does-not-read", "What a host does not read is discarded after 1 s, counted, and said", .session,
            says:
                "if the host does not read for 1 s the unit discards what is left, counts it as dropped (Gap in the end frame)",
            capabilities: .standalone
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let request = try await unit.plan()
            // More than a line holds by itself, and not more than half of the unit's FIFO.
            let depth = Double(unit.identity.streamBufferBytes)
            let slots = (min(0.5 * depth, 200_000) / Double(request.frameBytes)).rounded(.up)
            let seconds = slots * Double(request.symbolsPerFrame) / request.symbolRate
            let recording = try await unread(unit, request, seconds: seconds, afterwards: .milliseconds(1_600))
            guard let stopped = recording.stopped, let end = recording.ending?.message else {
                throw Violation("no end frame came")
            }
            trial.measure("dropped_symbols", Double(stopped.droppedSymbols), "1", .atLeast(1))
            trial.expect(end.flags.contains(.gap), "the end frame has flags \(end.flags.rawValue), without Gap")
            judgeLoss(recording, stopped, trial)
        },
        ConformanceCheck(
            "overflow", "What does not fit into the FIFO is lost in whole slots, declared, and flagged", .session,
            says:
                "the unit drops new whole slots, adds them to droppedSymbols, and sets Gap and Overflow in the next frame",
            capabilities: .standalone
        ) { unit, trial in
            try await unit.bring(to: .ready)
            var request = try await unit.plan(vacuum: 0, dark: 0)
            let depth = Double(unit.identity.streamBufferBytes)
            let symbols = depth / Double(request.frameBytes) * Double(request.symbolsPerFrame)
            if unit.wantedRate == nil {
                request.symbolRate = max(
                    request.symbolRate, min(try await unit.capabilities().maximumSymbolRate, symbols))
            }
            let seconds = symbols / request.symbolRate
            guard seconds <= 5 else { throw Inapplicable("the FIFO takes \(seconds.rounded()) s to fill at this rate") }
            if case .serial(_, let baud?) = unit.endpoint.selector, depth * 10 / Double(baud) > 5 {
                throw Inapplicable("the line takes \((depth * 10 / Double(baud)).rounded()) s to empty the FIFO")
            }
            let recording = try await unread(unit, request, seconds: 1.4 * seconds + 0.2, afterwards: .zero)
            guard let stopped = recording.stopped else { throw Violation("no end frame came") }
            guard stopped.droppedSymbols > 0 || recording.faults.count > 0 else {
                throw Inapplicable("nothing was lost: something between unit and host has room for it")
            }
            trial.measure("dropped_symbols", Double(stopped.droppedSymbols), "1")
            judgeLoss(recording, stopped, trial)
            var before: UInt64 = 0
            for frame in recording.frames where frame.message.content == .measured {
                let flags = frame.message.flags
                let hasLoss = frame.message.droppedSymbols > before
                before = frame.message.droppedSymbols
                trial.expect(
                    flags.isSuperset(of: [.gap, .overflow]) == hasLoss,
                    "frame \(frame.header.number) \(hasLoss ? "follows a loss" : "follows no loss") and has flags "
                        + "\(flags.rawValue)")
                trial.expect(
                    frame.message.droppedSymbols % UInt64(request.symbolsPerFrame) == 0,
                    "\(frame.message.droppedSymbols) dropped symbols are not whole slots of \(request.symbolsPerFrame)")
            }
        },
    ]

    /// More than the 64 frames that a unit holds at least.
    private static let repliesHeld = 200

    /// A session that the host does not read for so long, and whose StopStream it sends before it reads again.
    private static func unread(
        _ unit: TestedUnit, _ request: StartStream, seconds: Double, afterwards: Duration
    ) async throws -> Recording {
        let session = try await unit.start(request, countsOnly: true)
        let transport = unit.wire.transport
        guard transport.stall(true) else {
            _ = try await unit.finish(session)
            throw Inapplicable("this connection takes in what the unit sends, whether anybody reads it or not")
        }
        let (number, start) = (unit.wire.nextNumber(), unit.wire.mark)
        do {
            try await unit.clock.sleep(for: .seconds(seconds))
            let stop = RawRequest(StopStream(sessionId: request.sessionId))
            try await unit.wire.send(stop.frame(number: number))
            try await unit.clock.sleep(for: afterwards)
        } catch {
            _ = transport.stall(false)
            throw error
        }
        _ = transport.stall(false)
        let answer = try await unit.wire.answer(to: number, since: start, patience: .seconds(10))
        guard case .reply(let arrival) = answer else {
            _ = await session.recorder.finish(request, session.started, nil)
            throw Violation("StopStream of a session that was not read got \(answer.description)")
        }
        return try await unit.collect(session, try arrival.block(StreamStopped.self))
    }

    /// Whatever was lost is in the final figures, and frames are numbered without holes.
    private static func judgeLoss(_ recording: Recording, _ stopped: StreamStopped, _ trial: Trial) {
        for fault in recording.faults { trial.expect(false, "what came is no stream frame: \(fault)") }
        let delivered = recording.measured.reduce(UInt64(0)) { $0 + UInt64($1.message.count) }
        trial.expect(
            delivered == stopped.deliveredSymbols,
            "StreamStopped says \(stopped.deliveredSymbols) delivered symbols, \(delivered) came")
        trial.expect(
            delivered + stopped.droppedSymbols == stopped.nextSymbol,
            "\(delivered) delivered and \(stopped.droppedSymbols) dropped symbols of \(stopped.nextSymbol)")
        trial.expect(
            recording.ending?.message.droppedSymbols == stopped.droppedSymbols,
            "the end frame declares \(recording.ending?.message.droppedSymbols ?? 0) of \(stopped.droppedSymbols) symbols"
        )
        for (index, frame) in recording.frames.enumerated() {
            trial.expect(frame.header.number == UInt32(index), "frame \(index) has number \(frame.header.number)")
        }
        trial.measure("frames", Double(recording.frames.count), "1", .exactly(Double(stopped.framesSent)))
    }
}
