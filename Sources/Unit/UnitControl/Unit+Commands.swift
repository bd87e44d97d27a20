public import UnitProtocol
internal import UnitTransport

/// How the unit's clock relates to the host's.
public struct ClockMapping: Sendable, Equatable {
    /// Device time minus host time at the middle of the exchange, ns.
    public var offset: Int64
    /// Half of the time under way: the mapping's uncertainty, ns.
    public var uncertainty: UInt64
}

extension Unit {
    /// What the unit is doing.
    public func status() async throws(UnitError) -> Status { try await ask(GetStatus(), for: Status.self) }

    /// Settings and read-backs of the optics.
    public func opticalState() async throws(UnitError) -> OpticalState {
        try await ask(GetOpticalState(), for: OpticalState.self)
    }

    /// Maps the unit's clock to the host's, in ns of its `HostClock`.
    public func clockMapping() async throws(UnitError) -> ClockMapping {
        let sent = self.clock.now.nanoseconds
        let clock = try await ask(GetClock(hostTime: sent), for: ClockMessage.self, attempts: 1)
        let received = self.clock.now.nanoseconds
        guard clock.hostTime == sent, clock.receivedTime <= clock.sentTime else {
            throw .badReply(
                request: "GetClock",
                reason: "host time \(clock.hostTime), \(sent) was sent; received at \(clock.receivedTime) and "
                    + "answered at \(clock.sentTime)")
        }
        let middle = Int64(clamping: sent / 2 + received / 2)
        let device = Int64(clamping: clock.receivedTime / 2 + clock.sentTime / 2)
        let onTheWay = (received &- sent) &- (clock.sentTime &- clock.receivedTime)
        return ClockMapping(offset: device - middle, uncertainty: Int64(bitPattern: onTheWay) < 0 ? 0 : onTheWay / 2)
    }

    /// Sets something; the unit acknowledges.
    public func set<Request: UnitMessage>(_ request: Request) async throws(UnitError) {
        try await acknowledged(request)
    }

    /// Waits until the unit is in `state`, by looking every 100 ms.
    public func waitUntil(_ state: UnitState, within limit: Duration) async throws(UnitError) {
        let end = clock.now + limit
        repeat {
            if try await status().state == state { return }
            do { try await pace.sleep(for: .milliseconds(100)) } catch { throw .cancelled }
        } while clock.now < end
        throw .notReached(state: state, milliseconds: limit.wholeMilliseconds)
    }

    /// Sums vacuum or dark samples on the unit. The optics must be in that condition already.
    ///
    /// The deadline follows from the sample count and the unit's highest symbol rate. Figures that cannot be sums of so
    /// many samples are `.badReply`: whoever takes them need not ask again.
    public func measureMoments(_ kind: SymbolKind, samples: UInt64) async throws(UnitError) -> Moments {
        let capabilities = try await capabilities()
        guard samples > 0, samples <= capabilities.maximumMomentSamples else {
            throw .outOfRange(
                what: "sample count", value: "\(samples)", range: "1…\(capabilities.maximumMomentSamples)")
        }
        let seconds = Self.seconds(Double(samples), at: capabilities.maximumSymbolRate)
        let moments = try await ask(
            MeasureMoments(samples: samples, kind: kind), for: Moments.self,
            deadline: .milliseconds(1000) + .seconds(2 * seconds), attempts: 1)
        try refusePaused()
        if let reason = moments.contradiction(kind: kind, samples: samples, of: capabilities) {
            throw .badReply(request: "MeasureMoments", reason: reason)
        }
        return moments
    }

    /// Samples of a reply to ReadCapture that is not the last; a frame holds some 2,000.
    private static let leastCapturePart = 64

    /// What so many samples take, at most a day. A unit may state a rate that is not a number, which no time is made of.
    private static func seconds(_ samples: Double, at rate: Double) -> Double {
        min(samples / (rate >= 1 ? rate : 1), 86_400)
    }

    /// Takes raw samples once and reads them out. Refused in a session of purpose key, here and by the unit.
    ///
    /// `progress` is told the number of samples read so far.
    public func capture(
        samples: UInt32, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(UnitError) -> CapturedSamples {
        if let stream, stream.isRunning, stream.plan.purpose == .key { throw .purposeForbids(action: "Capture") }
        let capabilities = try await capabilities()
        guard samples > 0, samples <= capabilities.maximumCaptureSamples else {
            throw .outOfRange(
                what: "sample count", value: "\(samples)", range: "1…\(capabilities.maximumCaptureSamples)")
        }
        let seconds = Self.seconds(Double(samples), at: capabilities.minimumSymbolRate)
        let ready = try await ask(
            Capture(sampleCount: samples), for: CaptureReady.self,
            deadline: .milliseconds(1000) + .seconds(min(seconds, 60)), attempts: 1)
        let rate = stream?.isRunning == true ? stream?.started.symbolRate : nil
        let usual = state == .streaming ? nil : capabilities.maximumSymbolRate
        if let reason = ready.contradiction(
            samples: samples, of: capabilities, role: identity.role, rate: rate ?? usual)
        {
            throw .badReply(request: "Capture", reason: reason)
        }
        var collected: [Int16] = []
        collected.reserveCapacity(Int(ready.sampleCount))
        while collected.count < Int(ready.sampleCount) {
            let offset = UInt32(collected.count)
            let frame = try await exchange(
                ReadCapture(captureId: ready.captureId, offset: offset, count: ready.sampleCount - offset))
            try Self.read(frame, request: "ReadCapture") { (reader) throws(MessageFault) in
                let block = try reader.block(as: CaptureData.self)
                let data = try reader.data(CaptureData.samples)
                guard block.captureId == ready.captureId, block.offset == offset else { return }
                data.withUnsafeBytes { bytes in
                    for i in 0..<min(bytes.count / 2, Int(ready.sampleCount - offset)) {
                        collected.append(
                            Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self)))
                    }
                }
            }
            // A reply carries what a frame holds: one that brings sample by sample would never end.
            let part = collected.count - Int(offset)
            guard part > 0, part >= min(Self.leastCapturePart, Int(ready.sampleCount - offset)) else {
                throw .badReply(request: "ReadCapture", reason: "\(part) samples at offset \(offset)")
            }
            progress(collected.count)
        }
        try refusePaused()
        return CapturedSamples(header: ready, samples: collected)
    }

    /// Runs the unit's self-test (state Dark).
    public func runSelfTest() async throws(UnitError) -> (outcome: TestOutcome, items: [SelfTestResult.ItemsEntry]) {
        let frame = try await exchange(RunSelfTest(), deadline: .seconds(11), attempts: 1)
        var items: [SelfTestResult.ItemsEntry] = []
        let outcome = try Self.read(frame, request: "RunSelfTest") { (reader) throws(MessageFault) in
            let block = try reader.block(as: SelfTestResult.self)
            var group = try reader.group(of: SelfTestResult.ItemsEntry.self)
            while let item = try group.next() { items.append(item) }
            return block.outcome
        }
        return (outcome, items)
    }

    /// Restarts the unit. The connection ends when it does.
    public func reset(_ kind: ResetKind) async throws(UnitError) {
        try await acknowledged(Reset(kind: kind, confirmation: 0x5445_5352), attempts: 1)
    }

    /// Erases the unit's secrets.
    public func zeroise() async throws(UnitError) {
        try await acknowledged(Zeroise(confirmation: 0x4553_494F_5245_5A21), attempts: 1)
    }

    /// Throws `.badReply` if what the unit says it has carried out is not this request.
    private func acknowledged<Request: UnitMessage>(_ request: Request, attempts: Int = 2) async throws(UnitError) {
        let reply = try await ask(request, for: Acknowledge.self, attempts: attempts)
        guard reply.requestId != Request.templateID else { return }
        let name = UnitMessages.name(of: reply.requestId) ?? "a message that does not exist"
        throw .badReply(
            request: Request.messageName, reason: "it acknowledges request \(reply.requestId), which is \(name)")
    }
}

/// Samples of a capture. Never of a session of purpose key.
public struct CapturedSamples: Sendable {
    /// Circumstances.
    public var header: CaptureReady
    /// Samples in LSB; x and p interleaved if the header's format is XP16.
    public var samples: [Int16]
}
