import Foundation
import Testing

/// A built program of this package, run as a process in folders of its own: unless `environment` says otherwise it finds no
/// unit, no station and no session, whoever works on this machine.
struct Program {
    /// What a run left behind.
    struct Result {
        var status: Int32
        var output: String
        var errors: String

        /// Standard output as a JSON object.
        func object() throws -> [String: Any] { try Self.object(output) }

        /// The last JSON object on standard error: progress comes before it.
        func errorObject() throws -> [String: Any] {
            let start = try #require(
                errors.range(of: "{\n", options: .backwards).map { range in
                    errors.range(of: "{\n  \"error\"", options: .backwards)?.lowerBound ?? range.lowerBound
                })
            let error = try #require(try Self.object(String(errors[start...]))["error"] as? [String: Any])
            return error
        }

        private static func object(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
    }

    /// A program that is still running.
    final class Running {
        let process: Process
        private let folder: Scratch

        fileprivate init(_ process: Process, _ folder: Scratch) {
            self.process = process
            self.folder = folder
        }

        /// What it has written so far.
        var output: String { folder.text("out") }
        var errors: String { folder.text("err") }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        /// Waits for its end; kills it after `seconds`.
        func end(within seconds: Double = 30) async throws -> Result {
            try await eventually("the program ends", within: seconds) { !process.isRunning }
            return Result(status: process.terminationStatus, output: output, errors: errors)
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    let name: String
    var environment: [String: String] = [:]

    /// Beside the test bundle; a missing program is a failure, not a reason to skip.
    var path: String {
        get throws {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
            try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is not built")
            return path
        }
    }

    func start(_ arguments: [String]) throws -> Running {
        let folder = try Scratch()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path)
        process.arguments = arguments
        process.environment = Self.environment(in: folder.path).merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files and not pipes: nobody has to read along for the program to go on.
        process.standardOutput = try folder.file("out")
        process.standardError = try folder.file("err")
        try process.run()
        return Running(process, folder)
    }

    /// Where a program looks for what others may have left, moved to a folder of the test's.
    static func isolation(in folder: String) -> [String: String] {
        [
            "XDG_RUNTIME_DIR": folder, "XDG_DATA_HOME": "\(folder)/data", "CVQKD_RUNTIME_DIRECTORY": "\(folder)/cvqkd",
            "CVQKD_UNIT_DIRECTORY": "\(folder)/units", "CVQKD_STATE_DIRECTORY": "\(folder)/state",
            // Exit codes are looked at; a trap shall end the program at once.
            "SWIFT_BACKTRACE": "enable=no",
        ]
    }

    /// This process's environment with them.
    static func environment(in folder: String) -> [String: String] {
        ProcessInfo.processInfo.environment.merging(isolation(in: folder)) { $1 }
    }

    func run(_ arguments: String...) async throws -> Result { try await start(arguments).end() }
    func run(_ arguments: [String]) async throws -> Result { try await start(arguments).end() }
}

/// A folder that goes with its owner.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = "/tmp/cvqkd-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) throws -> FileHandle {
        try #require(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: nil))
        return try #require(FileHandle(forWritingAtPath: "\(path)/\(name)"))
    }

    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data(), as: UTF8.self)
    }
}

/// Looks every 20 ms until something is so.
func eventually(_ what: Comment, within seconds: Double = 15, _ condition: () async throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        try #require(ContinuousClock.now < limit, what)
        try await Task.sleep(for: .milliseconds(20))
    }
}
