import Foundation

/// A folder that goes with its owner.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/cvqkd-agent-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
