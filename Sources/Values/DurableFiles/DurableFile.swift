internal import Glibc

/// A file that is there whole or not at all, after a crash too: written beside its place under a name that nobody can
/// guess, synced, moved into place, and the folder synced. Dropped before `publish`, it leaves nothing.
public struct DurableFile: ~Copyable {
    /// What becomes of a file that has the name already.
    public enum Placement: Sendable, Hashable {
        /// It is replaced if it is a regular file. A device, a FIFO or a link stays: whoever named it meant something
        /// else.
        case replacing
        /// It stays, and the new one is given up, also if it appeared a moment ago.
        case exclusive
    }

    /// The file that is wanted.
    public let path: String
    private let name: String
    private let folder: Folder
    /// −1 once it is closed.
    private var descriptor: Int32
    /// Nil once it is in its place.
    private var temporary: String?

    /// Ending of a file that is being written. What a dead writer left has it too, and never counts.
    public static let ending = ".part"

    /// Begins a file.
    ///
    /// - Parameters:
    ///   - path: where it will be. Its folder must be there.
    ///   - mode: permissions, less the process's mask.
    public init(_ path: String, mode: UInt32 = 0o644) throws(FileFault) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = String(slash.map { path[path.utf8.index(after: $0)...] } ?? path[...])
        guard !["", ".", ".."].contains(name) else { throw FileFault(.begin, path: path, code: EISDIR) }
        let folder: Folder
        do throws(Folder.Refusal) {
            folder = try Folder(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
        } catch {
            throw FileFault(.begin, path: path, code: error.code)
        }
        // A name that is too long is known now, not after an hour of samples.
        var status = stat()
        if fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0, errno == ENAMETOOLONG {
            throw FileFault(.begin, path: path, code: ENAMETOOLONG)
        }
        let temporary = Self.temporaryName()
        let descriptor = folder.create(temporary, mode: mode)
        guard descriptor >= 0 else { throw FileFault(.begin, path: path, code: -descriptor) }
        self.path = path
        self.name = name
        self.folder = folder
        self.descriptor = descriptor
        self.temporary = temporary
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if let temporary { folder.remove(temporary) }
    }

    /// 128 bits by the system's generator. Short, whatever the target's name is: NAME_MAX is 255 bytes.
    private static func temporaryName() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let text = String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return ".\(digits.joined())\(ending)"
    }

    /// Adds bytes.
    public func write(_ bytes: RawSpan) throws(FileFault) {
        let descriptor = descriptor
        // SAFETY: the kernel reads within the buffer, during the calls only.
        let code = bytes.withUnsafeBytes { bytes -> Int32 in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count != 0 else { return EIO }
                guard count > 0 else { return errno }
                written += count
            }
            return 0
        }
        guard code == 0 else { throw FileFault(.write, path: path, code: code) }
    }

    /// Brings what was added to the disk. `publish` does it too: this is for whoever publishes several files.
    public func sync() throws(FileFault) {
        let code = SyncAnswer.code(fsync(descriptor))
        guard code == 0 else { throw FileFault(.sync, path: path, code: code) }
    }

    /// Syncs it and gives it its name. When this returns, it is on the disk, as far as the file system promises that.
    public consuming func publish(_ placement: Placement) throws(FileFault) {
        try publish(placement, by: ExclusiveWay.allCases)
    }

    consuming func publish(_ placement: Placement, by ways: [ExclusiveWay]) throws(FileFault) {
        try sync()
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw FileFault(.sync, path: path, code: errno) }
        guard let temporary else { return }
        if placement == .replacing, let found = folder.found(name) {
            throw FileFault(.replace, path: path, code: EEXIST, found: found)
        }
        let code =
            switch placement {
            case .replacing: folder.rename(temporary, to: name)
            case .exclusive: folder.rename(temporary, toFree: name, by: ways)
            }
        guard code == 0 else { throw FileFault(.place, path: path, code: code) }
        self.temporary = nil
        let synced = folder.sync()
        guard synced == 0 else { throw FileFault(.syncFolder, path: path, code: synced) }
    }

    /// Writes a whole file.
    public static func write(
        _ bytes: RawSpan, to path: String, _ placement: Placement, mode: UInt32 = 0o644
    ) throws(FileFault) {
        let file = try DurableFile(path, mode: mode)
        try file.write(bytes)
        try file.publish(placement)
    }
}
