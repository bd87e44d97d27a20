import Foundation

extension RecordingFolder {
    /// The int16 samples of a recording.
    public func read(_ name: String) throws -> [Int16] {
        try Data(contentsOf: data(name)).withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
    }

    /// Takes a recording away.
    public func remove(_ name: String) throws {
        for file in [base(name) + ".sigmf-meta", base(name) + ".sigmf-data"] {
            try FileManager.default.removeItem(atPath: file)
        }
    }

    /// Cuts a recording's samples, or makes a hole behind them: the file system stores nothing, a reader cannot know.
    public func resize(_ name: String, bytes: Int64) throws {
        let handle = try FileHandle(forWritingTo: data(name))
        try handle.truncate(atOffset: UInt64(bytes))
        try handle.close()
    }
}
