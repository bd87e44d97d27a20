import Foundation
import Repository
import Testing

/// Python with numpy and scipy, as `Scripts/test-python` makes it.
enum TestPython {
    static func run(_ script: String, _ arguments: String...) throws -> String {
        let python = try launch(Repository.root.appending(path: "Scripts/test-python").path, [])
        return try launch(python.trimmingCharacters(in: .newlines), ["-c", script] + arguments)
    }

    private static func launch(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}
