import DurableFiles
import Foundation

/// A folder that goes with its owner.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = "/tmp/cvqkd-files-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func at(_ name: String) -> String { "\(path)/\(name)" }

    func text(_ name: String) -> String? { try? String(contentsOfFile: at(name), encoding: .utf8) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func write(_ text: String, _ name: String, _ placement: DurableFile.Placement, mode: UInt32 = 0o644) throws {
        try DurableFile.write(Data(text.utf8).bytes, to: at(name), placement, mode: mode)
    }
}
