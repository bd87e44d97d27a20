import LinkOperation
import SignalRecordings
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRecordings
import UnitTransport
import VirtualTime

/// Recordings and captures of one unit.
@Suite(.virtualTime) struct UnitRecordingTests {
    @Test(arguments: ["warming", "progress"], RecordingBench.Way.allCases)
    func `a recording that is ended leaves its unit dark and open, and what is there`(
        event: String, way: RecordingBench.Way
    ) async throws {
        let bench = try await RecordingBench(relays: RecordingBench.small)
        let result = try await bench.ended(way, at: event) {
            try await bench.recording(.vacuum, samples: 1 << 40).perform(on: bench.units.bob)
        }
        switch result {
        case .success(let outcome):
            #expect(event == "progress" && outcome.isInterrupted && outcome.symbols > 0)
        case .failure(LiveRecordingFailure.ended): #expect(event == "warming")
        case .failure(let error): Issue.record("\(error)")
        }
        #expect(bench.has("vacuum") == (event == "progress"))
        bench.expectOrder(event)
        await bench.close()
    }

    @Test(arguments: ["dark", "warming", "vacuum"], RecordingBench.Way.allCases)
    func `captures for a spectrum that are ended leave their unit dark and open`(
        event: String, way: RecordingBench.Way
    ) async throws {
        let bench = try await RecordingBench()
        // Its answers take a while, so that a capture does.
        bench.pair.bob.inject(.lateReplies, value: 20)
        let result = try await bench.ended(way, at: event) {
            try await bench.capture.spectrum(of: bench.units.bob, length: 1_024)
        }
        guard case .failure(LiveRecordingFailure.ended) = result else {
            Issue.record("\(result)")
            return
        }
        bench.expectOrder(event)
        await bench.close()
    }

    @Test(arguments: [60, 0] as [Double])
    func `a shutter that is said to take ages is waited for two minutes at most`(settling: Double) async throws {
        let bench = try await RecordingBench(relays: {
            $0[.bob]?.change(Capabilities.self) { $0.shutterSettling = settling }
        })
        let began = HostClock.test.now
        _ = try await bench.capture.spectrum(of: bench.units.bob, length: 1_024)
        #expect(HostClock.test.now - began < .seconds(130), "\(HostClock.test.now - began)")
        bench.expectOrder()
        await bench.close()
    }

    @Test func `a number of samples near the end of the integers has a rest that can be told`() async throws {
        let bench = try await RecordingBench(relays: {
            $0[.bob]?.change(Capabilities.self) { $0.maximumCaptureSamples = 2 }
        })
        let result = try await bench.ended(.requested, at: "progress") {
            try await bench.recording(.electronicNoise, samples: .max).perform(on: bench.units.bob)
        }
        #expect(try result.get().isInterrupted)
        bench.expectOrder()
        await bench.close()
    }

    @Test func `captures of two formats are not recorded into one file, and make no spectrum`() async throws {
        let count = Guarded(0)
        let bench = try await RecordingBench(relays: { relays in
            RecordingBench.small(relays)
            relays[.bob]?.change(CaptureReady.self) { ready in
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                if !isFirst { ready.format = .x16 }
            }
        })
        do throws(LiveRecordingFailure) {
            _ = try await bench.recording(.electronicNoise, samples: 60_000).perform(on: bench.units.bob)
            Issue.record("they were recorded")
        } catch {
            guard case .unit(.badReply("Capture", _)) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(!bench.has("electronic_noise"))
        bench.expectOrder()
        await bench.close()
    }
}
