internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension TransportConformance {
    static let removal = [
        TransportCheck(name: "unplugging an idle unit is reported as gone within 250 ms") { rig in
            let transport = try await rig.open()
            let unit = try await Unit.connect(transport, hostName: "conformance", clock: rig.clock)
            let events = await unit.events()
            let start = rig.clock.now
            await rig.unplug()
            var reason: TransportError?
            for await event in events {
                if case .disconnected(let error) = event { reason = error }
            }
            let elapsed = rig.clock.now - start
            try await checkGone(reason, after: elapsed)
            do {
                _ = try await unit.status()
                throw ConformanceFailure("a later request was answered")
            } catch let error as UnitError {
                guard case .transport(.gone) = error else {
                    throw ConformanceFailure("a later request ended with '\(error)'")
                }
            }
            await unit.close()
            await rig.replug()
        },
        TransportCheck(name: "unplugging in mid-stream ends stream and requests with gone within 250 ms") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            let stream = try await start(unit, rate: rig.symbolRate)
            let clock = rig.clock
            let reading = Task(executorPreference: clock.executor) { () -> (UnitError?, HostClock.Instant) in
                do {
                    try await drain(stream)
                    return (nil, clock.now)
                } catch {
                    return (error as? UnitError, clock.now)
                }
            }
            try await flow(stream, seconds: 0.3, of: rig)
            let pulled = clock.now
            await rig.unplug()
            let (ending, ended) = await reading.value
            guard case .transport(let reason) = ending else {
                throw ConformanceFailure("the stream ended with \(String(describing: ending))")
            }
            try await checkGone(reason, after: ended - pulled)
            try expect(stream.counters.isConserved, "delivered + gaps is not the span")
            try expect(stream.counters.deliveredSymbols > 0, "no symbol was delivered before")
            await unit.close()
            await rig.replug()
        },
        TransportCheck(name: "a unit that comes back can be used again") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            let stream = try await start(unit, rate: rig.symbolRate)
            async let reading = drain(stream)
            try await flow(stream, seconds: 0.2, of: rig)
            let stopped = try await unit.stopStream()
            try await reading
            await unit.finishStream(stopped)
            try expect(stream.counters.isConserved, "delivered + gaps is not the span")
            await unit.close()
        },
    ]

    private static func checkGone(_ reason: TransportError?, after elapsed: Duration) async throws {
        guard case .gone = reason else { throw ConformanceFailure("it was reported as \(String(describing: reason))") }
        try expect(elapsed < .milliseconds(250), "it took \(elapsed)")
    }
}
