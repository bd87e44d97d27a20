internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension TransportConformance {
    static let streams = [
        TransportCheck(name: "a session is conserved from its first symbol to its end frame") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            let stream = try await start(unit, rate: rig.symbolRate)
            async let reading = drain(stream)
            try await flow(stream, seconds: 1, of: rig)
            let stopped = try await unit.stopStream()
            try await reading
            await unit.finishStream(stopped)
            await unit.close()
            let counters = stream.counters
            try expect(counters.deliveredSymbols > 0, "no symbol was delivered")
            try expect(counters.isConserved, "delivered + gaps is not the span")
            try expect(
                counters.nextSymbol == stopped.nextSymbol,
                "the end differs: \(counters.nextSymbol), \(stopped.nextSymbol)")
            try expect(
                counters.deliveredSymbols == stopped.deliveredSymbols,
                "\(counters.deliveredSymbols) symbols came of \(stopped.deliveredSymbols)")
            try expect(counters.frames == stopped.framesSent, "\(counters.frames) frames came of \(stopped.framesSent)")
            try expect(counters.corruptFrames + counters.malformedFrames == 0, "there were bad frames")
        },
        TransportCheck(name: "what a consumer that sleeps makes the unit lose is declared, and memory stays bounded") {
            rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            let stream = try await start(unit, rate: max(rig.symbolRate, overflowRate))
            let made = try await overflow(of: unit, by: rig.clock)
            async let reading = drain(stream)
            try await flow(stream, to: made, by: rig.clock)
            let stopped = try await unit.stopStream()
            try await reading
            await unit.finishStream(stopped)
            await unit.close()
            let counters = stream.counters
            try expect(counters.isConserved, "delivered + gaps is not the span")
            try expect(counters.nextSymbol == stopped.nextSymbol, "the end differs")
            try expect(counters.missingSymbols > 0 && counters.gaps > 0, "the loss is not declared")
        },
        TransportCheck(name: "ten sessions in a row each begin at symbol 0") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            for _ in 0..<10 {
                let stream = try await start(unit, rate: rig.symbolRate)
                async let reading = drain(stream)
                try await flow(stream, seconds: 0.05, of: rig)
                let stopped = try await unit.stopStream()
                try await reading
                await unit.finishStream(stopped)
                try expect(stream.counters.isConserved, "delivered + gaps is not the span")
                try expect(stream.counters.staleFrames == 0, "frames of an earlier session came")
            }
            await unit.close()
        },
        TransportCheck(name: "closing in the middle of a stream ends its reader with closed") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            let stream = try await start(unit, rate: rig.symbolRate)
            let reading = Task(executorPreference: rig.clock.executor) { try await drain(stream) }
            try await flow(stream, seconds: 0.2, of: rig)
            await unit.close()
            do {
                try await reading.value
                throw ConformanceFailure("the reader ended without an error")
            } catch let error as UnitError {
                try expect(error == .transport(.closed), "the reader ended with '\(error)'")
            }
            // The next connection finds a unit that can be used.
            let next = try await Unit.connect(rig.open(), hostName: "conformance", clock: rig.clock)
            _ = try await next.status()
            await next.close()
        },
    ]

    /// A standalone session with the lights that the role has.
    static func start(_ unit: Unit, rate: Double) async throws -> UnitStream {
        // An earlier connection may have left the unit streaming until its heartbeat time-out.
        let status = try await unit.status()
        if status.state == .streaming {
            _ = try? await unit.ask(StopStream(sessionId: status.sessionId), for: StreamStopped.self)
        }
        if unit.identity.role == .alice {
            try await unit.set(SetSignalLaser(on: true))
        } else {
            try await unit.set(SetLocalOscillator(on: true, power: 0))
        }
        try await unit.waitUntil(.ready, within: .seconds(20))
        let isAlice = unit.identity.role == .alice
        return try await unit.startStream(
            StreamPlan(
                session: .random(in: 1...UInt64.max), purpose: .test, options: .standalone,
                frameBytes: StreamPlan.defaultFrameBytes,
                symbolsPerFrame: 4064, symbolRate: rate, vacuumFraction: isAlice ? 0 : 0.3,
                trainingFraction: isAlice ? 0.3 : 0))
    }

    /// Symbols per second that fill the unit's memory and the host's within seconds: 4 MB/s. A line that does not carry
    /// them overflows too.
    static let overflowRate = 1e6

    /// The most of a stream that a transport may hold while nobody reads, B: twice the largest pool, 32 buffers of 256 KiB
    /// of USB. The rest is for what kernel and line hold.
    static let heldBytes: UInt64 = 16 << 20

    /// Waits until something of the stream was lost because nobody reads, and returns how many symbols were made by then.
    /// What is bounded loses; a unit that has made more than both memories hold, and lost nothing, shows one that grows.
    private static func overflow(of unit: Unit, by clock: HostClock) async throws -> UInt64 {
        let limit = clock.now + .seconds(60)
        while true {
            let status = try await unit.status()
            let transport = await unit.anomalies.transport
            // A serial line never makes the unit wait: there it is the host that drops.
            if status.droppedSymbols + transport.droppedStreamFrames > 0 { return status.nextSymbol }
            try expect(
                status.nextSymbol * 4 <= unit.identity.streamBufferBytes + heldBytes,
                "after \(status.nextSymbol) symbols that nobody reads nothing is lost: somebody's memory grows")
            try expect(clock.now < limit, "after a minute there are \(status.nextSymbol) symbols only")
            try await clock.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until a stream that is read has come so far: as many symbols as the unit makes in that time.
    static func flow(_ stream: UnitStream, seconds: Double, of rig: any TransportRig) async throws {
        try await flow(stream, to: UInt64(seconds * rig.symbolRate), by: rig.clock)
    }

    /// Waits until a stream that is read has come to a symbol.
    private static func flow(_ stream: UnitStream, to symbol: UInt64, by clock: HostClock) async throws {
        let limit = clock.now + .seconds(60)
        while stream.counters.nextSymbol < symbol {
            try expect(clock.now < limit, "after a minute symbol \(symbol) has not come")
            try await clock.sleep(for: .milliseconds(5))
        }
    }

    static func drain(_ stream: UnitStream) async throws {
        while try await stream.read({ _, _ in }) {}
    }
}
