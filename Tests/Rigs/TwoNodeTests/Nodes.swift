import Foundation
import LinkControl
import Testing
import UnitEmulator
import UnitProtocol
import UnitTransport

/// A pair of emulated units behind pseudo-terminals, and one process per node that owns one of them.
final class Nodes {
    let pair: EmulatedPair
    let folder: String
    private let ports: [PTYPort]

    init(seed: UInt64, detection: PairModel.Receiver = .heterodyne, paced: Bool = false) throws {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.05
        // Without pacing the units wait for their readers: nothing can overflow.
        configuration.isPaced = paced
        configuration.model.receiver = detection
        pair = EmulatedPair(configuration)
        folder = "/tmp/cvqkd-nodes-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        ports = try [PTYPort(pair.alice, link: folder + "/alice"), PTYPort(pair.bob, link: folder + "/bob")]
    }

    deinit {
        ports.forEach { $0.stop() }
        pair.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func unit(_ role: UnitRole) -> String { folder + (role == .alice ? "/alice" : "/bob") }

    /// What a process said.
    struct Outcome: Decodable {
        var role: String
        var ending: String
        var isDark: Bool
        var session: UInt64
        var own: CountersStatement?
        var alice: CountersStatement?
        var bob: CountersStatement?
        var sums: TrainingStatement?
        var transmittance: Double?
        var transmittanceSigma: Double?
        var excessNoise: Double?
        var excessNoiseSigma: Double?
        var verifiedSymbols: UInt64
        var secondsToDark: Double?
    }

    /// A node's process.
    final class Node {
        let process = Process()
        private let output = Pipe()
        private let errors = Pipe()
        private let said = Guarded("")

        init(_ arguments: [String]) throws {
            // The test runner is in the folder of all products.
            let runner = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            process.executableURL = runner.deletingLastPathComponent().appending(path: "cvqkd-link-end")
            process.arguments = arguments
            process.standardOutput = output
            process.standardError = errors
            let said = said
            errors.fileHandleForReading.readabilityHandler = { handle in
                let text = String(decoding: handle.availableData, as: UTF8.self)
                said.withLock { $0 += text }
            }
            try process.run()
        }

        var text: String { said.withLock { $0 } }

        func waits(for line: String) async throws {
            try await eventually("\(line) in: \(text)") { self.text.contains(line) }
        }

        func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

        func outcome() async throws -> Outcome {
            let data = await Task.detached { [output] in output.fileHandleForReading.readDataToEndOfFile() }.value
            process.waitUntilExit()
            return try JSONDecoder().decode(Outcome.self, from: data)
        }

        deinit { if process.isRunning { kill() } }
    }

    /// Starts both processes. Who listens is not a matter of the role.
    func start(
        coordinator: UnitRole = .bob, listener: UnitRole = .bob, purpose: SessionPurpose = .test,
        symbols: UInt64 = 0, rate: Double = 2e6, nonce: UInt64? = nil, aliceSocket: String? = nil
    ) throws -> (alice: Node, bob: Node) {
        func node(_ role: UnitRole) throws -> Node {
            let socket = role == .alice ? aliceSocket ?? folder + "/socket" : folder + "/socket"
            return try Node(
                ["--role", "\(role == .alice ? "alice" : "bob")", "--unit", unit(role), "--socket", socket]
                    + [role == listener ? "--listen" : "--connect", "--symbols", "\(symbols)", "--rate", "\(rate)"]
                    + ["--purpose", purpose == .key ? "key" : "test"]
                    + (role == coordinator ? ["--coordinate"] : [])
                    + (nonce.map { ["--nonce", "\($0)"] } ?? []))
        }
        return (try node(.alice), try node(.bob))
    }
}

/// Waits for a condition.
func eventually(
    _ what: @autoclosure () -> String, within seconds: Double = 30, _ condition: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        try #require(.now < deadline, "not within \(seconds) s: \(what())")
        try await Task.sleep(for: .milliseconds(10))
    }
}
