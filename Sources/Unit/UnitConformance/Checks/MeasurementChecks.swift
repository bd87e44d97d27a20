internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let measurementChecks = [
        ConformanceCheck(
            "capture", "A capture is taken in time and can be read in parts", .measurements,
            says: "the reply comes within 200 ms + count / rate; counts and offset count int16 values",
            capabilities: .capture
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let wanted = min(4_000, try await unit.capabilities().maximumCaptureSamples) & ~1
            let begun = unit.clock.now
            let arrival = try await unit.receive(RawRequest(Capture(sampleCount: wanted)), patience: .seconds(5))
            let ready = try arrival.block(CaptureReady.self)
            trial.measure("samples", Double(ready.sampleCount), "1", .exactly(Double(wanted)))
            try trial.require(ready.sampleCount == wanted, "\(wanted) samples were asked for")
            trial.expect(ready.format == .x16 || ready.format == .xp16, "its format is \(ready.format)")
            trial.measure("sample_rate", ready.sampleRate, "Hz", ConformanceLimits(low: 1e-3))
            let allowed = 0.2 + Double(wanted) / max(1, ready.sampleRate)
            trial.measure(
                "capture_time", (arrival.time - begun).inSeconds, "s",
                ConformanceLimits(high: allowed + 0.3, marginalHigh: allowed))
            let whole = try await capture(unit, ready, from: 0)
            trial.expect(whole.count == 2 * Int(wanted), "\(whole.count / 2) of \(wanted) samples could be read")
            let half = wanted / 2
            let tail = try await capture(unit, ready, from: half)
            trial.expect(tail[...] == whole.dropFirst(2 * Int(half)), "samples from \(half) on differ when read again")
            trial.expect(Set(whole).count > 2, "all samples are alike")
            let end = RawRequest(ReadCapture(captureId: ready.captureId, offset: wanted, count: 10))
            trial.expect(try samples(await unit.receive(end)).isEmpty, "what lies at the end is not empty")
            let beyond = RawRequest(ReadCapture(captureId: ready.captureId, offset: wanted + 1, count: 1))
            try await expect(unit, trial, beyond, .outOfRange, field: 2, "offset behind the end")
        },
        ConformanceCheck(
            "capture-refusals", "Half a pair of samples, and a capture that does not exist, are OutOfRange",
            .measurements,
            says:
                "XP16: an odd count is OutOfRange; whether a capture exists is looked at last: OutOfRange of captureId",
            capabilities: .capture
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let ready = try await unit.ask(Capture(sampleCount: 16), for: CaptureReady.self, patience: .seconds(3))
            if ready.format == .xp16 {
                try await expect(
                    unit, trial, RawRequest(Capture(sampleCount: 3)), .outOfRange, field: 1, "of 3 samples")
            }
            let other = RawRequest(ReadCapture(captureId: ready.captureId &+ 77, offset: 0, count: 1))
            try await expect(unit, trial, other, .outOfRange, field: 1, "of a capture that does not exist")
        },
        ConformanceCheck(
            "moments", "Moments of dark and vacuum are what was asked for", .measurements,
            says: "samples per quadrature, n, Σ and Σ²; within 200 ms + samples / symbol rate", needs: .bob,
            capabilities: .moments
        ) { unit, trial in
            let data = try await unit.capabilities()
            let count = min(20_000, data.maximumMomentSamples)
            let quadratures: UInt8 = data.detection == .heterodyne ? 2 : 1
            var variances: [Double] = []
            for (state, kind) in [(UnitState.dark, SymbolKind.dark), (.ready, .vacuum)] {
                try await unit.bring(to: state)
                try await unit.clock.sleep(for: .seconds(data.shutterSettling + 0.02))
                let moments = try await unit.ask(
                    MeasureMoments(samples: count, kind: kind), for: Moments.self, patience: .seconds(30))
                trial.expect(
                    moments.kind == kind && moments.samples == count, "\(kind), \(count) samples are not echoed")
                trial.expect(
                    moments.quadratures == quadratures, "\(moments.quadratures) quadratures of a \(data.detection)")
                trial.expect(moments.endTime >= moments.startTime, "it ended before it began")
                trial.expect(
                    quadratures == 2 || moments.sumP == 0 && moments.sumSquaresP == 0,
                    "one quadrature is summed, and ΣP is \(moments.sumP), ΣP² \(moments.sumSquaresP)")
                trial.expect(
                    moments.clippedSamples <= count * UInt64(quadratures),
                    "\(moments.clippedSamples) samples of \(count) are clipped")
                let (n, sum) = (Double(count), Double(moments.sumX))
                variances.append((Double(moments.sumSquaresX) - sum * sum / n) / n)
                trial.measure(
                    "variance_\(kind.description.lowercased())", variances.last ?? .nan, "LSB^2",
                    ConformanceLimits(low: 0))
            }
            // Both have a relative uncertainty of √(2/n); a receiver with 3 dB of clearance is far above six of them.
            trial.measure("vacuum_per_dark", variances[1] / max(variances[0], 1e-9), "1", .atLeast(1.1))
        },
        ConformanceCheck(
            "moments-conditions", "Moments need the light and the shutter that their kind says", .measurements,
            says: "Vacuum: LO on, shutter closed and at rest; Dark: LO off, shutter closed; else ConditionNotMet",
            needs: .bob, capabilities: [.moments, .shutter]
        ) { unit, trial in
            func request(_ kind: SymbolKind) -> RawRequest { RawRequest(MeasureMoments(samples: 100, kind: kind)) }
            try await unit.bring(to: .dark)
            try await expect(unit, trial, request(.vacuum), .conditionNotMet, "vacuum with the LO off")
            try await expect(unit, trial, request(.signal), .outOfRange, field: 2, "of signal")
            try await unit.bring(to: .ready)
            try await expect(unit, trial, request(.dark), .conditionNotMet, "dark with the LO on")
            try await unit.acknowledged(SetShutter(position: .open))
            try await expect(unit, trial, request(.vacuum), .conditionNotMet, "vacuum with the shutter open")
            try await unit.acknowledged(SetShutter(position: .closed))
        },
        ConformanceCheck(
            "self-test", "The self-test replies within 10 s, and its outcome is that of its items", .measurements,
            says: "RunSelfTest replies within 10 s", capabilities: .selfTest
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let begun = unit.clock.now
            let arrival = try await unit.receive(RawRequest(RunSelfTest()), patience: .seconds(11))
            trial.measure("self_test_time", (arrival.time - begun).inSeconds, "s", .atMost(10))
            let (outcome, items) = try selfTest(arrival)
            trial.expect(!items.isEmpty, "it has no items")
            for item in items where item.outcome != .notRun {
                let isWithin = item.measured >= item.low && item.measured <= item.high
                trial.expect(
                    isWithin == (item.outcome == .passed),
                    "\(item.name): \(item.measured) of \(item.low) … \(item.high) \(item.unit) is called \(item.outcome)"
                )
            }
            let isGood = items.allSatisfy { $0.outcome != .failed }
            trial.expect((outcome == .passed) == isGood, "the whole is \(outcome), its items are not")
        },
        ConformanceCheck(
            "one-at-a-time", "While one measurement runs, another is InProgress and short requests are answered",
            .measurements, says: "one of them at a time: a second gets InProgress; heartbeats go on meanwhile",
            capabilities: [.selfTest, .capture]
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let number = unit.wire.nextNumber()
            let start = unit.wire.mark
            try await unit.wire.send(RawRequest(RunSelfTest()).frame(number: number))
            let second = try await unit.wire.exchange(RawRequest(Capture(sampleCount: 16)))
            let light = try await unit.wire.exchange(unit.light(true))
            let activity = try await unit.status().activity
            let answer = try await unit.wire.answer(to: number, since: start, patience: .seconds(11))
            guard case .reply(let reply) = answer else { throw Violation("RunSelfTest got \(answer.description)") }
            switch second {
            case .refused(let refusal, let arrival):
                guard arrival.order < reply.order else { throw Inapplicable("the self-test is over at once") }
                trial.expect(refusal.code == .inProgress, "Capture during a self-test got \(second.description)")
                if case .refused(let refusal, _) = light, refusal.code == .inProgress { break }
                trial.expect(false, "light on during a self-test got \(light.description)")
            case .reply(let arrival) where arrival.order > reply.order:
                throw Inapplicable("the self-test is over at once")
            default: trial.expect(false, "Capture during a self-test got \(second.description)")
            }
            trial.expect(activity == .selfTesting, "Status said \(activity) meanwhile")
        },
        ConformanceCheck(
            "start-while-measuring", "While a measurement runs no session begins, and that is looked for first",
            .measurements, says: "StartStream while a measurement runs is InProgress, before SessionReused",
            needs: .bob, capabilities: [.selfTest, .standalone]
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let used = try await unit.plan(vacuum: 0, dark: 1)
            _ = try await unit.record(used, slots: 2)
            var fresh = used
            fresh.sessionId = .random(in: 1...UInt64.max)
            let number = unit.wire.nextNumber()
            let start = unit.wire.mark
            try await unit.wire.send(RawRequest(RunSelfTest()).frame(number: number))
            let attempts = [
                ("a session that was used", RawRequest(used), ErrorCode.inProgress),
                ("session 0", RawRequest(used).setting(UInt64(0), at: 0), .outOfRange),
                ("a new session", RawRequest(fresh), .inProgress),
            ]
            var answers: [Answer] = []
            for (_, request, _) in attempts { answers.append(try await unit.wire.exchange(request)) }
            let last = try await unit.wire.answer(to: number, since: start, patience: .seconds(11))
            for ((what, _, code), answer) in zip(attempts, answers) {
                // What came behind the self-test's reply says nothing.
                if case .reply(let end) = last, case .reply(let arrival) = answer, arrival.order > end.order {
                    throw Inapplicable("the self-test is over at once")
                }
                guard case .refused(let refusal, let arrival) = answer else {
                    trial.expect(false, "StartStream of \(what) during a self-test got \(answer.description)")
                    continue
                }
                if case .reply(let end) = last, arrival.order > end.order { continue }
                trial.expect(
                    refusal.code == code, "StartStream of \(what) during a self-test got \(answer.description)")
            }
        },
    ]

    static func samples(_ arrival: Arrival) throws(Violation) -> [UInt8] {
        try arrival.read { (reader) throws(MessageFault) in
            _ = try reader.block(as: CaptureData.self)
            return try reader.data(CaptureData.samples).withUnsafeBytes { [UInt8]($0) }
        }
    }

    /// Bytes of a capture from a sample on.
    static func capture(_ unit: TestedUnit, _ ready: CaptureReady, from first: UInt32) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let offset = first + UInt32(bytes.count / 2)
            guard offset < ready.sampleCount else { return bytes }
            let request = ReadCapture(captureId: ready.captureId, offset: offset, count: ready.sampleCount - offset)
            let part = try samples(await unit.receive(RawRequest(request)))
            guard !part.isEmpty, part.count % 2 == 0 else {
                throw Violation("ReadCapture at \(offset) of \(ready.sampleCount) gave \(part.count) bytes")
            }
            bytes += part
        }
    }

    private static func selfTest(
        _ arrival: Arrival
    ) throws(Violation) -> (TestOutcome, [SelfTestResult.ItemsEntry]) {
        try arrival.read { (reader) throws(MessageFault) in
            let block = try reader.block(as: SelfTestResult.self)
            var group = try reader.group(of: SelfTestResult.ItemsEntry.self)
            var items: [SelfTestResult.ItemsEntry] = []
            while let item = try group.next() { items.append(item) }
            return (block.outcome, items)
        }
    }
}
