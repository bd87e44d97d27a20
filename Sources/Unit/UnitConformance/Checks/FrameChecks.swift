internal import UnitProtocol

extension ConformanceSuite {
    static let frameChecks = [
        ConformanceCheck(
            "bad-crc-dropped", "A frame with a wrong CRC is dropped without an answer", .frames,
            says: "a frame with a wrong magic, version, length or CRC is dropped without an answer"
        ) { unit, trial in
            try await expectSilence(unit, trial, "a frame with a wrong CRC") { frame in
                var frame = frame
                frame[28] ^= 0x40
                return frame
            }
        },
        ConformanceCheck(
            "bad-header-dropped", "A frame with a wrong magic, version or length is dropped without an answer", .frames,
            says: "a frame with a wrong magic, version, length or CRC is dropped without an answer"
        ) { unit, trial in
            let changes: [(String, Int, [UInt8])] = [
                ("magic 0x5144", 0, [0x44]), ("frame version 2", 2, [2]),
                ("a length beyond its end", 4, [0xFF, 0, 0, 0]), ("length 65,537", 4, [1, 0, 1, 0]),
            ]
            for (what, offset, bytes) in changes {
                try await expectSilence(unit, trial, "a frame with \(what)") {
                    RawFrame.patched($0, at: offset, bytes)
                }
            }
        },
        ConformanceCheck(
            "other-channels-dropped", "Frames of channels that hosts do not send on are dropped", .frames,
            says: "frames of other channels are dropped"
        ) { unit, trial in
            for channel: UInt8 in [2, 3, 4, 5, 9] {
                try await expectSilence(unit, trial, "a GetStatus on channel \(channel)") {
                    RawFrame.patched($0, at: 3, [channel])
                }
            }
        },
        ConformanceCheck(
            "reserved-not-looked-at", "Reserved bytes of a received frame are not looked at", .frames,
            says: "a reserved or padding byte is sent as 0 and not looked at when received"
        ) { unit, trial in
            let number = unit.wire.nextNumber()
            let start = unit.wire.mark
            var request = RawRequest(GetStatus())
            request.block = [UInt8](repeating: 0xA5, count: request.block.count)
            let frame = RawFrame.patched(request.frame(number: number), at: 12, [1, 2, 3, 4])
            try await unit.wire.send(frame)
            let answer = try await unit.wire.answer(to: number, since: start)
            guard case .reply = answer else {
                throw Violation("GetStatus with reserved bytes that are not 0 got \(answer.description)")
            }
        },
        ConformanceCheck(
            "reply-frames", "Replies and events come in frames as the document has them", .frames,
            says: "reserved bytes and the session of other than stream frames are 0; a reply has at most 4,096 bytes"
        ) { unit, trial in
            for request in everyGet { _ = try await unit.wire.exchange(request) }
            for remark in unit.wire.remarks { trial.expect(false, remark) }
            let longest = unit.wire.arrivals().map(\.frame.count).max() ?? 0
            trial.measure("longest_control_frame", Double(longest), "B", ConformanceLimits(high: 4_096))
        },
        ConformanceCheck(
            "event-numbers", "Events are numbered from 0 from each Hello on, without holes", .frames,
            says: "event numbers count from 0 for each connection (each Hello), without holes"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            for _ in 0..<2 {
                let start = unit.wire.mark
                try await unit.greet()
                _ = try await unit.receive(unit.light(true))
                _ = try await unit.receive(unit.light(false))
                _ = try await unit.wire.first(since: start, within: .milliseconds(500)) {
                    $0.header.channel == .event && stateChange($0)?.after == .dark
                }
                let events = unit.wire.arrivals(since: start).filter { $0.header.channel == .event }
                guard !events.isEmpty else { throw Violation("light on and off caused no event") }
                for (index, event) in events.enumerated() {
                    trial.expect(
                        event.header.number == UInt32(index),
                        "event \(index + 1) since Hello (\(event.name)) has number \(event.header.number)")
                }
            }
        },
    ]

    /// Requests that only read, each with its reply.
    static let everyGet: [RawRequest] = [
        RawRequest(GetStatus()), RawRequest(GetCapabilities()), RawRequest(GetTelemetryCatalog(firstIndex: 0)),
        RawRequest(GetTelemetry()), RawRequest(GetOpticalState()), RawRequest(GetClock(hostTime: 1)),
        RawRequest(GetSchema(offset: 0, maximumBytes: 4_000)),
    ]

    static func stateChange(_ arrival: Arrival) -> StateChanged? { try? arrival.block(StateChanged.self) }

    /// Sends a spoilt GetStatus and then a good one: requests are carried out in order, so that whatever the first
    /// causes has come when the second is answered.
    private static func expectSilence(
        _ unit: TestedUnit, _ trial: Trial, _ what: String, _ spoil: ([UInt8]) -> [UInt8]
    ) async throws {
        let number = unit.wire.nextNumber()
        let start = unit.wire.mark
        try await unit.wire.send(spoil(RawRequest(GetStatus()).frame(number: number)))
        let after = try await unit.wire.exchange(RawRequest(GetStatus()))
        guard case .reply = after else {
            throw Violation("after \(what), a good GetStatus got \(after.description)")
        }
        for arrival in unit.wire.arrivals(since: start) where arrival.header.channel == .reply {
            trial.expect(arrival.header.number != number, "\(what) was answered with \(arrival.name)")
        }
    }
}
