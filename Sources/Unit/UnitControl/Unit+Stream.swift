public import UnitProtocol
internal import UnitTransport

extension Unit {
    /// Starts a link session on this unit and returns its stream, which must be read.
    public func startStream(_ plan: StreamPlan) async throws(UnitError) -> UnitStream {
        guard plan.frameBytes <= identity.maximumFrameBytes else {
            throw .outOfRange(
                what: "frame size", value: "\(plan.frameBytes) B", range: "1024…\(identity.maximumFrameBytes) B")
        }
        let began = clock.now
        guard handle(.start(session: plan.session, light: plan.light(of: identity.role))) == .none else {
            throw .refused(
                request: "StartStream", code: .inProgress, state: state, fieldID: 0, field: nil,
                text: "this program already runs a session on the unit")
        }
        // What the unit may run after a start that failed.
        var sessions = [plan.session]
        do throws(UnitError) {
            do throws(TransportError) {
                try await transport.openStream(
                    StreamGeometry(frameBytes: plan.frameBytes, secret: plan.purpose == .key))
            } catch {
                throw UnitError.transport(error)
            }
            let started = try await ask(Self.request(plan), for: StreamStarted.self, deadline: .seconds(2), attempts: 1)
            if started.sessionId != plan.session { sessions.append(started.sessionId) }
            if let reason = started.contradiction(of: plan, cachedCapabilities, role: identity.role) {
                throw UnitError.badReply(request: "StartStream", reason: reason)
            }
            let stream = UnitStream(plan: plan, started: started, since: began, transport: transport, clock: clock)
            self.stream = stream
            if case .endStream(let cause) = handle(.started) { stream.unitEnded(cause) }
            return stream
        } catch {
            _ = handle(.refusedStart)
            await transport.closeStream()
            if error.leavesStartOpen {
                // The unit must not stream into the void. A task of its own, which the cancellation does not reach; the
                // unit waits a second for somebody to read.
                await Task(executorPreference: clock.executor) { [sessions] in
                    for session in sessions {
                        _ = try? await self.ask(
                            StopStream(sessionId: session), for: StreamStopped.self, deadline: .seconds(3), attempts: 1)
                    }
                }.value
            }
            throw error
        }
    }

    private static func request(_ plan: StreamPlan) -> StartStream {
        StartStream(
            sessionId: plan.session, purpose: plan.purpose, options: plan.options, frameBytes: UInt32(plan.frameBytes),
            symbolsPerFrame: plan.symbolsPerFrame, symbolRate: plan.symbolRate, vacuumFraction: plan.vacuumFraction,
            trainingFraction: plan.trainingFraction, darkFraction: plan.darkFraction, symbolLimit: plan.symbolLimit)
    }

    /// Asks the unit to end the session. The reader goes on until the end frame.
    public func stopStream() async throws(UnitError) -> StreamStopped {
        guard let stream else {
            throw .refused(
                request: "StopStream", code: .sessionUnknown, state: state, fieldID: 0, field: nil,
                text: "this program runs no session on the unit")
        }
        _ = handle(.stop)
        defer { _ = handle(.stopped) }
        let stopped = try await askToStop(stream.plan.session)
        if let reason = stream.contradiction(of: stopped) {
            stream.refuse(stopped, because: reason)
            throw .badReply(request: "StopStream", reason: reason)
        }
        stream.expectEnd(stopped)
        return stopped
    }

    /// Asks for the end of a session, and once more if nobody answers: the unit gives the same answer again. A unit that has
    /// swallowed two is not waited for as long a second time, because light and other units wait behind it.
    func askToStop(_ session: UInt64) async throws(UnitError) -> StreamStopped {
        let request = StopStream(sessionId: session)
        if unansweredStops.contains(session) {
            return try await ask(request, for: StreamStopped.self, deadline: .milliseconds(500), attempts: 1)
        }
        do throws(UnitError) {
            do throws(UnitError) {
                return try await ask(request, for: StreamStopped.self, deadline: .seconds(3), attempts: 1)
            } catch .timedOut {
                return try await ask(request, for: StreamStopped.self, deadline: .milliseconds(1500), attempts: 1)
            }
        } catch {
            guard case .timedOut(let name, _) = error else { throw error }
            unansweredStops.insert(session)
            throw .timedOut(request: name, milliseconds: 4500)
        }
    }

    /// Gives the buffers of an ended stream back, and declares what the end frame could not.
    public func finishStream(_ stopped: StreamStopped?) async {
        guard let stream else { return }
        if let stopped { stream.settle(stopped) }
        await transport.closeStream()
        self.stream = nil
    }
}

extension UnitError {
    /// Whether a unit may have begun a session although StartStream failed so: its reply did not come, or says something
    /// else than was asked. One that refuses, or that nothing reaches, has not, or cannot be told.
    fileprivate var leavesStartOpen: Bool {
        switch self {
        case .refused, .transport: false
        default: true
        }
    }
}
