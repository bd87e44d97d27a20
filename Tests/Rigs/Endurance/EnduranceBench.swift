import Glibc
import LocalUnits
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// Bob's unit, emulated, behind a real line, and what is done to it again and again.
actor EnduranceBench {
    enum Line: String { case pty, usb }

    private let pair: EmulatedPair
    private let terminal: PTYPort?
    private let device: USBIPPort?
    private let supervisor: UnitSupervisor
    private var session: UInt64 = 0

    init(_ line: Line) async throws {
        var configuration = PairConfiguration(model: PairModel(seed: 1))
        configuration.warmUpTime = 0
        let pair = EmulatedPair(configuration)
        self.pair = pair
        let serial = pair.bob.configuration.serial
        let link = "/tmp/cvqkd-endurance-\(getpid())"
        terminal = line == .pty ? try PTYPort(pair.bob, link: link) : nil
        device = line == .usb ? try USBIPPort(pair.bob) : nil
        var policy = RecoveryPolicy()
        policy.firstPause = .zero
        policy.reconnections = .max
        supervisor = UnitSupervisor(
            line == .pty ? .serial(path: link, baud: nil) : .usb(serial: serial), role: .bob, hostName: "endurance",
            finder: LocalUnitFinder(hostName: "endurance"), policy: policy)
        _ = try await supervisor.unit(within: .seconds(10))
    }

    /// Closes the connection; the next cycle opens it again.
    func close() async {
        guard let unit = try? await supervisor.unit(within: .seconds(10)) else { return }
        await unit.close()
    }

    /// What both sides say after a failure.
    func circumstances() async -> String {
        let unit = try? await supervisor.unit(within: .zero)
        guard let unit else { return "the unit is \(pair.bob.state), and cannot be opened" }
        let state = try? await unit.status().state
        return
            "the unit is \(pair.bob.state), says \(state.map { "\($0)" } ?? "nothing"); host: \(await unit.anomalies)"
    }

    func end() async {
        await supervisor.close()
        terminal?.stop()
        device?.stop()
        pair.stop()
    }

    private func start(_ unit: Unit) async throws -> UnitStream {
        if try await unit.status().state == .dark {
            try await unit.set(SetLocalOscillator(on: true, power: 0))
            try await unit.waitUntil(.ready, within: .seconds(5))
        }
        session += 1
        return try await unit.startStream(
            StreamPlan(
                session: session, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 224,
                symbolRate: 100_000, vacuumFraction: 1))
    }

    /// Opens the unit, streams, pulls the plug, wants to be told within 250 ms, and puts the plug back.
    static let unplugInMidStream: @Sendable (EnduranceBench, Int) async throws -> Void = { bench, _ in
        try await bench.unplugInMidStream()
    }

    private func unplugInMidStream() async throws {
        let unit = try await supervisor.unit(within: .seconds(10))
        let stream = try await start(unit)
        while stream.counters.deliveredSymbols < 448 { _ = try await stream.read { _, _ in } }
        let pulled = ContinuousClock.now
        pair.bob.inject(.unplug)
        var failure: UnitError?
        do throws(UnitError) {
            while try await stream.read({ _, _ in }) {}
        } catch {
            failure = error
        }
        let notice = ContinuousClock.now - pulled
        guard case .transport(.gone) = failure else {
            throw EnduranceFailure(description: "unplugged, the stream ended with \(String(describing: failure))")
        }
        // A starved machine is slow to notice; the fault matrix measures the bound of 250 ms.
        guard notice < .seconds(2) else { throw EnduranceFailure(description: "removal was noticed after \(notice)") }
        let counters = stream.counters
        guard counters.isConserved else { throw EnduranceFailure(description: "not conserved: \(counters)") }
        await unit.close()
        pair.bob.inject(.replug)
    }

    /// A short session from its first symbol to its end frame.
    static let startAndStop: @Sendable (EnduranceBench, Int) async throws -> Void = { bench, _ in
        try await bench.startAndStop()
    }

    private func startAndStop() async throws {
        let unit = try await supervisor.unit(within: .seconds(10))
        let stream = try await start(unit)
        let stopped = try await unit.stopStream()
        while try await stream.read({ _, _ in }) {}
        await unit.finishStream(stopped)
        let counters = stream.counters
        guard counters.isConserved, counters.nextSymbol == stopped.nextSymbol else {
            throw EnduranceFailure(description: "\(counters) does not end at \(stopped.nextSymbol)")
        }
    }
}
