internal import UnitProtocol
internal import UnitTransport

/// A session that runs.
struct RunningSession {
    let request: StartStream
    let started: StreamStarted
    let recorder: StreamRecorder
}

extension TestedUnit {
    /// Symbols per second of the suite's sessions: what was asked for, else at most 1e5 and a quarter of what a slow line
    /// carries, within what the unit can do.
    func symbolRate() async throws -> Double {
        let capabilities = try await capabilities()
        let (low, high) = (capabilities.minimumSymbolRate, capabilities.maximumSymbolRate)
        var rate = wantedRate ?? 1e5
        if wantedRate == nil, case .serial(_, let baud?) = endpoint.selector {
            rate = min(rate, Double(baud) / 10 / 16)
        }
        return max(low, min(high, rate))
    }

    /// A standalone session of purpose test with both kinds of everything that the role has.
    func plan(
        purpose: SessionPurpose = .test, options: StreamOptions = .standalone, vacuum: Double = 0.4, dark: Double = 0.2,
        training: Double = 0.5, limit: UInt64 = 0
    ) async throws -> StartStream {
        let rate = try await symbolRate()
        let capabilities = try await capabilities()
        // Slots well above the shutter's settling time, as the document asks of hosts.
        let settling = isAlice ? 0 : Int(4 * capabilities.shutterSettling * rate)
        // Not a multiple of 8, so that basis bits are left over.
        let symbols = min(8_188, max(228, (settling + 7) / 8 * 8 + 4))
        var bytes = 1_024
        while bytes < 96 + 4 * symbols { bytes *= 2 }
        return StartStream(
            sessionId: .random(in: 1...UInt64.max), purpose: purpose, options: options, frameBytes: UInt32(bytes),
            symbolsPerFrame: UInt32(symbols), symbolRate: rate, vacuumFraction: isAlice ? 0 : vacuum,
            trainingFraction: isAlice ? training : 0, darkFraction: isAlice ? 0 : dark, symbolLimit: limit)
    }

    /// Starts a session and reads it.
    func start(
        _ request: StartStream, keepsTraining: Bool = false, countsOnly: Bool = false
    ) async throws -> RunningSession {
        let isSecret = request.purpose == .key
        try await wire.transport.openStream(
            StreamGeometry(frameBytes: Int(request.frameBytes), secret: isSecret))
        let recorder = StreamRecorder(
            wire.transport, clock: clock, isSecret: isSecret, keepsTraining: keepsTraining, countsOnly: countsOnly)
        do {
            let started = try await ask(request, for: StreamStarted.self)
            return RunningSession(request: request, started: started, recorder: recorder)
        } catch {
            await wire.transport.closeStream()
            throw error
        }
    }

    /// Stops a session, reads it to its end frame and hands over what was seen.
    func finish(_ session: RunningSession) async throws -> Recording {
        let stopped = try await ask(
            StopStream(sessionId: session.request.sessionId), for: StreamStopped.self, patience: .seconds(4))
        return try await collect(session, stopped)
    }

    /// Reads an ended session to its end frame. An obstacle if this machine lost frames: then nothing can be said.
    func collect(_ session: RunningSession, _ stopped: StreamStopped?) async throws -> Recording {
        try await session.recorder.waits(within: .milliseconds(1_500)) { $0.hasEnded }
        let recording = await session.recorder.finish(session.request, session.started, stopped)
        damagedFrames += recording.faults
        let counters = wire.transport.counters
        guard counters.droppedStreamFrames == droppedFrames else {
            droppedFrames = counters.droppedStreamFrames
            throw Obstacle("this machine was too slow and lost stream frames itself: try a lower symbol rate")
        }
        return recording
    }

    /// A session of a given number of slots from start to stop.
    func record(_ request: StartStream, slots: Int) async throws -> Recording {
        let wanted = UInt64(slots) * UInt64(request.symbolsPerFrame)
        let seconds = Double(wanted) / request.symbolRate
        guard seconds <= Self.longestSession else {
            throw Inapplicable("\(slots) slots take \(seconds.rounded()) s at \(request.symbolRate) symbols a second")
        }
        let session = try await start(request)
        try await session.recorder.waits(within: .seconds(3 * seconds + 2)) { $0.nextSymbol >= wanted || $0.hasEnded }
        return try await finish(session)
    }

    /// Nobody waits longer for one session, s.
    static let longestSession = 120.0

    /// Slots of the shared session: enough for the statistical checks at the highest usual rate, and at most some 4 s.
    static let sharedSlots = 600

    /// The unit's time, ns.
    func time() async throws -> UInt64 {
        try await ask(GetClock(hostTime: 1), for: ClockMessage.self).receivedTime
    }

    /// The one session that several checks look at; made when the first of them needs it.
    func standalone() async throws -> Recording {
        if let sharedRecording { return sharedRecording }
        guard can(.standalone) else { throw Inapplicable("the unit cannot stream without its peer") }
        try await bring(to: .ready)
        let request = try await plan()
        let slots = min(
            Self.sharedSlots, max(120, Int(4 * request.symbolRate / Double(request.symbolsPerFrame))))
        let before = try await time()
        var recording = try await record(request, slots: slots)
        let after = try await time()
        if before <= after { recording.clock = before...after }
        sharedRecording = recording
        return recording
    }
}
