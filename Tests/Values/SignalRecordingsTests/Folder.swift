import Foundation
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
