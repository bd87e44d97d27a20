internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
public import UnitProtocol
internal import UnitTransport

/// A pair of units and one session on it: lights, start, both streams, estimates, end.
///
/// The order is: `measureElectronicNoise` (light off), `lightUp`, `start`, `run` until enough, `lightDown`. Whatever
/// happens, `lightDown` leaves both units dark; if this program dies, their heartbeat time-out does.
public actor LinkSession {
    /// Transmitter.
    public nonisolated let alice: any LinkEnd
    /// Receiver.
    public nonisolated let bob: any LinkEnd
    /// What is run.
    public nonisolated let plan: LinkPlan

    let capabilities: Capabilities
    private(set) var electronicNoise: ElectronicNoiseMeasurement?
    private(set) var streams: (alice: UnitStream, bob: UnitStream)?
    let analysis: Guarded<BobAnalysis>
    let words = Guarded(WordStatistics())
    /// What windows are held against, as far as it is known.
    var baseline: LinkBaseline?
    /// Windows judged.
    var windows = 0
    private let disclosures = Guarded(DisclosureCheck())

    /// Joins two units. Throws `.wrongRole` if they are not Alice and Bob in this order, `.badPlan` for a plan that a
    /// unit cannot carry out.
    public init(alice: any LinkEnd, bob: any LinkEnd, plan: LinkPlan) async throws(LinkError) {
        for (end, role) in [(alice, UnitRole.alice), (bob, UnitRole.bob)] where end.identity.role != role {
            throw .unit(role, .wrongRole(needed: role, found: end.identity.role, serial: end.identity.serial))
        }
        self.alice = alice
        self.bob = bob
        self.plan = plan
        capabilities = try await Self.of(.bob, bob) { (bob) throws(UnitError) in try await bob.capabilities() }
        let transmitter = try await Self.of(.alice, alice) { (alice) throws(UnitError) in try await alice.capabilities()
        }
        try Self.check(plan, transmitter, capabilities)
        analysis = Guarded(BobAnalysis(capabilities))
    }

    private static func check(_ plan: LinkPlan, _ alice: Capabilities, _ bob: Capabilities) throws(LinkError) {
        let low = max(alice.minimumSymbolRate, bob.minimumSymbolRate)
        let high = min(alice.maximumSymbolRate, bob.maximumSymbolRate)
        guard low <= high, (low...high).contains(plan.symbolRate) else {
            throw .badPlan(
                "the symbol rate \(plan.symbolRate) Hz is outside \(low)…\(high) Hz, which both units can do")
        }
        guard (0...1).contains(plan.vacuumFraction), (0...1).contains(plan.trainingFraction),
            (0...1).contains(plan.darkFraction), plan.vacuumFraction + plan.darkFraction <= 1
        else {
            throw .badPlan(
                "fractions of vacuum, dark and training lie between 0 and 1, and vacuum and dark together too")
        }
        guard plan.modulationVariance > 0, plan.modulationVariance <= alice.maximumModulationVariance else {
            throw .badPlan(
                "the modulation variance \(plan.modulationVariance) SNU is outside Alice's range up to \(alice.maximumModulationVariance) SNU"
            )
        }
        guard (1024...65_536).contains(plan.frameBytes), plan.frameBytes & (plan.frameBytes - 1) == 0 else {
            throw .badPlan("a frame has 1024, 2048, 4096, 8192, 16384, 32768 or 65536 bytes, not \(plan.frameBytes)")
        }
    }

    private static func of<Value: Sendable>(
        _ role: UnitRole, _ end: any LinkEnd, _ body: (any LinkEnd) async throws(UnitError) -> Value
    ) async throws(LinkError) -> Value {
        do throws(UnitError) { return try await body(end) } catch { throw .unit(role, error) }
    }

    /// Sums dark samples on Bob's unit, with his light off: V_off, n_off.
    public func measureElectronicNoise(samples: UInt64) async throws(LinkError) -> ElectronicNoiseMeasurement {
        let sums = try await Self.of(.bob, bob) { (bob) throws(UnitError) in
            try await bob.measureMoments(.dark, samples: samples)
        }
        var moments = ReceiverMoments(limits: ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh))
        let count = Int64(sums.samples)
        moments.x.add(
            samples: count, sum: sums.sumX, sumOfSquares: Int64(clamping: sums.sumSquaresX),
            clipped: Int64(clamping: sums.clippedSamples))
        if sums.quadratures == 2 {
            moments.p.add(samples: count, sum: sums.sumP, sumOfSquares: Int64(clamping: sums.sumSquaresP), clipped: 0)
        }
        let measurement = ElectronicNoiseMeasurement(moments: moments)
        electronicNoise = measurement
        startTracker(nil, sensitivity: nil)
        return measurement
    }

    /// Takes V_off from an earlier session of the same visit: light that stays on between sessions stays warm.
    public func adopt(_ measurement: ElectronicNoiseMeasurement) { electronicNoise = measurement }

    /// Light on at both ends, shutter open; returns when both are stable, within `limit`.
    public func lightUp(within limit: Duration) async throws(LinkError) {
        try await Self.of(.alice, alice) { [plan] (alice) throws(UnitError) in
            try await alice.set(SetModulation(format: .gaussian, variance: plan.modulationVariance))
            if alice.identity.capabilities.contains(.modulatorBiasLock) {
                try await alice.set(SetModulatorBiasLock(enabled: true))
            }
            try await alice.set(SetSignalLaser(on: true))
        }
        try await Self.of(.bob, bob) { (bob) throws(UnitError) in
            try await bob.set(SetLocalOscillator(on: true, power: 0))
        }
        try await Self.of(.alice, alice) { (alice) throws(UnitError) in try await alice.waitUntil(.ready, within: limit)
        }
        try await Self.of(.bob, bob) { (bob) throws(UnitError) in
            try await bob.waitUntil(.ready, within: limit)
            try await bob.set(SetShutter(position: .open))
        }
    }

    /// Starts the session: Bob first, who waits for Alice's counter, then Alice.
    public func start() async throws(LinkError) {
        let disclosed = bob.identity.capabilities.contains(.disclosure)
        let bobStream = try await Self.of(.bob, bob) { [plan] (bob) throws(UnitError) in
            try await bob.startStream(plan.bobPlan(deliversDisclosed: disclosed))
        }
        do throws(LinkError) {
            let needed: SampleFormat = capabilities.detection == .homodyne ? .x16Basis : .xp16
            guard bobStream.started.sampleFormat == needed else {
                throw .unit(
                    .bob,
                    .badReply(
                        request: "StartStream",
                        reason:
                            "samples of format \(bobStream.started.sampleFormat), \(needed) belongs to its detection"))
            }
            // V_off was summed outside of the session: through another filter it is another receiver's.
            guard bobStream.started.filterId == capabilities.filterId else {
                throw .unit(
                    .bob,
                    .badReply(
                        request: "StartStream",
                        reason:
                            "signal processing \(bobStream.started.filterId) in the session, V_off has \(capabilities.filterId)"
                    ))
            }
            let aliceStream = try await Self.of(.alice, alice) { [plan] (alice) throws(UnitError) in
                try await alice.startStream(plan.alicePlan())
            }
            streams = (aliceStream, bobStream)
        } catch {
            let stopped = try? await bob.stopStream()
            await bob.finishStream(stopped)
            throw error
        }
    }

    /// √SNU per LSB of Alice's words, as her unit states it when the session starts; nil before.
    public var modulationScale: Double? { streams?.alice.started.sampleScale }

    /// Reads both streams until `isEnough` says so, the session ends by itself, or the task is cancelled; then ends the
    /// session in order (Alice, then Bob, who follows to her last symbol), reads what is left and returns the account.
    ///
    /// `isEnough` is asked about every 100 ms. Lost frames, gaps and lost synchronisation are in the report, not errors.
    public func run(isEnough: @escaping @Sendable (LinkReport) async -> Bool) async throws(LinkError) -> LinkReport {
        guard let streams else { throw .badPlan("start the session first") }
        // Reading outlives a cancellation of this task: both streams are read to their end frames.
        let aliceReading = Task { [disclosures, words] in
            await Self.read(streams.alice, .alice) { frame, samples in
                Self.take(frame, samples, into: words)
                if frame.kind == .training { disclosures.withLock { $0.take(streamed: frame, samples: samples) } }
            }
        }
        let bobReading = Task { [analysis, disclosures] in
            await Self.read(streams.bob, .bob) { frame, samples in
                analysis.withLock { $0.take(frame, samples) }
                if frame.content == .disclosed { disclosures.withLock { $0.take(disclosed: frame, samples: samples) } }
            }
        }
        while streams.alice.isRunning, streams.bob.isRunning {
            if Task.isCancelled { break }
            if await isEnough(report()) { break }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { break }
        }
        // Ending is not cancellable: the units and their buffers must be left in order.
        let ending = Task { [alice, bob] in
            let aliceStopped = await Self.outcome { () async throws(UnitError) in try await alice.stopStream() }
            let bobStopped = await Self.outcome { () async throws(UnitError) in
                try await Self.stopFollower(bob, streams.bob)
            }
            return (aliceStopped, bobStopped)
        }
        let stopped = await ending.value
        let read = await (aliceReading.value, bobReading.value)
        await alice.finishStream(try? stopped.0.get())
        await bob.finishStream(try? stopped.1.get())
        for failure in [read.0, read.1].compactMap({ $0 }) { throw failure }
        if case .failure(let error) = stopped.0 { throw .unit(.alice, error) }
        if case .failure(let error) = stopped.1 { throw .unit(.bob, error) }
        return report()
    }

    private static func outcome<Value: Sendable>(
        _ body: () async throws(UnitError) -> Value
    ) async -> Result<Value, UnitError> {
        do throws(UnitError) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// Bob ends by himself where Alice ended; he gets a moment for it before he is told to stop.
    private static func stopFollower(_ bob: any LinkEnd, _ stream: UnitStream) async throws(UnitError) -> StreamStopped
    {
        for _ in 0..<20 where stream.isRunning {
            do { try await Task.sleep(for: .milliseconds(50)) } catch { break }
        }
        return try await bob.stopStream()
    }

    private static func read(
        _ stream: UnitStream, _ role: UnitRole, visit: @Sendable (StreamFrame, RawSpan) -> Void
    ) async -> LinkError? {
        do throws(UnitError) {
            while try await stream.read(visit) {}
            return nil
        } catch {
            return .unit(role, error)
        }
    }

    /// One of eight of Alice's frames, for the plausibility of her words: sums, no word is kept.
    private static func take(_ frame: StreamFrame, _ samples: RawSpan, into words: Guarded<WordStatistics>) {
        guard frame.format == .xp16, frame.firstSymbol / UInt64(max(1, frame.count)) % 8 == 0 else { return }
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 4 bytes per symbol are there.
            let values = UnsafeRawBufferPointer(rebasing: bytes[..<(4 * Int(frame.count))]).bindMemory(to: Int16.self)
            words.withLock { $0.add(values.span) }
        }
    }

    /// Laser and LO off at both ends. Failures are passed over: a unit that does not answer goes dark by its time-out.
    public func lightDown() async {
        try? await alice.set(SetSignalLaser(on: false))
        try? await bob.set(SetShutter(position: .closed))
        try? await bob.set(SetLocalOscillator(on: false, power: 0))
    }

    /// Where the session stands now.
    public func report() -> LinkReport {
        let (vacuum, dark, training) = analysis.withLock { ($0.vacuum, $0.dark, $0.training) }
        let check = disclosures.withLock { $0 }
        let shotNoise = analysis.withLock { $0.tracker?.state }
        var report = LinkReport(
            session: plan.session, purpose: plan.purpose, alice: streams?.alice.counters ?? StreamCounters(),
            bob: streams?.bob.counters ?? StreamCounters(), vacuumSamples: vacuum.samples,
            darkSamples: dark.samples, trainingSymbols: training.regression.symbols,
            unmatchedSymbols: training.unmatchedSymbols,
            verifiedSymbols: check.comparedSymbols, delay: training.alignment?.delay,
            delayConfirmations: training.verifications, shotNoise: shotNoise, health: nil, noEstimate: nil)
        guard let streams, let electronic = electronic(dark) else { return report }
        do throws(EstimateFailure) {
            report.health = try training.regression.estimate(
                vacuum: vacuum, dark: electronic,
                scale: ModulationScale(streams.alice.started.sampleScale), efficiency: capabilities.detectorEfficiency)
        } catch {
            report.noEstimate = error
        }
        return report
    }

    /// V_off: what was measured before the session and what its dark frames have shown since; nil without either.
    func electronic(_ dark: ReceiverMoments) -> ReceiverMoments? {
        guard var all = electronicNoise?.moments else { return dark.samples > 1 ? dark : nil }
        all.merge(dark)
        return all
    }

    /// The unit that ended the session by itself, and why; nil if neither did. Of a session that lost one end because the
    /// other stopped, it is the other.
    public func deserter() -> (role: UnitRole, cause: StateCause)? {
        guard let streams else { return nil }
        let ends = [(role: UnitRole.alice, cause: streams.alice.endCause), (role: .bob, cause: streams.bob.endCause)]
        let named = ends.compactMap { end in end.cause.map { (role: end.role, cause: $0) } }
        return named.first { $0.cause != .peerStopped } ?? named.first
    }

    /// What is wrong with the session beyond lost frames: `.syncLost`, `.disclosureDiffers`; nil if nothing is.
    public func fault() -> LinkError? {
        if let symbol = disclosures.withLock({ $0.firstDifference }) { return .disclosureDiffers(firstSymbol: symbol) }
        if let lost = analysis.withLock({ $0.training.lostSync }) { return .syncLost(reason: lost.description) }
        if let unlocked = streams?.bob.counters.unlockedFrames, unlocked > 0 {
            return .syncLost(reason: "Bob's symbol clock did not follow Alice's counter in \(unlocked) frames")
        }
        return nil
    }
}
