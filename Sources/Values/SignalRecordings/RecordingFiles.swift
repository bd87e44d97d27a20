internal import ForeignFiles

/// The two files of a recording. A person may name either, or what they have in common.
public struct RecordingFiles: Sendable, Hashable, CustomStringConvertible {
    /// The path without extension.
    public let base: String
    /// As it was given.
    private let given: String

    static let metaExtension = ".sigmf-meta"
    static let dataExtension = ".sigmf-data"

    /// From a base name or the name of either file.
    public init(_ path: String) {
        given = path
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
    public var name: String { String(base[afterFolder...]) }
    /// As people name it.
    public var description: String { base }

    /// The path of another file of the same folder.
    public func neighbour(_ name: String) -> String { base[..<afterFolder] + name }

    private var afterFolder: String.Index {
        base.utf8.lastIndex(of: UInt8(ascii: "/")).map { base.utf8.index(after: $0) } ?? base.startIndex
    }

    /// Recordings that somebody has given without an extension and those of the same files are the same.
    public static func == (first: RecordingFiles, second: RecordingFiles) -> Bool { first.base == second.base }
    /// As `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(base) }
}

/// What a name names that is not a recording.
public enum NotARecording: String, Sendable, Hashable, CaseIterable {
    /// Nothing: it is empty, ends with a slash, or has a zero byte in it.
    case noName
    /// A folder.
    case folder
    /// `.sigmf`: an archive of recordings.
    case archive
    /// `.sigmf-collection`: a list of recordings.
    case collection
    /// `.sigmf-`, `.sigmf`: a file name whose end is missing.
    case unfinished
    /// A file that is neither half of a recording.
    case otherFile

    /// What to do.
    var sentence: String {
        switch self {
        case .noName: "names no recording. Name FILE.sigmf-meta, FILE.sigmf-data, or FILE for both"
        case .folder: "is a folder, not a recording. Name one of the recordings in it"
        case .archive: "is an archive of recordings. Unpack it (it is a tar file) and name a recording of it"
        case .collection: "is a collection, a list of recordings. Name one of them"
        case .unfinished: "is an unfinished name. Name FILE.sigmf-meta, FILE.sigmf-data, or FILE for both"
        case .otherFile:
            "is a file, but no recording of this name is beside it. Name FILE.sigmf-meta, whose core:dataset may name this file"
        }
    }
}

extension RecordingFiles {
    /// Why a name cannot be that of a recording, whatever lies on the disk.
    var badName: RecordingError? {
        let name = name
        guard !given.utf8.contains(0), !["", ".", ".."].contains(name) else {
            let isFolder = !given.isEmpty && Self.lies(given, .folder)
            return .notARecording(path: given, isFolder ? .folder : .noName)
        }
        return nil
    }

    /// Why there is no JSON text, by what else is there; or why it cannot be read.
    func refusal(_ refusal: ForeignFileRefusal) -> RecordingError {
        switch refusal {
        case .noPermission(let path, let code): return .noPermission(path: path, code: code)
        case .notFound: break
        default: return .file(refusal)
        }
        if Self.lies(data, nil) { return .noMetadata(meta: meta) }
        // A pipe or a device that was named itself; to open it could wait.
        do throws(ForeignFileRefusal) { _ = try ForeignFile(given, DataFile.kind) } catch {
            if case .notAFile(_, let found) = error, found != .folder { return .file(error) }
        }
        if let other = kindOfName { return .notARecording(path: given, other) }
        return .notFound(base: base)
    }

    private var kindOfName: NotARecording? {
        if Self.lies(given, .folder) { return .folder }
        let isFile = Self.lies(given, nil)
        if given.hasSuffix(".sigmf-collection") { return .collection }
        if Self.archiveExtensions.contains(where: given.hasSuffix) { return isFile ? .archive : .unfinished }
        if isFile { return given == base ? .otherFile : nil }
        // Where a shell stops to complete the name, and where somebody stopped typing.
        let endings = [Self.metaExtension, Self.dataExtension].flatMap { ending in
            (".sigmf".count...ending.count).map { String(ending.prefix($0)) } + [ending + "."]
        }
        if endings.contains(where: given.hasSuffix) { return .unfinished }
        // What is there under that name, beside the two files that are not.
        if Self.archiveExtensions.contains(where: { Self.lies(given + $0, nil) }) { return .archive }
        return Self.lies(given + ".sigmf-collection", nil) ? .collection : nil
    }

    private static let archiveExtensions = [
        ".sigmf", ".sigmf.gz", ".sigmf.xz", ".sigmf.bz2", ".sigmf.zst", ".sigmf.zip", ".sigmf.tar", ".sigmf.tar.gz",
    ]

    /// Whether a file, or something else, has a name.
    private static func lies(_ path: String, _ wanted: NotAFile?) -> Bool {
        do throws(ForeignFileRefusal) {
            _ = try ForeignFile(path, DataFile.kind)
            return wanted == nil
        } catch {
            switch error {
            case .notAFile(_, let found): return wanted == found
            case .noPermission: return wanted == nil
            default: return false
            }
        }
    }
}
