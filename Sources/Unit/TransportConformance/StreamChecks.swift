internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension TransportConformance {
    static let streams = [
        TransportCheck(name: "a session is conserved from its first symbol to its end frame") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance")
            let stream = try await start(unit, rate: rig.symbolRate)
            async let reading = drain(stream)
            try await Task.sleep(for: .seconds(1))
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
            let unit = try await Unit.connect(rig.open(), hostName: "conformance")
            let stream = try await start(unit, rate: rig.symbolRate)
            try await Task.sleep(for: .seconds(2))
            async let reading = drain(stream)
            try await Task.sleep(for: .milliseconds(500))
            let stopped = try await unit.stopStream()
            try await reading
            await unit.finishStream(stopped)
            await unit.close()
            let counters = stream.counters
            try expect(counters.isConserved, "delivered + gaps is not the span")
            try expect(counters.nextSymbol == stopped.nextSymbol, "the end differs")
        },
        TransportCheck(name: "ten sessions in a row each begin at symbol 0") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance")
            for _ in 0..<10 {
                let stream = try await start(unit, rate: rig.symbolRate)
                async let reading = drain(stream)
                try await Task.sleep(for: .milliseconds(50))
                let stopped = try await unit.stopStream()
                try await reading
                await unit.finishStream(stopped)
                try expect(stream.counters.isConserved, "delivered + gaps is not the span")
                try expect(stream.counters.staleFrames == 0, "frames of an earlier session came")
            }
            await unit.close()
        },
        TransportCheck(name: "closing in the middle of a stream ends its reader with closed") { rig in
            let unit = try await Unit.connect(rig.open(), hostName: "conformance")
            let stream = try await start(unit, rate: rig.symbolRate)
            let reading = Task { try await drain(stream) }
            try await Task.sleep(for: .milliseconds(200))
            await unit.close()
            do {
                try await reading.value
                throw ConformanceFailure("the reader ended without an error")
            } catch let error as UnitError {
                try expect(error == .transport(.closed), "the reader ended with '\(error)'")
            }
            // The next connection finds a unit that can be used.
            let next = try await Unit.connect(rig.open(), hostName: "conformance")
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

    static func drain(_ stream: UnitStream) async throws {
        while try await stream.read({ _, _ in }) {}
    }
}
