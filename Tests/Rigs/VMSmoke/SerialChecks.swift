import CUnitIO
import Glibc
import SerialTransport
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// What a serial line is set to, on the kernel's own drivers: cdc-acm, and the UART of the virtual machine.
enum SerialChecks {
    private static let uart = "/dev/ttyS0"

    /// The emulated device is told the rate by SET_LINE_CODING.
    static func rateReachesTheDevice() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let path = try await bench.serialPath("NOVA-B-0001")
        // Not 9,600 first: the driver begins with it, and tells the device changes only.
        for baud: UInt32 in [250_000, 9_600, 921_600, 1_234_567, 12_000_000] {
            let transport = try SerialTransport(path: path, baud: baud)
            for _ in 0..<100 where bench.ports[1].serialBaud != baud { try await Task.sleep(for: .milliseconds(10)) }
            await transport.close()
            try expect(bench.ports[1].serialBaud == baud, "the unit was told \(bench.ports[1].serialBaud) for \(baud)")
        }
    }

    /// Others are kept out by the kernel, locks or not, and let in afterwards.
    static func portIsExclusive() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let path = try await bench.serialPath("NOVA-B-0001")
        for _ in 0..<2 {
            let transport = try SerialTransport(path: path)
            let during = try Shell.run("setpriv --reuid=65534 --regid=cvqkd --clear-groups sh -c ': 3<>\(path)'")
            await transport.close()
            try expect(
                during.status != 0 && during.output.contains("busy"), "open while in use: \(during.output)")
            let after = try Shell.run("setpriv --reuid=65534 --regid=cvqkd --clear-groups sh -c ': 3<>\(path)'")
            try expect(after.status == 0, "closed again: \(after.output)")
        }
    }

    /// A driver that collects bytes is asked not to; one that cannot do a rate is not believed.
    static func uartIsSet() async throws {
        let transport = try SerialTransport(path: uart, baud: 57_600)
        let descriptor = open(uart, O_RDWR | O_NOCTTY | O_NONBLOCK)
        var state = cu_serial_state()
        let result = cu_serial_get_state(descriptor, &state)
        close(descriptor)
        await transport.close()
        try expect(result == 0 && state.baud == 57_600, "\(uart) runs at \(state.baud) baud")
        try expect(state.low_latency != 0, "low latency is not set")
        try expect(state.exclusive != 0, "it is not exclusive")
        do throws(TransportError) {
            let fast = try SerialTransport(path: uart, baud: 4_000_000)
            await fast.close()
        } catch {
            guard case .notAUnit(_, let reason) = error, reason.contains("4000000 baud") else { throw error }
            return
        }
        throw SmokeFailure(description: "a rate beyond the driver's was taken")
    }

    /// Not paced: as fast as the kernel's driver takes it. The rate is one at which that many symbols have room in the time,
    /// or the host would not believe the unit.
    static func fullRateSession() async throws {
        let limit: UInt64 = 500_000
        let bench = try Bench { configuration in
            configuration.isPaced = false
            configuration.adjust = { $0.keepsSampleDigests = true }
        }
        defer { bench.end() }
        let unit = try await Unit.connect(bench.openSerial("NOVA-B-0001"), hostName: "smoke")
        let (stream, digests) = try await closing(unit) {
            try await unit.set(SetLocalOscillator(on: true, power: 0))
            try await unit.waitUntil(.ready, within: .seconds(10))
            let stream = try await unit.startStream(
                StreamPlan(
                    session: 41, purpose: .test, options: .standalone, frameBytes: 16_384, symbolsPerFrame: 4_064,
                    symbolRate: 1e6, vacuumFraction: 0.2, symbolLimit: limit))
            var digests: [UInt64] = []
            while try await stream.read({ _, samples in digests.append(SampleDigest.of(samples)) }) {}
            return (stream, digests)
        }
        guard let record = bench.pair.bob.record(session: 41) else { throw SmokeFailure(description: "no record") }
        try expect(
            stream.counters.deliveredSymbols == limit, "\(stream.counters.deliveredSymbols) of \(limit) symbols came")
        try expect(digests == record.sentFrames.map(\.digest), "samples differ")
    }
}
