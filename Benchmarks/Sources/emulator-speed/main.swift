// How many symbols per second of one core the emulator makes: both ends, physics, framing, CRC, the units' classical
// channel, and the driver that reads and checks both streams. Unpaced; heterodyne; 10 % training, 10 % vacuum.

import Glibc
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

@Sendable func drain(_ stream: UnitStream) async throws {
    while try await stream.read({ _, _ in }) {}
}

let symbols: UInt64 = 40_000_000
var model = PairModel(seed: 1)
model.shutterTimeConstant = 1e-6
var configuration = PairConfiguration(model: model)
configuration.isPaced = false
configuration.warmUpTime = 0
let pair = EmulatedPair(configuration)

do {
    let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "bench")
    let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "bench")
    try await alice.set(SetSignalLaser(on: true))
    try await bob.set(SetLocalOscillator(on: true, power: 0))
    try await alice.waitUntil(.ready, within: .seconds(5))
    try await bob.waitUntil(.ready, within: .seconds(5))
    let (wall, cpu) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
    func plan(_ role: UnitRole) -> StreamPlan {
        StreamPlan(
            session: 1, purpose: .test, frameBytes: 16_384, symbolsPerFrame: 4064, symbolRate: 10e6,
            vacuumFraction: role == .bob ? 0.1 : 0, trainingFraction: role == .alice ? 0.1 : 0, symbolLimit: symbols)
    }
    let bobStream = try await bob.startStream(plan(.bob))
    let aliceStream = try await alice.startStream(plan(.alice))
    async let first: Void = drain(aliceStream)
    async let second: Void = drain(bobStream)
    _ = try await (first, second)
    let (elapsed, used) = (seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu)
    precondition(bobStream.counters.isConserved && bobStream.counters.gapSymbols == 0)
    let count = Double(bobStream.counters.deliveredSymbols)
    print(
        """
        {"symbols": \(Int(count)), "symbolsPerSecond": \(count / used), "wallSymbolsPerSecond": \(count / elapsed), \
        "note": "per second of processor time, driver included"}
        """)
    await alice.close()
    await bob.close()
    pair.stop()
} catch {
    fputs("\(error)\n", stderr)
    exit(1)
}
