public import Foundation
internal import Repository

/// Scripts in the tests' own Python, which `Scripts/test-python` makes when it is used for the first time: with numpy and
/// scipy, and with other people's readers of our files.
public enum Python {
    /// What a script left behind.
    public struct Result: Sendable {
        /// Its exit code.
        public var status: Int32
        /// What it has written to standard output.
        public var output: String
        /// What it has written to standard error.
        public var errors: String
    }

    /// A script that did not end with 0, or a Python that could not be made.
    public struct Failure: Error, CustomStringConvertible {
        /// What was said.
        public let description: String
    }

    /// Runs a script, which must end with 0, and returns what it has written.
    public static func output(of script: String, _ arguments: String...) throws -> String {
        let result = try run(script, arguments)
        guard result.status == 0 else { throw Failure(description: "exit code \(result.status): \(result.errors)") }
        return result.output
    }

    /// Runs a script. With `warnings` as `error` a warning ends it.
    public static func run(_ script: String, _ arguments: [String], warnings: String = "default") throws -> Result {
        try launch([path.get(), "-W", warnings, "-c", script] + arguments)
    }

    /// A program of the repository in this Python, not started yet: its output and its end are the caller's. It is ended after
    /// a minute.
    public static func process(_ program: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            try ["timeout", "60", path.get(), Repository.root.appending(path: program).path] + arguments
        process.standardInput = FileHandle.nullDevice
        return process
    }

    /// The Python itself; asked for once in a process, since its folder is made by the first who asks.
    private static let path = Swift.Result {
        let made = try launch([Repository.root.appending(path: "Scripts/test-python").path])
        guard made.status == 0 else { throw Failure(description: "Scripts/test-python: \(made.errors)") }
        return made.output.trimmingCharacters(in: .newlines)
    }

    private static func launch(_ command: [String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        // A file: with two pipes, whoever reads one waits for it while the other is full.
        let errors = FileManager.default.temporaryDirectory.appending(path: "cvqkd-python-\(UUID()).txt")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let written = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: written, as: UTF8.self),
            errors: String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self))
    }
}
