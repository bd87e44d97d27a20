import Foundation
import Testing

/// Nobody reads what a program writes: a terminal that is stopped by Ctrl-S, a pipe into something that hangs. Lights go
/// out all the same.
struct StalledReaderTests {
    /// A pipe without room.
    private static func fullPipe() throws -> Pipe {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        let page = [UInt8](repeating: 10, count: 4096)
        while page.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) > 0 {}
        while page.withUnsafeBytes({ write(descriptor, $0.baseAddress, 1) }) > 0 {}
        _ = fcntl(descriptor, F_SETFL, flags)
        return pipe
    }

    private static func start(
        _ rig: Rig, _ arguments: [String], standardOutput: Any = FileHandle.nullDevice, standardError: Any
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try rig.cvqkd.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(rig.cvqkd.environment) { $1 }
        process.standardOutput = standardOutput
        process.standardError = standardError
        try process.run()
        return process
    }

    private static func isDark(_ rig: Rig) async throws -> Bool {
        for unit in [rig.alice, rig.bob] {
            let state = try await rig.cvqkd.run("status", unit, "--json").object()["state"] as? String
            if state != "Dark" { return false }
        }
        return true
    }

    @Test func `a session ends after its duration though nobody reads standard error`() async throws {
        let rig = try await Rig()
        let process = try Self.start(
            rig, ["link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "2"],
            standardError: try Self.fullPipe())
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try await eventually("the program ends", within: 40) { !process.isRunning }
        #expect(process.terminationStatus == 0)
        #expect(try await Self.isDark(rig))
    }

    @Test func `a second Ctrl-C quits though nobody reads standard error`() async throws {
        let rig = try await Rig()
        let process = try Self.start(
            rig, ["link", "start", "--alice", rig.alice, "--bob", rig.bob], standardError: try Self.fullPipe())
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try await rig.streams()
        kill(process.processIdentifier, SIGINT)
        kill(process.processIdentifier, SIGINT)
        try await eventually("the program ends", within: 20) { !process.isRunning }
    }

    @Test func `a watch whose lines nobody reads puts the light out`() async throws {
        let rig = try await Rig()
        let process = try Self.start(
            rig, ["shot-noise", "watch", rig.bob, "--dark-samples", "1e4", "--window-samples", "1e4", "--json"],
            standardOutput: try Self.fullPipe(), standardError: FileHandle.nullDevice)
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try await eventually("the program ends", within: 60) { !process.isRunning }
        #expect(process.terminationStatus == 1)
        #expect(try await Self.isDark(rig))
    }
}
