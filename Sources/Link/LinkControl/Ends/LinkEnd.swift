internal import LinkMonitors
internal import QuadratureAnalysis
public import UnitControl
public import UnitProtocol
internal import UnitTransport

/// One end of a link: a unit on this machine, its stream, its own sums and monitors.
///
/// It does what a coordinator asks, in this order: `propose`, `bind`, `prepare`, `start`, `stop`, `finish`, `goDark`.
/// What it reads stays here: others get the account, and sums over vacuum, dark and disclosed training.
public actor LinkEnd: EndPort {
    /// The unit.
    public nonisolated let unit: any EndUnit
    /// Alice or Bob.
    public nonisolated let role: UnitRole
    /// What it tells the other end of itself.
    public nonisolated let facts: EndFacts
    /// What it speaks.
    public nonisolated let versions: LinkVersions
    nonisolated let capabilities: Capabilities

    private let consent: EndConsent
    private var proposal: LinkProposal?
    private var acceptance: LinkAcceptance?
    private var binding: SessionBinding?
    private var stream: UnitStream?
    private var reading: Task<UnitError?, Never>?
    private var recorder: (any PairRecorder)?
    private var peer: LinkAcceptance?
    private var keyConsumer: (@Sendable (EndSession) -> any StreamConsumer)?
    private var stopped: StreamStopped?
    /// Why the unit did not end the session when it was asked.
    private var unstopped: UnitError?
    private var stopping: Task<Result<StreamStopped, UnitError>, Never>?
    private var finishing: Task<UnitError?, Never>?

    nonisolated let analysis: Parked<EndAnalysis>
    nonisolated let bobSums: Guarded<BobSums>
    var electronicNoise: ElectronicNoiseMeasurement?
    /// What Alice's words mean, once she has started.
    var modulationScale: ModulationScale?
    /// What windows are compared with, as far as it is known.
    var baseline: LinkBaseline?
    /// What a calibration gave of it.
    var calibrated: LinkBaseline?
    /// Windows judged.
    var windows = 0

    /// An end with its unit, which must have the role.
    public init(
        _ role: UnitRole, _ unit: any EndUnit, consent: EndConsent = EndConsent(), versions: LinkVersions = .current
    ) async throws(LinkError) {
        guard unit.identity.role == role else {
            throw .unit(role, .wrongRole(needed: role, found: unit.identity.role, serial: unit.identity.serial))
        }
        do throws(UnitError) { capabilities = try await unit.capabilities() } catch { throw .unit(role, error) }
        guard capabilities.maximumDelay <= Self.longestDelay else {
            throw .unit(
                role,
                .badReply(
                    request: "GetCapabilities",
                    reason: "a delay of up to \(capabilities.maximumDelay) symbols, more than \(Self.longestDelay)"))
        }
        self.unit = unit
        self.role = role
        self.consent = consent
        self.versions = versions
        facts = EndFacts(unit.identity, capabilities, records: consent.records)
        let analysis = EndAnalysis(role, capabilities)
        bobSums = Guarded(BobSums(analysis))
        self.analysis = Parked(analysis)
    }

    /// Longest delay between the two ends that is searched for, symbols: the range of the unit protocol. A search takes memory and
    /// time in proportion, whatever a unit says.
    static let longestDelay: UInt32 = 65_536

    /// The plan that both ends have agreed on.
    var plan: LinkPlan? { proposal?.plan }

    // MARK: - Agreement

    /// Consents, if this program speaks the version and whoever owns the unit has nothing against it.
    public func propose(_ proposal: LinkProposal) async throws(LinkError) -> LinkAcceptance {
        guard let version = versions.newest(of: proposal.versions) else {
            throw .refused(role, reason: "it speaks \(versions.words) of the link messages only")
        }
        if let reason = await consent.refuses(proposal, nil) { throw .refused(role, reason: reason) }
        let acceptance = LinkAcceptance(
            nonce: consent.nonce(), counter: consent.counter, facts: facts, nodeKey: consent.nodeKey,
            version: version)
        self.proposal = proposal
        self.acceptance = acceptance
        return acceptance
    }

    /// Makes the session of both nonces. Refuses what is not what it said itself, and what it finds wrong in the other.
    public func bind(_ order: BindOrder) async throws(LinkError) -> SessionBinding {
        guard let proposal, let acceptance, binding == nil else { throw .badPlan("bind comes after accept, once") }
        let (own, other) = role == .alice ? (order.alice, order.bob) : (order.bob, order.alice)
        guard own == acceptance else { throw .refused(role, reason: "that is not what this end accepted") }
        guard other.facts.role == (role == .alice ? UnitRole.bob : .alice).rawValue else {
            throw .refused(
                role,
                reason: "the other end, unit \(other.facts.serial), is not of the other role. Name an Alice and a Bob")
        }
        guard other.facts.serial != own.facts.serial else {
            throw .refused(
                role,
                reason: "both ends have the serial number \(own.facts.serial), and records name units by it. "
                    + "One of the units has to get another from its maker")
        }
        guard other.nonce != own.nonce else {
            throw .refused(role, reason: "the other end repeats this end's random number: it is no end of its own")
        }
        guard other.version == own.version else {
            throw .refused(role, reason: "the other end speaks version \(other.version) of the link messages")
        }
        guard other.facts.hasNamedRecords else {
            throw .refused(role, reason: "a record of the other end is not what its name says")
        }
        try proposal.plan.check(order.alice.facts, order.bob.facts)
        if let reason = await consent.refuses(proposal, other) { throw .refused(role, reason: reason) }
        let made = SessionBinding(proposal, alice: order.alice, bob: order.bob)
        binding = made
        peer = other
        return made
    }

    // MARK: - The session

    /// Begins to count symbols and to read them.
    public func start() async throws(LinkError) -> StartResult {
        guard let plan, let binding, stream == nil else { throw .badPlan("start comes after bind, once") }
        let stream: UnitStream
        do throws(UnitError) {
            stream = try await unit.startStream(
                plan.stream(of: role, session: binding.session, delivers: facts.delivers))
            if let refusal = refuses(stream.started) {
                await Task(executorPreference: unit.clock.executor) { [unit] in
                    await unit.finishStream(try? await unit.stopStream())
                }.value
                throw refusal
            }
        } catch {
            throw .unit(role, error)
        }
        self.stream = stream
        let scale = role == .alice ? stream.started.sampleScale : 0
        if role == .alice { modulationScale = ModulationScale(scale) }
        // Reading outlives whoever asked for it: a stream is read to its end frame.
        reading = Task(executorPreference: unit.clock.executor) { await self.read(stream) }
        return StartResult(session: binding.session, sampleScale: scale, filter: stream.started.filterId)
    }

    /// Reads the stream to its end. If that fails, the unit is told at once to end the session: nobody reads what it sends,
    /// and its final count says what is missing.
    @concurrent private nonisolated func read(_ stream: UnitStream) async -> UnitError? {
        var consumer = AnalysisConsumer(analysis, publishing: bobSums)
        defer { consumer.park() }
        do throws(UnitError) {
            if let make = await keyConsumer, let session = await session {
                var both = BothConsumers(consumer, AnyStreamConsumer(make(session)))
                defer { consumer = both.first }
                try await stream.readAll(into: &both, finalCount: { try? await stopStream() })
                return nil
            }
            guard let recorder = await recorder else {
                try await stream.readAll(into: &consumer, finalCount: { try? await stopStream() })
                return nil
            }
            let recording = RecordingConsumer(recorder, samplesPerSymbol: capabilities.detection == .homodyne ? 1 : 2)
            var both = BothConsumers(consumer, recording)
            defer { consumer = both.first }
            try await stream.readAll(into: &both, finalCount: { try? await stopStream() })
            return nil
        } catch {
            return error
        }
    }

    /// Why a unit's answer to StartStream does not fit; nil if it does.
    private func refuses(_ started: StreamStarted) -> UnitError? {
        guard role == .bob else {
            let scale = started.sampleScale
            return scale.isFinite && scale > 0
                ? nil : .badReply(request: "StartStream", reason: "a step of Alice's words is \(scale) √SNU")
        }
        let needed: SampleFormat = capabilities.detection == .homodyne ? .x16Basis : .xp16
        if started.sampleFormat != needed {
            return .badReply(
                request: "StartStream",
                reason: "samples of format \(started.sampleFormat), \(needed) belongs to its detection")
        }
        // V_off was summed outside of the session: through another filter it is another receiver's.
        if started.filterId != capabilities.filterId {
            return .badReply(
                request: "StartStream",
                reason: "signal processing \(started.filterId) in the session, V_off has \(capabilities.filterId)")
        }
        return nil
    }

    /// Bob: what Alice's words mean in this session.
    public func peerStarted(_ result: StartResult) async {
        if role == .bob { modulationScale = ModulationScale(result.sampleScale) }
    }

    /// An end that is here is not lost: what fails of it says so itself.
    public func lost() async -> PeerFault? { nil }

    /// The account of the stream so far.
    public func account() async -> CountersStatement { statement }

    private var statement: CountersStatement {
        CountersStatement(
            stream?.counters ?? StreamCounters(), isRunning: stream?.isRunning ?? false, cause: stream?.endCause)
    }

    /// Bob's sums so far.
    public func sums() async -> TrainingStatement? {
        guard role == .bob else { return nil }
        let sums = bobSums.withLock { $0 }
        return TrainingStatement(
            vacuum: sums.vacuum, dark: sums.dark, electronicNoise: electronicNoise?.moments, training: sums.training,
            unmatchedSymbols: sums.unmatchedSymbols, delay: sums.delay, delayConfirmations: sums.delayConfirmations,
            lostSync: sums.lostSync, firstMarkedSignal: sums.marks.firstSymbol,
            uncomparedMarks: sums.marks.uncompared, marksHeard: sums.marks.heard, correlation: sums.correlation)
    }

    /// Training frames since the last call.
    public func disclosures() async -> DisclosureStatement { await analysis.turn { $0.takeDisclosures() } }

    /// Bob: compares what Alice's unit marked as training with what his delivered as signal.
    public func mark(_ runs: DisclosureStatement) async {
        guard role == .bob else { return }
        // Also without new marks: what waited for Bob's frames may meet them now.
        let marks = await analysis.turn { analysis in
            analysis.marks.compare(runs)
            return MarkSums(analysis.marks)
        }
        bobSums.withLock { $0.marks = marks }
    }

    /// Nothing to do with it yet: an end's own consumers will want it.
    public func tell(_ verdict: WindowStatement) async {}

    // MARK: - The end

    /// Asks the unit to end the session. One that follows the other end gets a moment to do so by itself.
    public func stop(_ order: StopOrder) async throws(LinkError) {
        guard let stream else { return }
        if order.follows {
            for _ in 0..<20 where stream.isRunning {
                do { try await unit.clock.sleep(for: .milliseconds(50)) } catch { break }
            }
        }
        do throws(UnitError) { _ = try await stopStream() } catch { throw .unit(role, error) }
    }

    /// A stream is stopped once, whoever asks, and not when it is being put away already. The unit's final count; nil if
    /// it was not asked.
    private func stopStream() async throws(UnitError) -> StreamStopped? {
        if let stopped { return stopped }
        guard stream != nil, stopping != nil || finishing == nil else { return nil }
        let asked =
            stopping
            ?? Task(executorPreference: unit.clock.executor) { [unit] in
                do throws(UnitError) { return .success(try await unit.stopStream()) } catch { return .failure(error) }
            }
        stopping = asked
        let result = await asked.value
        if stopping == asked { stopping = nil }
        do throws(UnitError) { stopped = try result.get() } catch { unstopped = error }
        return try result.get()
    }

    /// Reads what is left and closes the account. Throws what ended the reading before its time; what was counted until
    /// then is in `account()`. Whoever asks again gets the same.
    public func finish() async throws(LinkError) -> CountersStatement {
        let ending = finishing ?? Task(executorPreference: unit.clock.executor) { await self.putAway() }
        finishing = ending
        if let failure = await ending.value { throw .unit(role, failure) }
        return statement
    }

    private func putAway() async -> UnitError? {
        // A unit that could not be stopped streams on: without its buffers the reading ends.
        let streamsOn = stream?.isRunning == true
        if stopped == nil, streamsOn { await unit.finishStream(nil) }
        var failure = await reading?.value ?? nil
        await unit.finishStream(stopped)
        // The reading ended because its buffers were taken away: why that was so is what counts.
        if streamsOn, let unstopped { failure = unstopped }
        failure = failure ?? stream?.finalContradiction
        // Marks that waited for Bob's last frames meet them now.
        await mark(DisclosureStatement())
        return failure
    }

    /// Laser or local oscillator off; a session that runs is ended first, because a unit that streams does not take that.
    /// False if the unit does not confirm it.
    public func goDark() async -> Bool {
        if stream?.isRunning == true { _ = try? await stopStream() }
        do throws(UnitError) {
            try await unit.lightDown()
            return true
        } catch {
            return false
        }
    }

    /// Shows all of the session to whoever makes raw key of it, beside the analysis; before `start`. What the closure makes
    /// belongs to the task that reads the stream, and has its samples only during its calls.
    public func deliver(to consumer: @escaping @Sendable (EndSession) -> any StreamConsumer) { keyConsumer = consumer }

    /// The session, once it has begun.
    private var session: EndSession? {
        guard let proposal, let acceptance, let peer, let binding, let stream else { return nil }
        return EndSession(
            role: role, link: proposal.link, plan: proposal.plan, terms: proposal.terms, binding: binding,
            own: acceptance, peer: peer,
            started: stream.started, capabilities: capabilities)
    }

    /// Bob: the delay of his index against Alice's, once it has been found and confirmed; nil before, and at her end.
    public nonisolated var confirmedDelay: Int? {
        bobSums.withLock { sums in sums.lostSync == nil && sums.delayConfirmations > 0 ? sums.delay : nil }
    }

    /// Nothing is to be told to an end that is here.
    public func tell(_ step: ReleaseStatement) async {}

    /// Shows the session to a recorder, from its first symbol on.
    func record(to recorder: any PairRecorder) { self.recorder = recorder }
}
