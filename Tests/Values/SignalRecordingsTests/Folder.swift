import Foundation
import Repository
import SignalRecordings
import Testing

/// A folder of recordings that goes with its owner.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/cvqkd-recordings-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func base(_ name: String = "r") -> String { "\(path)/\(name)" }

    /// Files as another maker's program would leave them.
    @discardableResult
    func put(_ name: String = "r", meta: String?, data: [UInt8]?) throws -> String {
        if let meta { try Data(meta.utf8).write(to: URL(fileURLWithPath: base(name) + ".sigmf-meta")) }
        if let data { try Data(data).write(to: URL(fileURLWithPath: base(name) + ".sigmf-data")) }
        return base(name)
    }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    static func meta(_ global: String, captures: String = #"[{"core:sample_start": 0}]"#, annotations: String = "[]")
        -> String
    {
        #"{"global": {"core:version": "1.0.0", \#(global)}, "captures": \#(captures), "annotations": \#(annotations)}"#
    }

    static let plain = meta(#""core:datatype": "ri16_le""#)
}

/// Opens and forgets: `~Copyable` values do not go through the expectations' macros.
func opening(_ path: String) throws(RecordingError) -> RecordingMetadata { try SignalRecording(path).metadata }

func allSamples(_ path: String) throws -> [Int16] {
    let recording = try SignalRecording(path)
    var found: [Int16] = []
    try recording.forEachBlock { (_, block) throws(RecordingError) in
        for index in block.indices { found.append(block[index]) }
    }
    return found
}

/// Python with sigmf, numpy and scipy, as `Scripts/test-python` makes it.
enum Python {
    static func run(_ script: String, _ arguments: String...) throws -> (status: Int32, output: String) {
        let python = try launch("/usr/bin/env", [Repository.root.appending(path: "Scripts/test-python").path])
        try #require(python.status == 0, "\(python.output)")
        return try launch(python.output.trimmingCharacters(in: .newlines), ["-W", "error", "-c", script] + arguments)
    }

    private static func launch(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
