internal import Foundation

/// The two files of a recording. A person may name either, or what they have in common.
public struct RecordingFiles: Sendable, Hashable, CustomStringConvertible {
    /// The path without extension.
    public let base: String

    static let metaExtension = ".sigmf-meta"
    static let dataExtension = ".sigmf-data"

    /// From a base name or the name of either file.
    public init(_ path: String) {
        for ending in [Self.metaExtension, Self.dataExtension] where path.hasSuffix(ending) {
            base = String(path.dropLast(ending.count))
            return
        }
        base = path
    }

    /// The JSON text.
    public var meta: String { base + Self.metaExtension }
    /// The samples.
    public var data: String { base + Self.dataExtension }
    /// The recording's own name.
    public var name: String { URL(fileURLWithPath: base).lastPathComponent }
    /// The folder that it lies in.
    public var folder: String { URL(fileURLWithPath: base).deletingLastPathComponent().path }
    /// As people name it.
    public var description: String { base }
}
