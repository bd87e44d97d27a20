import Digests
import Foundation
import LinkControl
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Numbers that no unit and no peer in their right mind send. Nothing traps: they are refused, or they are harmless.
@Suite(.serialized, .alwaysVirtualTime) struct HostileNumberTests {
    static let most = Moments(
        kind: .dark, quadratures: 2, samples: .max, clippedSamples: .max, sumX: .min, sumSquaresX: .max, sumP: .min,
        sumSquaresP: .max, localOscillatorPower: .nan, startTime: .max, endTime: 0)

    @Test func `sums of a unit that nobody can have counted stop nothing`() {
        for samples in [UInt64.max, 1 << 63, 1 << 62] {
            var sums = Self.most
            sums.samples = samples
            var moments = ReceiverMoments(sums, limits: .converter(bits: 14))
            #expect(!moments.isPlausible)
            moments.merge(moments)
            _ = (moments.samples, moments.clipped, moments.degreesOfFreedom, moments.variance)
            _ = (moments.x.variance, moments.x.mean)
            var tracker = ShotNoiseTracker(sensitivity: nil, dark: moments, reference: nil)
            _ = tracker.add(vacuum: moments, localOscillatorPower: .nan)
            tracker.add(dark: moments)
            _ = tracker.state
        }
    }

    @Test func `electronic noise that no unit can have summed is a bad reply`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 67))
        defer { pair.stop() }
        let bob = try await UnitControl.Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let end = try await LinkEnd(.bob, ChangedUnit(bob, moments: Self.most))
        await #expect(
            throws: LinkError.unit(
                .bob, .badReply(request: "MeasureMoments", reason: "\(Int64.max) samples, which no measurement has"))
        ) { _ = try await end.prepare(.electronicNoise(samples: 1_000)) }
        await bob.close()
    }

    @Test func `a delay that nobody can search for is a bad reply`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 70))
        defer { pair.stop() }
        let bob = try await UnitControl.Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        await #expect(throws: LinkError.self) {
            _ = try await LinkEnd(.bob, ChangedUnit(bob, maximumDelay: .max))
        }
        await bob.close()
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1, 0, .leastNonzeroMagnitude])
    func `a plan of impossible numbers is a bad plan`(_ number: Double) async throws {
        let (alice, bob) = (LinkMessageTests.facts(.alice), LinkMessageTests.facts(.bob))
        let sound = LinkPlan(purpose: .key, symbolRate: 1e6)
        #expect(throws: Never.self) { try sound.check(alice, bob) }
        var plans: [LinkPlan] = []
        for path in [\LinkPlan.symbolRate, \.modulationVariance] as [WritableKeyPath<LinkPlan, Double>] {
            var plan = sound
            plan[keyPath: path] = number
            plans.append(plan)
        }
        if !(0...1).contains(number) {
            for path in [\LinkPlan.vacuumFraction, \.darkFraction, \.trainingFraction]
                as [WritableKeyPath<LinkPlan, Double>]
            {
                var plan = sound
                plan[keyPath: path] = number
                plans.append(plan)
            }
        }
        // The least number that there is, is a modulation variance, if a useless one.
        for plan in plans where !(0 < plan.modulationVariance && plan.modulationVariance < 1e-300) {
            #expect(throws: LinkError.self) { try plan.check(alice, bob) }
        }
        var facts = alice
        (facts.minimumSymbolRate, facts.maximumSymbolRate) = (number, number)
        if number != 0 { #expect(throws: LinkError.self) { try sound.check(facts, bob) } }
    }

    @Test(arguments: [Int.min, -1, 0, 1, 1023, 3000, 65_537, Int.max])
    func `no frame has so many bytes`(_ bytes: Int) throws {
        let plan = LinkPlan(purpose: .key, symbolRate: 1e6, frameBytes: bytes)
        #expect(throws: LinkError.self) {
            try plan.check(LinkMessageTests.facts(.alice), LinkMessageTests.facts(.bob))
        }
    }

    @Test func `an order with a time that is none is refused`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 68))
        defer { pair.stop() }
        let bob = try await UnitControl.Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let end = try await LinkEnd(.bob, bob)
        for time in [Double.nan, .infinity, -.infinity, -1, 1e300] {
            await #expect(throws: LinkError.self) { _ = try await end.prepare(.lightUp(within: time)) }
        }
        for samples in [UInt64.max, 0] {
            await #expect(throws: LinkError.self) { _ = try await end.prepare(.electronicNoise(samples: samples)) }
        }
        #expect(pair.bob.state == .dark)
        await bob.close()
    }

    /// What a peer may state of symbols.
    static func runs() -> [TrainingDigest] {
        [0, 1, UInt64(1) << 63, .max - 1, .max].flatMap { first in
            [0, 1, UInt32.max].map { count in
                TrainingDigest(first: first, count: count, digest: TruncatedDigest(high: 0, low: 0))
            }
        }
    }

    @Test func `marks of impossible symbols neither stop a session nor hide what they are`() async throws {
        let ending = try await PeerTests.run(
            purpose: .key,
            fromAlice: PeerTests.once("disclosure") { envelope in
                PeerTests.with(
                    envelope, .disclosure(DisclosureStatement(frames: Self.runs(), unchecked: .max)))
            })
        #expect(ending.coordinator == nil)
        #expect(ending.fault != nil)
        #expect(ending.aliceDark && ending.bobDark)
    }

    /// Bob's end elsewhere states sums: every figure at the edge of what a message can say, one after the other.
    @Test(arguments: [Int64.max, .min, 1 << 62, -1])
    func `sums of impossible figures are found out`(_ figure: Int64) async throws {
        let changed = Guarded(0)
        var faults: [PeerFault] = []
        for key in ["samples", "sum", "sumOfSquares", "clipped", "count", "xx", "yy", "xy", "delay"] {
            do throws(LinkError) {
                _ = try await Self.session { envelope in
                    guard case .trainingSums(let sums) = envelope.message,
                        let data = try? JSONEncoder().encode(sums),
                        let other = try? JSONDecoder().decode(
                            TrainingStatement.self, from: Self.with(data, key, figure))
                    else { return [envelope] }
                    changed.withLock { $0 += 1 }
                    return PeerTests.with(envelope, .trainingSums(other))
                }
            } catch {
                if case .peer(.bob, let fault) = error { faults.append(fault) }
            }
        }
        #expect(changed.withLock { $0 } > 0)
        #expect(!faults.isEmpty)
    }

    /// Every number of a name in a message, replaced.
    static func with(_ data: Data, _ key: String, _ figure: Int64) throws -> Data {
        let text = String(decoding: data, as: UTF8.self)
        return Data(text.replacing(try Regex("\"\(key)\":-?[0-9]+"), with: "\"\(key)\":\(figure)").utf8)
    }

    private static func session(_ change: @escaping PeerTests.Change) async throws(LinkError) -> LinkReport {
        do { return try await UncomparedTests.fromAlice(fromBob: change).report } catch let error as LinkError {
            throw error
        } catch {
            throw .badPlan("\(error)")
        }
    }
}
