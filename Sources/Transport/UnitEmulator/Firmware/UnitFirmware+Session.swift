internal import UnitProtocol

extension UnitFirmware {
    private static let patience: UInt64 = 1_000_000_000

    func startStream(_ request: StartStream, _ asker: Asker) throws(Refusal) {
        if has(.reuseBeforeProgress) { try refuseUsed(request) }
        if !has(.startsWhileMeasuring) { try refuseWhileBusy() }
        try refuseUsed(request)
        recentSessions = Array((recentSessions + [request.sessionId]).suffix(has(.fewSessionsRemembered) ? 8 : 64))
        abandonStream()
        fifo.withRecord { record in
            if let record { finishedRecords = Array((finishedRecords + [record]).suffix(7)) }
        }
        if request.purpose == .key && !has(.captureSurvivesKey) { capture = nil }
        let session = makeSession(request)
        self.session = session
        fifo.begin(
            SentSession(
                session: session.id, purpose: session.purpose, keepsDigests: configuration.keepsSampleDigests),
            stride: session.stride, port: asker.port)
        perform(machine.handle(.sessionStarted))
        send(
            StreamStarted(
                sessionId: session.id, purpose: has(.purposeNotEchoed) ? .calibration : session.purpose,
                sampleFormat: configuration.sampleFormat, filterId: configuration.sessionFilter,
                frameBytes: UInt32(session.stride), symbolRate: session.rate,
                sampleScale: configuration.role == .alice
                    ? settings.sampleScale(optics.model) * (has(.wrongScale) ? 1.1 : 1) : 0,
                deviceTime: has(.startTimeWrong) ? .max : deviceTime),
            asker)
        if configuration.role == .alice { sendBeacon(isRunning: true) }
    }

    private func refuseUsed(_ request: StartStream) throws(Refusal) {
        guard !recentSessions.contains(request.sessionId) || has(.sessionsReusable) else {
            throw Refusal(.sessionReused, field: 1, "session \(request.sessionId) was used before")
        }
    }

    private func makeSession(_ request: StartStream) -> StreamSession {
        let waits = configuration.role == .bob && !request.options.contains(.standalone) && !has(.armedStreams)
        let slot = UInt64(request.symbolsPerFrame)
        let limit = has(.limitAtBorder) ? (request.symbolLimit + slot - 1) / slot * slot : request.symbolLimit
        var session = StreamSession(
            id: request.sessionId, purpose: request.purpose, options: request.options,
            stride: Int(request.frameBytes), slotSymbols: Int(request.symbolsPerFrame), rate: request.symbolRate,
            settlingSymbols: UInt64((configuration.shutterSettling * request.symbolRate).rounded(.up)),
            plan: SlotPlan(
                seed: has(.vacuumFollowsTraining)
                    ? PairConfiguration.seed(of: .alice, optics.model) : configuration.seed,
                session: has(.kindsRepeat) ? 0 : request.sessionId, training: request.trainingFraction,
                vacuum: has(.fractionsIgnored) ? 0.1 : request.vacuumFraction * (has(.fractionsShort) ? 0.8 : 1),
                dark: request.darkFraction,
                period: has(.kindsPeriodic) ? 10 : nil),
            limit: limit == 0 ? .max : limit,
            link: optics.link(symbolRate: request.symbolRate), phase: waits ? .armed : .running, start: now,
            shutter: PhysicsState.Shutter(
                isOpen: settings.shutterIsOpen, movedAt: optics.seconds(settings.shutterMoved)),
            shutterWasOpen: settings.shutterIsOpen)
        session.guardUntil = symbolsUntilRest(request.symbolRate)
        return session
    }

    /// Symbols until a shutter that a command has moved before the session is at rest: they are guard too.
    private func symbolsUntilRest(_ rate: Double) -> UInt64 {
        let rest = settings.shutterMoved + shutterSettling
        guard configuration.role == .bob, rest > now, settings.shutterMoved > 0, !has(.noGuard) else { return 0 }
        return UInt64((Double(rest - now) * 1e-9 * rate).rounded(.up))
    }

    func refuseWhileBusy() throws(Refusal) {
        if let measurement {
            throw Refusal(has(.busyAsCondition) ? .conditionNotMet : .inProgress, "\(measurement.activity) runs")
        }
    }

    func stopStream(_ request: StopStream, _ asker: Asker) throws(Refusal) {
        guard let session, session.id == request.sessionId || has(.anySessionStops) else {
            throw Refusal(.sessionUnknown, field: 1, "session \(request.sessionId) does not run")
        }
        if has(.stopsOnce) && session.isEnded { throw Refusal(.sessionUnknown, field: 1, "the session is over") }
        if !session.isEnded {
            if has(.stopsInsideSlots) { self.session?.lose(3, .gap) }
            writeEnd(.command)
        }
        stops.append(asker)
        drain = DrainWatch(waiting: fifo.waiting, since: now)
        finishStops()
    }

    /// Answers StopStream when the FIFO is empty, or when nobody has read it for a second.
    func finishStops() {
        guard !stops.isEmpty, let session, case .ended(let cause) = session.phase else { return }
        let waiting = fifo.waiting
        if waiting != drain.waiting { drain = DrainWatch(waiting: waiting, since: now) }
        if waiting > 0 {
            guard now >= drain.since + Self.patience, !has(.keepsForSilentHost) else { return }
            abandonStream()
        }
        answerStops(cause)
        if machine.state == .streaming { perform(machine.handle(.sessionEnded(.command))) }
    }

    private func answerStops(_ cause: StateMachine.Cause) {
        guard let session else { return }
        let message = StreamStopped(
            sessionId: session.id, nextSymbol: session.nextSymbol, framesSent: session.framesCommitted,
            deliveredSymbols: session.delivered, droppedSymbols: session.dropped + (has(.finalLossAdded) ? 1_000 : 0),
            cause: StateCause(rawValue: cause.rawValue))
        let waiting = stops
        stops = []
        for asker in waiting { send(message, asker) }
    }

    /// The session ends by itself.
    func finishSession(_ cause: StateMachine.Cause) {
        writeEnd(cause)
        perform(machine.handle(.sessionEnded(cause)))
    }

    /// The state machine ends the session.
    func endSession(_ cause: StateMachine.Cause) {
        if has(.deadManLosesEnd) && cause == .heartbeatLost {
            session?.phase = .ended(cause)
        } else if session?.isEnded == false {
            writeEnd(cause)
        }
    }

    private func writeEnd(_ cause: StateMachine.Cause) {
        guard session != nil else { return }
        session?.phase = .ended(cause)
        commitEndFrame()
        if configuration.role == .bob, let session {
            if !has(.shutterNotReturned) { move(shutterTo: session.shutterWasOpen) }
            applyOptics()
        } else {
            sendBeacon(isRunning: false)
        }
    }

    private func move(shutterTo isOpen: Bool) {
        guard isOpen != settings.shutterIsOpen else { return }
        settings.shutterIsOpen = isOpen
        settings.shutterMoved = now
    }

    private func commitEndFrame() {
        guard var session, !has(.noEndFrame) else { return }
        seal(
            FramePart(first: session.nextSymbol, count: 0, kind: .none, format: .none), of: &session,
            extra: .endOfSession)
        self.session = session
    }

    /// What waits in the FIFO will not be read any more: it counts as dropped. An end frame is made again behind it.
    func abandonStream() {
        guard fifo.waiting > 0, var session = self.session else { return }
        let discarded = fifo.discard()
        session.number &-= UInt32(truncatingIfNeeded: discarded.frames)
        session.framesCommitted -= UInt64(discarded.frames)
        session.delivered -= discarded.symbols
        session.dropped += discarded.symbols
        if discarded.symbols > 0 { session.pending.formUnion(has(.discardIsOverflow) ? [.gap, .overflow] : .gap) }
        self.session = session
        if session.isEnded { commitEndFrame() }
    }

    /// Alice: tells Bob's unit where her counter is.
    func sendBeacon(isRunning: Bool) {
        guard let session, !session.options.contains(.standalone) else { return }
        peer?.send(
            SymbolBeacon(
                sessionId: session.id, symbol: session.nextSymbol, sentTime: deviceTime, symbolRate: session.rate,
                running: isRunning, symbolsPerFrame: UInt32(session.slotSymbols)), now: now)
    }
}
