import Glibc
import LocalUnits
import TransportConformance
import USBTransport
import UnitEmulator
import UnitTransport

/// An emulated pair, both units served as real USB gadgets on this kernel's two `dummy_hcd` controllers.
final class GadgetBench: Sendable {
    let pair: EmulatedPair
    private let ports: [FunctionFSPort]

    init(speed: USBSpeed = .superSpeed, streamBufferBytes: Int? = nil) throws {
        var configuration = PairConfiguration(model: PairModel(seed: 3))
        configuration.warmUpTime = 0.1
        if let streamBufferBytes { configuration.streamBufferBytes = streamBufferBytes }
        pair = EmulatedPair(configuration)
        let alice = try FunctionFSPort(pair.alice, speed: speed)
        do {
            ports = [alice, try FunctionFSPort(pair.bob, speed: speed)]
        } catch {
            alice.stop()
            throw error
        }
    }

    func end() {
        ports.forEach { $0.stop() }
        pair.stop()
    }

    /// The candidate with this serial number, when udev's rules have run for it; what there is after 10 s otherwise.
    func candidate(_ serial: String) async throws -> UnitCandidate {
        for _ in 0..<100 {
            let found = try UnitDirectory.candidates().first { $0.serial == serial }
            if let found, access("/dev/cvqkd/\(serial)", F_OK) == 0 { return found }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TransportError.notFound(serial)
    }

    func open(_ serial: String) async throws -> any UnitTransport {
        let found = try await candidate(serial)
        guard case .usb(let node) = found.connection else { throw TransportError.notFound(serial) }
        return try USBTransport(node: node, serial: serial)
    }
}

/// Bob's unit of the bench.
final class GadgetRig: TransportRig {
    let bench: GadgetBench
    let isExclusive = true
    let symbolRate = 50_000.0

    /// With a unit's memory that is full, and empty again, within seconds on this slow bus.
    init() throws { bench = try GadgetBench(streamBufferBytes: 1 << 20) }

    func open() async throws -> any UnitTransport { try await bench.open("NOVA-B-0001") }

    func unplug() async { bench.pair.bob.inject(.unplug) }

    func replug() async {
        await Bench.waitUntilGone("NOVA-B-0001")
        bench.pair.bob.inject(.replug)
        _ = try? await bench.candidate("NOVA-B-0001")
    }
}
