internal import Foundation

/// Makes folders step by step, so that the system's code is that of the step that failed.
enum FolderMaking {
    /// Makes a folder and those above it that are not there. Throws `.folder` with the one that cannot be made.
    static func make(_ path: String) throws(LiveRecordingFailure) {
        var folder = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            folder += folder.isEmpty || folder == "/" ? String(name) : "/\(name)"
            guard mkdir(folder, 0o777) != 0 else { continue }
            let code = errno
            // Of a folder that is there, some systems say first that one may not write above it.
            guard !isFolder(folder) else { continue }
            throw .folder(path: folder, code: code == EEXIST ? ENOTDIR : code)
        }
        guard isFolder(path) else { throw .folder(path: path, code: ENOENT) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
