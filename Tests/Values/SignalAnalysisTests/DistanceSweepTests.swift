import QuadratureAnalysis
import SignalAnalysis
import Testing

@Suite struct DistanceSweepTests {
    private func sweep(
        _ range: (Double, Double, Double), trust: ReceiverModel.Trust = .trusted, block: Int64? = 100_000_000,
        otherLoss: Double = 0
    ) throws -> DistanceSweep {
        DistanceSweep(
            scenario: try heterodyne(trust: trust, block: block.map { .init(size: $0) }),
            range: try DistanceRange(from: range.0, to: range.1, step: range.2), otherLoss: otherLoss)
    }

    @Test func `a sweep ends where the rate ends`() throws {
        let sweep = try sweep((0, 60, 10))
        let reach = try #require(try sweep.finiteReach()?.distance)
        #expect((50...60).contains(reach))
        let asymptotic = try sweep.asymptoticReach()
        #expect(asymptotic.distance == nil)
        #expect(asymptotic.reason?.contains("still a key at") == true)
        let points = try sweep.points()
        #expect(points.map(\.distance) == [0, 10, 20, 30, 40, 50, 60])
        for point in points {
            let rate = try #require(point.result.finite).rate.value
            #expect((rate > 0) == (point.distance < reach), "\(point.distance) km")
        }
        // The end itself: positive just before, negative just after.
        for (offset, positive) in [(-1e-6, true), (1e-6, false)] {
            let there = try sweep.scenario.result(Transmittance(loss: Decibels((reach + offset) * 0.2)))
            #expect((try #require(there.finite).rate.value > 0) == positive)
        }
    }

    @Test func `connectors bring the end nearer by their loss`() throws {
        let plain = try #require(try sweep((0, 60, 20)).finiteReach()?.distance)
        let lossy = try #require(try sweep((0, 60, 20), otherLoss: 1).finiteReach()?.distance)
        #expect(abs(plain - lossy - 5) < 1e-9)
        #expect(abs(lossy - 49.11) < 0.005)
    }

    @Test func `a sweep without any key says so, and without a block has no finite reach`() throws {
        let sweep = try sweep((0, 40, 20), trust: .untrusted, block: nil)
        #expect(try sweep.asymptoticReach() == .nowhere)
        #expect(try sweep.asymptoticReach().reason == "no key where the sweep begins")
        #expect(try sweep.finiteReach() == nil)
    }

    @Test func `the shortest range is one length, the longest 10,001`() throws {
        #expect(try DistanceRange(from: 5, to: 5, step: 1).distances == [5])
        #expect(try DistanceRange(from: 0, to: 100, step: 0.01).distances.count == 10_001)
        #expect(try DistanceRange(from: 0, to: 1, step: 0.1).distances.last == 1)
    }

    @Test(arguments: [
        (10, 0, 1), (0, 10, 0), (0, .infinity, 1), (-1, 10, 1), (.nan, 10, 1), (0, 10, -1), (0, 100, 0.001),
    ])
    func `what is no range of lengths is refused`(from: Double, to: Double, step: Double) throws {
        let fault = try #require(throws: DistanceRange.Fault.self) {
            _ = try DistanceRange(from: from, to: to, step: step)
        }
        if step == 0.001 {
            #expect(fault == .tooManySteps(step: 0.001) && fault.description.contains("at most 10000 steps"))
        } else {
            #expect(fault.description.contains("is no range of lengths"))
        }
    }

    /// 1 SNU at the detector behind 190 dB would be more noise at the input than is computed with.
    @Test func `a sweep to a length that cannot be computed is refused before it begins`() throws {
        let sweep = DistanceSweep(
            scenario: try heterodyne(excessNoise: 1, plane: .detector),
            range: try DistanceRange(from: 0, to: 190, step: 10), fibreLoss: 1)
        #expect(throws: KeyRateFailure.self) { try sweep.check() }
    }
}
