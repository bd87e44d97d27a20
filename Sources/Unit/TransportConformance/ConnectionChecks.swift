internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension TransportConformance {
    static let connection = [
        TransportCheck(name: "a unit answers Hello, and a hundred requests in order") { rig in
            let unit = try await Unit.connect(rig.open(), access: .observe, hostName: "conformance", clock: rig.clock)
            for _ in 0..<100 {
                let status = try await unit.status()
                try expect(status.state != .bootloader, "status says bootloader")
            }
            let anomalies = await unit.anomalies
            try expect(anomalies.unmatchedReplies == 0, "\(anomalies.unmatchedReplies) replies matched no request")
            await unit.close()
        },
        TransportCheck(name: "long replies arrive whole: the unit's schema text is a schema") { rig in
            let transport = try await rig.open()
            let text = try await Unit.fetchSchema(transport, clock: rig.clock)
            await transport.close()
            try expect(text.utf8.count > 20_000 && text.contains("messageSchema"), "\(text.utf8.count) bytes of text")
        },
        TransportCheck(name: "requests under way at once are told apart") { rig in
            let unit = try await Unit.connect(rig.open(), access: .observe, hostName: "conformance", clock: rig.clock)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        if index % 2 == 0 { _ = try await unit.status() } else { _ = try await unit.telemetry() }
                    }
                }
                try await group.waitForAll()
            }
            await unit.close()
        },
        TransportCheck(name: "a cancelled receive ends with cancelled, and the connection goes on") { rig in
            let transport = try await rig.open()
            let waiting = Task(executorPreference: rig.clock.executor) { () -> TransportError? in
                do throws(TransportError) {
                    _ = try await transport.receiveControl()
                    return nil
                } catch {
                    return error
                }
            }
            // It waits by now, most of the time, and nothing tells; one that begins later has to end as well.
            try await rig.clock.sleep(for: .milliseconds(20))
            waiting.cancel()
            let ending = await waiting.value
            try expect(ending == .cancelled, "it ended with \(String(describing: ending))")
            let unit = try await Unit.connect(transport, access: .observe, hostName: "conformance", clock: rig.clock)
            _ = try await unit.status()
            await unit.close()
        },
        TransportCheck(name: "close ends whoever waits, and everything after it, with closed; twice is once") { rig in
            let transport = try await rig.open()
            async let pending = failure(within: .seconds(1), by: rig.clock, "a pending receive") {
                () async throws(TransportError) in
                _ = try await transport.receiveControl()
            }
            // As above.
            try await rig.clock.sleep(for: .milliseconds(20))
            await transport.close()
            await transport.close()
            let ending = try await pending
            try expect(ending == .closed, "a pending receive ended with '\(ending)'")
            let after = try await failure(within: .seconds(1), by: rig.clock, "a later send") {
                () async throws(TransportError) in
                try await transport.send([UInt8](repeating: 0, count: 40))
            }
            try expect(after == .closed, "a later send ended with '\(after)'")
        },
        TransportCheck(name: "a second connection is refused with busy while the first is open") { rig in
            guard rig.isExclusive else { return }
            let first = try await rig.open()
            do {
                let second = try await rig.open()
                await second.close()
                await first.close()
                throw ConformanceFailure("the second connection was made")
            } catch let error as TransportError {
                await first.close()
                guard case .busy = error else { throw ConformanceFailure("it was refused with '\(error)'") }
            }
        },
    ]
}
