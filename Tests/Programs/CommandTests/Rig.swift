import Foundation
import Testing

/// A pair of emulated units behind real pseudo-terminals, and `cvqkd` in an environment of its own.
final class Rig {
    let folder: Scratch
    let cvqkd: Program
    private let emulator: Program.Running

    var alice: String { "serial:\(folder.path)/units/alice-0" }
    var bob: String { "serial:\(folder.path)/units/bob-0" }
    static let aliceSerial = "NOVA-A-0001"
    static let bobSerial = "NOVA-B-0001"

    private var socket: String { "\(folder.path)/s" }

    init(emulator options: [String] = []) async throws {
        folder = try Scratch()
        let units = "\(folder.path)/units"
        cvqkd = Program(name: "cvqkd", environment: Program.isolation(in: folder.path))
        let running = try Program(name: "cvqkd-emulator").start(
            [
                "run", "--directory", units, "--socket", "\(folder.path)/s", "--warm-up", "0.2",
            ] + options)
        emulator = running
        try await eventually("the emulator says ready") { running.output.contains("ready\n") }
    }

    /// Kills the emulator: both lines hang up.
    func pullPlugs() { emulator.signal(SIGKILL) }

    /// Makes something go wrong with a unit.
    func inject(_ unit: String, _ fault: String...) async throws {
        let result = try await Program(name: "cvqkd-emulator").run(["inject", "--socket", socket, unit] + fault)
        try #require(result.status == 0, "\(result.errors)")
    }

    /// Asks the emulator's program: `inject` goes to this rig's units.
    func emulator(_ arguments: String...) async throws -> Program.Result {
        let address = arguments.first == "inject" ? ["--socket", socket] : []
        return try await Program(name: "cvqkd-emulator").run(
            Array(arguments.prefix(1)) + address + Array(arguments.dropFirst()))
    }

    /// `link start` on the pair, already streaming.
    func startLink(_ options: String...) async throws -> Program.Running { try await startLink(options) }

    /// The same.
    func startLink(_ options: [String]) async throws -> Program.Running {
        let link = try cvqkd.start(["link", "start", "--alice", alice, "--bob", bob] + options)
        try await eventually("the session streams") {
            try #require(link.process.isRunning, "\(link.errors)")
            return link.errors.contains("session ")
        }
        return link
    }

    /// Waits until both units, or the one named, have sent so many frames of a session: it is well under way.
    func streams(_ serials: [String] = [aliceSerial, bobSerial], frames: Int = 50) async throws {
        try await eventually("\(frames) frames were sent") {
            try await emulated().filter { serials.contains($0["serial"] as? String ?? "") }
                .allSatisfy { ($0["frames"] as? Int ?? 0) >= frames }
        }
    }

    /// What the emulator says of its units: `state`, `session`, `frames`. Their lines may be in use.
    func emulated() async throws -> [[String: Any]] {
        let pairs = try await emulator("state", "--socket", socket).object()["pairs"] as? [[String: Any]]
        return try #require(pairs?.first?["units"] as? [[String: Any]])
    }

    /// The same of one unit: its state.
    func emulatedState(_ serial: String) async throws -> String? {
        try await emulated().first { $0["serial"] as? String == serial }?["state"] as? String
    }

    /// State of a unit as it says itself, which needs its line to be free.
    func state(_ unit: String) async throws -> String? {
        let result = try await cvqkd.run("status", unit, "--json")
        guard result.status == 0 else { return nil }
        return try result.object()["state"] as? String
    }

    /// Session records that are left. What a program that was killed had begun to write is none.
    var records: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/cvqkd/sessions")) ?? [])
            .filter { $0.hasSuffix(".json") }
    }
}
