import Foundation
import LocalUnits
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// An emulated pair behind pseudo-terminals that are announced in a folder of their own.
final class Terminals: Sendable {
    static let aliceSerial = "NOVA-A-0001"
    static let bobSerial = "NOVA-B-0001"

    let pair: EmulatedPair
    let folder: String
    private let ports: [PTYPort]

    var alice: UnitSelector { .serial(path: "\(folder)/alice", baud: nil) }
    var bob: UnitSelector { .serial(path: "\(folder)/bob", baud: nil) }

    private let ownsFolder: Bool

    /// A pair in a folder of its own, or in another's, with names that end otherwise.
    init(in shared: String? = nil, suffix: String = "") throws {
        var configuration = PairConfiguration(model: PairModel(seed: 1))
        configuration.warmUpTime = 0.05
        pair = EmulatedPair(configuration)
        ownsFolder = shared == nil
        folder = shared ?? "/tmp/cvqkd-local-units-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        ports = [
            try PTYPort(pair.alice, link: "\(folder)/alice\(suffix)"),
            try PTYPort(pair.bob, link: "\(folder)/bob\(suffix)"),
        ]
    }

    deinit {
        for port in ports { port.stop() }
        pair.stop()
        if ownsFolder { try? FileManager.default.removeItem(atPath: folder) }
    }

    func finder(_ sessions: any SessionRegistry = NoSessions()) -> LocalUnitFinder {
        LocalUnitFinder(hostName: "test", sessions: sessions, announcements: folder)
    }

    /// Kills it, and returns when it holds nothing any more.
    static func end(_ holder: Process) {
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
    }

    /// Another process that holds a line, as a program that has opened it does.
    func hold(_ selector: UnitSelector) async throws -> Process {
        guard case .serial(let path, _) = selector else { throw CocoaError(.fileNoSuchFile) }
        let holder = Process()
        holder.executableURL = URL(filePath: "/usr/bin/flock")
        holder.arguments = ["--no-fork", path, "sleep", "120"]
        holder.standardOutput = FileHandle.nullDevice
        holder.standardError = FileHandle.nullDevice
        try holder.run()
        for _ in 0..<1000 {
            do throws(TransportError) {
                let transport = try LocalUnits.open(path: path, baud: nil)
                await transport.close()
            } catch {
                guard case .busy = error else { throw error }
                return holder
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("\(path) is not held")
        return holder
    }
}

/// What other programs have noted, and what happens when somebody asks for it.
struct StatedSessions: SessionRegistry {
    var units: [String: HeldUnit] = [:]
    var isHeld: @Sendable (UnitSelector) -> Bool = { _ in false }

    func unit(at path: String) -> HeldUnit? { units[path] }
    func isHeldElsewhere(_ selector: UnitSelector) -> Bool { isHeld(selector) }
}

func failure(_ body: () async throws -> Void) async -> LocalUnitError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? LocalUnitError
    }
}

func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<1000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("not within 10 s")
}
