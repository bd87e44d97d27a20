internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let requestChecks = [
        ConformanceCheck(
            "get-requests", "Each request that only reads gets its own reply", .requests,
            says: "each request gets exactly one reply with the same number: the message of the table or Error"
        ) { unit, trial in
            let replies: [UInt16] = [
                Status.templateID, Capabilities.templateID, TelemetryCatalog.templateID, Telemetry.templateID,
                OpticalState.templateID, ClockMessage.templateID, SchemaText.templateID,
            ]
            for (request, template) in zip(everyGet, replies) {
                let answer = try await unit.wire.exchange(request)
                guard case .reply(let arrival) = answer else {
                    trial.expect(false, "\(request.name) got \(answer.description)")
                    continue
                }
                trial.expect(arrival.template == template, "\(request.name) got \(arrival.name)")
            }
        },
        ConformanceCheck(
            "one-reply-in-order", "Requests that are sent at once are answered once each, in their order", .requests,
            says: "each gets exactly one reply with the same number; requests are carried out in the order of arrival"
        ) { unit, trial in
            let start = unit.wire.mark
            var numbers: [UInt32] = []
            for index in 0..<30 {
                let number = unit.wire.nextNumber()
                numbers.append(number)
                let request = index % 2 == 0 ? RawRequest(GetStatus()) : RawRequest(GetOpticalState())
                try await unit.wire.send(request.frame(number: number))
            }
            let last = unit.wire.nextNumber()
            try await unit.wire.send(RawRequest(GetStatus()).frame(number: last))
            let answer = try await unit.wire.answer(to: last, since: start, patience: .seconds(5))
            guard case .reply = answer else { throw Violation("the last of 31 requests got \(answer.description)") }
            // A reply that comes twice may come the second time after the last one.
            try await unit.clock.sleep(for: .milliseconds(20))
            let wanted = Set(numbers)
            let seen = unit.wire.arrivals(since: start).filter {
                $0.header.channel == .reply && wanted.contains($0.header.number)
            }.map(\.header.number)
            trial.expect(seen.count == numbers.count, "\(numbers.count) requests got \(seen.count) replies")
            trial.expect(seen == numbers, "the replies did not come in the order of the requests")
        },
        ConformanceCheck(
            "zero-counts", "Nothing cannot be measured, and nothing can be read", .requests,
            says: "counts of 0: OutOfRange for Capture and MeasureMoments; a part of 0 bytes or samples is empty"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let part = try await unit.receive(RawRequest(GetSchema(offset: 0, maximumBytes: 0)))
            trial.expect(try schemaPart(part).bytes.isEmpty, "a part of 0 bytes of the schema is not empty")
            if unit.can(.moments) {
                let nothing = RawRequest(MeasureMoments(samples: 0, kind: .dark))
                try await expect(unit, trial, nothing, .outOfRange, field: 1, "of 0 samples")
            }
            guard unit.can(.capture) else { return }
            let nothing = RawRequest(Capture(sampleCount: 0))
            try await expect(unit, trial, nothing, .outOfRange, field: 1, "of 0 samples")
            let ready = try await unit.ask(Capture(sampleCount: 16), for: CaptureReady.self, patience: .seconds(3))
            let read = RawRequest(ReadCapture(captureId: ready.captureId, offset: 0, count: 0))
            trial.expect(try samples(await unit.receive(read)).isEmpty, "0 samples of a capture are not empty")
        },
        ConformanceCheck(
            "reply-time", "Replies come within 200 ms", .requests,
            says: "within 200 ms, but for Capture, MeasureMoments, RunSelfTest and StopStream"
        ) { unit, trial in
            var times: [Double] = []
            for _ in 0..<15 {
                let begun = unit.clock.now
                let answer = try await unit.wire.exchange(RawRequest(GetStatus()))
                guard case .reply(let arrival) = answer else { throw Violation("GetStatus got \(answer.description)") }
                times.append((arrival.time - begun).inSeconds)
            }
            times.sort()
            // The median: one reply that this machine or the line held up is not the unit's.
            trial.measure(
                "reply_time_median", times[times.count / 2], "s", ConformanceLimits(high: 0.2, marginalHigh: 0.15))
            trial.measure("reply_time_longest", times[times.count - 1], "s")
        },
        ConformanceCheck(
            "unknown-message", "What is no request that the unit knows gets UnknownMessage", .requests,
            says: "unknown message, another schema id, or a message that is not a request: UnknownMessage"
        ) { unit, trial in
            let nothing = [UInt8](repeating: 0, count: 8)
            var foreign = RawRequest(GetStatus())
            foreign.schema = 4_711
            let requests = [
                (RawRequest(template: 94, name: "message 94", block: nothing), "a reserved message number"),
                (RawRequest(template: 65_000, name: "message 65000", block: nothing), "a message that does not exist"),
                (foreign, "a message of schema 4711"),
                (
                    RawRequest(template: Status.templateID, name: "Status", block: [UInt8](repeating: 0, count: 88)),
                    "a reply sent as a request"
                ),
            ]
            for (request, what) in requests {
                try await expect(unit, trial, request, .unknownMessage, "\(what)")
            }
        },
        ConformanceCheck(
            "short-block", "A block shorter than version 0, or a length beyond the frame, is Malformed", .requests,
            says: "a block shorter than version 0 of the message or lengths that contradict each other: Malformed"
        ) { unit, trial in
            var short = RawRequest(Heartbeat(count: 1))
            short.block = []
            try await expect(unit, trial, short, .malformed, "an empty block")
            var beyond = RawRequest(GetClock(hostTime: 1))
            beyond.statedLength = 64
            try await expect(unit, trial, beyond, .malformed, "a block length beyond the frame")
        },
        ConformanceCheck(
            "number-zero", "A request with number 0 is Malformed", .requests, says: "request number 0: Malformed"
        ) { unit, trial in
            let start = unit.wire.mark
            try await unit.wire.send(RawRequest(GetStatus()).frame(number: 0))
            let answer = try await unit.wire.answer(to: 0, since: start)
            guard case .refused(let refusal, _) = answer else {
                throw Violation("a request with number 0 got \(answer.description)")
            }
            trial.expect(refusal.code == .malformed, "it got \(refusal.code)")
        },
        ConformanceCheck(
            "longer-block", "A block of a later version, and bytes behind it, are skipped", .frames,
            says: "what lies behind the fields that a receiver knows it skips"
        ) { unit, trial in
            var later = RawRequest(GetClock(hostTime: 0x1122_3344_5566_7788))
            later.version = 7
            later.block += [UInt8](repeating: 0xEE, count: 16)
            let clock = try await unit.receive(later).block(ClockMessage.self)
            trial.expect(clock.hostTime == 0x1122_3344_5566_7788, "hostTime came back as \(clock.hostTime)")
            var tail = RawRequest(GetStatus())
            tail.tail = [UInt8](repeating: 0xEE, count: 24)
            _ = try await unit.receive(tail)
        },
        ConformanceCheck(
            "too-large", "A request longer than maximumControlFrame is TooLarge", .requests,
            says: "longer than maximumControlFrame: TooLarge, looked for before everything else"
        ) { unit, trial in
            let limit = Int(unit.identity.maximumControlFrame)
            try trial.require(limit >= 1_024, "maximumControlFrame is \(limit)")
            guard limit + 8 <= Frame.maximumBytes else { throw Inapplicable("the unit takes frames of any length") }
            var request = RawRequest(GetStatus())
            request.tail = [UInt8](repeating: 0, count: limit + 8 - 32 - 8 - request.block.count)
            try await expect(unit, trial, request, .tooLarge, "a request of \(limit + 8) bytes")
            request.tail.removeLast(8)
            _ = try await unit.receive(request)
        },
        ConformanceCheck(
            "error-messages", "An Error names the request and tells a person what was wrong", .requests,
            says: "Error.requestId is the refused request; the text has at most 200 bytes and names the wrong value"
        ) { unit, trial in
            let state = try await unit.status().state
            let provocations = [
                RawRequest(GetBootloaderIdentity()), RawRequest(Reset(kind: .warm, confirmation: 1)),
                RawRequest(StopStream(sessionId: 0xDEAD_BEEF)),
            ]
            for request in provocations {
                let answer = try await unit.wire.exchange(request)
                guard case .refused(let refusal, _) = answer else {
                    throw Violation("\(request.name) got \(answer.description)")
                }
                trial.expect(
                    refusal.request == request.template, "Error to \(request.name) names request \(refusal.request)")
                trial.expect(refusal.state == state, "Error to \(request.name) says \(refusal.state) in \(state)")
                let length = refusal.text.utf8.count
                trial.expect((1...200).contains(length), "Error to \(request.name) has a text of \(length) bytes")
            }
        },
        ConformanceCheck(
            "status", "Status says what the unit is doing, and who controls it", .requests,
            says: "state, activity, light, the last session, uptime, and the hostName of the controlling host"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            try await unit.greet(name: "who, pid 77")
            let status = try await unit.status()
            trial.expect(status.controller.description == "who, pid 77", "controller is '\(status.controller)'")
            trial.expect(status.state == .dark && status.activity == .idle, "\(status.state), \(status.activity)")
            trial.expect(status.light.isEmpty, "light is \(status.light.rawValue) in state Dark")
            trial.expect(status.purpose == 0, "purpose \(status.purpose) without a session")
            trial.expect(status.faultCode == 0, "fault code \(status.faultCode) in state Dark")
            let later = try await unit.status()
            trial.expect(later.uptime >= status.uptime, "uptime stepped back")
        },
        ConformanceCheck(
            "clock", "GetClock maps the unit's clock, to 1 µs, and it never steps", .time,
            says: "hostTime is echoed, receivedTime ≤ sentTime, resolution 1 µs or better, never steps"
        ) { unit, trial in
            var last: UInt64 = 0
            var residues = Set<UInt64>()
            var first: (host: HostClock.Instant, unit: UInt64)?
            var drift = 0.0
            for index in 0..<40 {
                let echo = UInt64.random(in: 1...UInt64.max)
                let begun = unit.clock.now
                let clock = try await unit.ask(GetClock(hostTime: echo), for: ClockMessage.self)
                let middle = begun + (unit.clock.now - begun) / 2
                trial.expect(clock.hostTime == echo, "hostTime \(echo) came back as \(clock.hostTime)")
                trial.expect(clock.receivedTime <= clock.sentTime, "received after it was sent")
                trial.expect(clock.receivedTime >= last, "the clock stepped back by \(last &- clock.receivedTime) ns")
                last = clock.sentTime
                residues.insert(clock.receivedTime % 1_000_000)
                if let first {
                    let elapsed = (middle - first.host).inSeconds
                    drift = Double(clock.receivedTime &- first.unit) * 1e-9 - elapsed
                } else {
                    first = (middle, clock.receivedTime)
                }
                if index % 10 == 9 { try await unit.clock.sleep(for: .milliseconds(20)) }
            }
            // 40 readings of a clock that counts milliseconds are all multiples of them; of one that counts
            // microseconds, fewer than 10 different remainders have a probability below 1e-60.
            trial.measure("different_remainders_below_1_ms", Double(residues.count), "1", .atLeast(10))
            // What line and scheduling may add; a clock in other units than ns is off by far more.
            trial.measure("drift_against_host", drift, "s", ConformanceLimits(low: -0.2, high: 0.2))
        },
    ]

    /// Sends a request and expects an `Error` with a code, and with a field if one is given.
    static func expect(
        _ unit: TestedUnit, _ trial: Trial, _ request: RawRequest, _ code: ErrorCode, field: UInt16? = nil,
        _ what: String
    ) async throws {
        let answer = try await unit.wire.exchange(request)
        guard case .refused(let refusal, _) = answer else {
            return trial.expect(false, "\(request.name), \(what), got \(answer.description) instead of \(code)")
        }
        trial.expect(refusal.code == code, "\(request.name), \(what), got \(answer.description) instead of \(code)")
        if let field, refusal.code == code {
            trial.expect(
                refusal.field == field, "\(request.name), \(what): fieldId is \(refusal.field) instead of \(field)")
        }
    }
}
