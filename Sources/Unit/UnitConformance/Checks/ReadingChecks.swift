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
            let recording = try await unreadTail(unit)
            guard let stopped = recording.stopped, let end = recording.ending?.message else {
                throw Violation("no end frame came")
            }
            // Sessions are lengthened by half a FIFO until something is lost. A FIFO that was full besides has lost about as
            // little as that for want of room; one that was discarded, all that it held.
            if end.flags.contains(.overflow) {
                let (request, depth) = (recording.request, Double(unit.identity.streamBufferBytes))
                func bytes(_ symbols: UInt64) -> Double {
                    Double(symbols) / Double(request.symbolsPerFrame) * Double(request.frameBytes)
                }
                guard bytes(stopped.nextSymbol) >= 0.75 * depth else {
                    throw Violation(
                        "the end frame has Overflow, and all \(bytes(stopped.nextSymbol).rounded()) bytes of the session "
                            + "have room in the FIFO of \(unit.identity.streamBufferBytes): what is discarded is Gap alone"
                    )
                }
                guard bytes(stopped.droppedSymbols) >= 0.75 * depth else {
                    throw Violation(
                        "the FIFO of \(unit.identity.streamBufferBytes) bytes was full, and "
                            + "\(bytes(stopped.droppedSymbols).rounded()) bytes were dropped: what nobody read for 1.6 s was "
                            + "not discarded")
                }
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
            // What lies between unit and host takes in some of it first.
            let between = symbols * Self.lineRoom / max(depth, 1) / request.symbolRate
            guard seconds + between <= 5 else {
                throw Inapplicable("the FIFO takes \((seconds + between).rounded()) s to fill at this rate")
            }
            if case .serial(_, let baud?) = unit.endpoint.selector, depth * 10 / Double(baud) > 5 {
                throw Inapplicable("the line takes \((depth * 10 / Double(baud)).rounded()) s to empty the FIFO")
            }
            let recording = try await unread(unit, request, seconds: 1.4 * (seconds + between) + 0.2, afterwards: .zero)
            guard let stopped = recording.stopped else { throw Violation("no end frame came") }
            trial.measure("dropped_symbols", Double(stopped.droppedSymbols), "1")
            judgeLoss(recording, stopped, trial)
            judgeConservation(recording, trial)
            if stopped.droppedSymbols == 0, recording.isContiguous, !recording.hasFlags([.gap, .overflow]) {
                throw Inapplicable("nothing was lost: something between unit and host has room for it")
            }
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

    /// What is taken to lie between a unit and its host at most, in pipes, queues and converters, bytes.
    private static let lineRoom = 262_144.0

    /// A session of which something waits in the unit's FIFO when it ends, and at most half of what that holds: what a line
    /// takes in by itself is not known, so that sessions become longer until something is lost.
    private static func unreadTail(_ unit: TestedUnit) async throws -> Recording {
        var request = try await unit.plan()
        let depth = min(Double(unit.identity.streamBufferBytes), 400_000)
        let step = max(1, (0.5 * depth / Double(request.frameBytes)).rounded(.down))
        guard depth >= 4 * Double(request.frameBytes) else {
            throw Violation("streamBufferBytes is \(unit.identity.streamBufferBytes), \(request.frameBytes) a frame")
        }
        var slots = step
        while true {
            request.sessionId = .random(in: 1...UInt64.max)
            // The session ends by itself exactly there, however late this machine asks for its end.
            request.symbolLimit = UInt64(slots) * UInt64(request.symbolsPerFrame)
            let seconds = slots * Double(request.symbolsPerFrame) / request.symbolRate
            let recording = try await unread(unit, request, seconds: seconds + 0.1, afterwards: .milliseconds(1_600))
            let isWhole = recording.stopped?.droppedSymbols == 0 && recording.isContiguous && recording.ending != nil
            if !isWhole { return recording }
            guard slots * Double(request.frameBytes) < Self.lineRoom + depth else {
                throw Violation(
                    "\(Int(slots)) frames that nobody read for 1.6 s were all delivered afterwards: none was discarded")
            }
            slots += step
        }
    }

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
        let delivered = recording.deliveredSymbols
        trial.expect(
            delivered == stopped.deliveredSymbols,
            "StreamStopped says \(stopped.deliveredSymbols) delivered symbols, \(delivered) came")
        trial.expect(
            UnitNumber.sum(delivered, stopped.droppedSymbols) == stopped.nextSymbol,
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
