internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
public import UnitProtocol
public import UnitTransport

/// The coordinator of two ends and one session on them: agreement, lights, start, training, end, one report of both.
///
/// The order is: `measureElectronicNoise` (light off), `lightUp`, `start`, `run` until enough, `lightDown`. Whatever
/// happens, `lightDown` leaves both units dark; if this program dies, their heartbeat time-out does.
///
/// It runs what it is asked to run. Whether key may be made it asks nobody: that is the business of the ends' consent, and
/// of `LinkOperation.LinkRun`, which asks the records before, with light and all the time.
///
/// It lives at Bob's node, whose vacuum is the evidence: monitors and recorders need Bob's end here. Alice's end may be
/// anywhere.
public actor LinkSession {
    /// Transmitter.
    public nonisolated let alice: any EndPort
    /// Receiver.
    public nonisolated let bob: any EndPort
    /// What is run.
    public nonisolated let plan: LinkPlan
    /// What both ends have agreed on.
    public nonisolated let binding: SessionBinding
    /// What Alice's end says of itself.
    public nonisolated let aliceFacts: EndFacts
    /// What Bob's end says of itself.
    public nonisolated let bobFacts: EndFacts

    private let clock: HostClock
    var scale: ModulationScale?
    var disclosures = DisclosureCheck()
    /// Training frames of Alice's that Bob's end was told of.
    var told: UInt64 = 0
    var hasEnded = false

    /// Number of the session, made of both ends' nonces.
    public nonisolated var number: UInt64 { binding.session }

    /// Joins two units of this machine. Throws `.wrongRole` if they are not Alice and Bob in this order, `.badPlan` for a
    /// plan that a unit cannot carry out.
    public init(alice: any EndUnit, bob: any EndUnit, plan: LinkPlan) async throws(LinkError) {
        for (unit, role) in [(alice, UnitRole.alice), (bob, UnitRole.bob)] where unit.identity.role != role {
            throw .unit(role, .wrongRole(needed: role, found: unit.identity.role, serial: unit.identity.serial))
        }
        let receiver = try await LinkEnd(.bob, bob)
        let transmitter = try await LinkEnd(.alice, alice)
        let link = "\(alice.identity.serial)-\(bob.identity.serial)"
        try await self.init(alice: transmitter, bob: receiver, plan: plan, link: link, clock: bob.clock)
    }

    /// Joins two ends: both consent and make the session of their nonces. Nothing is lit. Throws `.badPlan`, `.refused`
    /// with an end's reason, and `.peer` if an end that is not here says something else than was agreed.
    public init(
        alice: any EndPort, bob: any EndPort, plan: LinkPlan, link: String, terms: WireBytes? = nil,
        clock: HostClock = .monotonic, versions: LinkVersions = .current
    ) async throws(LinkError) {
        let proposal = LinkProposal(link: link, plan: plan, terms: terms, versions: versions.spoken)
        // Alice's end, which may be that of an older program, chooses the version; Bob's, which is here, follows.
        let transmitter = try await alice.propose(proposal)
        guard versions.contains(transmitter.version) else {
            throw .peer(.alice, .unknownVersion(transmitter.version))
        }
        let receiver = try await bob.propose(
            LinkProposal(link: link, plan: plan, terms: terms, versions: [transmitter.version]))
        for (acceptance, role) in [(transmitter, UnitRole.alice), (receiver, .bob)] {
            guard acceptance.version == transmitter.version else {
                throw .peer(role, .unknownVersion(acceptance.version))
            }
            guard acceptance.facts.role == role.rawValue else {
                throw .peer(role, .lied("it is to be \(role) and says that it is not"))
            }
        }
        try plan.check(transmitter.facts, receiver.facts)
        let order = BindOrder(alice: transmitter, bob: receiver)
        let binding = SessionBinding(proposal, alice: transmitter, bob: receiver)
        for end in [bob, alice] where try await end.bind(order) != binding {
            throw .peer(end.role, .lied("it makes another session of what was agreed"))
        }
        (self.alice, self.bob, self.plan, self.binding) = (alice, bob, plan, binding)
        (aliceFacts, bobFacts) = (transmitter.facts, receiver.facts)
        self.clock = clock
    }

    /// Sums dark samples on Bob's unit, with his light off: V_off, n_off.
    public func measureElectronicNoise(samples: UInt64) async throws(LinkError) -> ElectronicNoiseMeasurement {
        guard case .electronicNoise(let moments) = try await bob.prepare(.electronicNoise(samples: samples)) else {
            throw .peer(.bob, .lied("it was asked for electronic noise and says nothing of it"))
        }
        return ElectronicNoiseMeasurement(moments: moments)
    }

    /// Takes V_off from an earlier session of the same visit: light that stays on between sessions stays warm.
    public func adopt(_ measurement: ElectronicNoiseMeasurement) async throws(LinkError) {
        _ = try await bob.prepare(.adopt(measurement.moments))
    }

    /// Light on at both ends, shutter open; returns when both are stable, within `limit`.
    public func lightUp(within limit: Duration) async throws(LinkError) {
        let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18
        // Side by side; if one fails, the other's light is not waited for.
        let failure = await withTaskGroup(of: LinkError?.self) { group in
            for end in [alice, bob] {
                group.addTask {
                    do throws(LinkError) {
                        _ = try await end.prepare(.lightUp(within: seconds))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            // An end that is lost meanwhile ends the other's warm-up too.
            group.addTask { [alice, bob, clock] in
                while true {
                    for end in [alice, bob] {
                        if let lost = await end.lost() { return .peer(end.role, lost) }
                    }
                    do { try await clock.sleep(for: Self.interval) } catch { return nil }
                }
            }
            var first: LinkError?
            for lit in 1... {
                guard let outcome = await group.next() else { break }
                first = first ?? outcome
                // Both are lit, or one will not be.
                if first != nil || lit == 2 { group.cancelAll() }
            }
            return first
        }
        if let failure { throw failure }
    }

    /// Starts the session: Bob first, who waits for Alice's counter, then Alice.
    public func start() async throws(LinkError) {
        let receiver = try await bob.start()
        do throws(LinkError) {
            let transmitter = try await alice.start()
            for (result, role) in [(transmitter, UnitRole.alice), (receiver, .bob)] where result.session != number {
                throw .peer(role, .lied("it started session \(result.session) and not \(number)"))
            }
            scale = ModulationScale(transmitter.sampleScale)
            await bob.peerStarted(transmitter)
            await alice.peerStarted(receiver)
        } catch {
            // In a task of its own: a cancelled one would leave Bob's unit streaming, with light on.
            await Task(executorPreference: clock.executor) { [bob] in
                try? await bob.stop(StopOrder(follows: false))
                _ = try? await bob.finish()
            }.value
            throw error
        }
    }

    /// √SNU per LSB of Alice's words, as her unit states it when the session starts; nil before.
    public var modulationScale: Double? { scale?.value }

    /// Waits until `isEnough` says so, the session ends by itself, or the task is cancelled; then ends the session in
    /// order (Alice, then Bob, who follows to her last symbol), reads what is left and returns the account.
    ///
    /// `isEnough` is asked about every 100 ms. Lost frames, gaps and lost synchronisation are in the report, not errors. A
    /// session of purpose key ends by itself if a disclosure differs, if too much is compared with nothing, if too many frames
    /// are refused, or if a unit's count of lost symbols cannot be: `fault()` says so.
    public func run(isEnough: @escaping @Sendable (LinkReport) async -> Bool) async throws(LinkError) -> LinkReport {
        guard scale != nil else { throw .badPlan("start the session first") }
        while await alice.account().isRunning, await bob.account().isRunning {
            if Task.isCancelled { break }
            await compareDisclosures()
            let report = await report()
            // Also a report that ends it is shown.
            if await isEnough(report) || endsKey(report) { break }
            do { try await clock.sleep(for: Self.interval) } catch { break }
        }
        // Ending is not cancellable: the units and their buffers must be left in order.
        let ending = Task(executorPreference: clock.executor) { [alice, bob] in
            let isWhole = await self.darkensIfOneIsLost()
            let firstStop = await Self.outcome { () async throws(LinkError) in
                try await alice.stop(StopOrder(follows: false))
            }
            let first = await Self.outcome { () async throws(LinkError) in try await alice.finish() }
            // Bob's end hears of all that Alice marked before it is told to stop, and closes its account after that.
            await self.compareDisclosures()
            let secondStop = await Self.outcome { () async throws(LinkError) in
                try await bob.stop(StopOrder(follows: isWhole))
            }
            let second = await Self.outcome { () async throws(LinkError) in try await bob.finish() }
            await self.compareDisclosures()
            await self.awaitComparison()
            return (stops: (firstStop, secondStop), reads: (first, second))
        }
        let (stops, reads) = await ending.value
        _ = try reads.0.get()
        _ = try reads.1.get()
        try stops.0.get()
        try stops.1.get()
        return await report()
    }

    /// With one end lost, the light of the other goes out at once and by command: nothing good comes of the session any
    /// more. Returns whether both are there.
    private func darkensIfOneIsLost() async -> Bool {
        let (first, second) = (await alice.lost(), await bob.lost())
        guard first != nil || second != nil else { return true }
        let noticed = clock.now
        let silent = await lightDown()
        let left: UnitRole = first == nil ? .alice : .bob
        if !silent.contains(left) { timeToDark = clock.now - noticed }
        return false
    }

    /// How long the light of the end that is left took to go out after the other was lost; nil if none was.
    public private(set) var timeToDark: Duration?

    /// How often the ends are asked and report.
    static let interval: Duration = .milliseconds(100)

    private static func outcome<Value: Sendable>(
        _ body: @Sendable () async throws(LinkError) -> Value
    ) async -> Result<Value, LinkError> {
        do throws(LinkError) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// Whether a session of purpose key shows what nobody may use: more of it would be no better.
    private func endsKey(_ report: LinkReport) -> Bool {
        guard plan.purpose == .key else { return false }
        return switch report.fault {
        case .disclosureDiffers, .uncompared, .framesRefused, .unaccounted: true
        default: false
        }
    }

    func bears(_ report: LinkReport) -> Bool {
        plan.bears(uncompared: report.uncheckedFrames, of: report.trainingFrames)
    }

    /// How long Bob's end may take to say what came of the last marks. Its node has them by then: it is told in order, and
    /// said that its stream is read to the end.
    static let comparisonLimit: Duration = .seconds(2)

    /// Waits until Bob's end has compared all that Alice's marked, or is lost, or does not say so in time.
    private func awaitComparison() async {
        let deadline = clock.now + Self.comparisonLimit
        while await pendingFrames() > 0, await bob.lost() == nil, clock.now < deadline {
            do { try await clock.sleep(for: .milliseconds(10)) } catch { break }
        }
        hasEnded = true
    }

    func pendingFrames() async -> UInt64 {
        let heard = await bob.sums()?.marksHeard ?? 0
        return told - min(told, heard)
    }

    private func compareDisclosures() async {
        let marked = await alice.disclosures()
        told &+= UInt64(marked.frames.count) &+ marked.unchecked
        disclosures.add(streamed: marked)
        await bob.mark(marked)
        disclosures.add(disclosed: await bob.disclosures())
    }

    /// Laser and LO off at both ends. Returns the ends that do not confirm: their units go dark by their time-out.
    @discardableResult public func lightDown() async -> [UnitRole] {
        async let first = alice.goDark()
        async let second = bob.goDark()
        let dark = await (first, second)
        return (dark.0 ? [] : [UnitRole.alice]) + (dark.1 ? [] : [.bob])
    }
}
