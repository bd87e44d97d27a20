internal import CUnitIO
internal import ForeignFiles
internal import Glibc

/// An open folder. Names are looked up in it whatever happens to its path meanwhile.
struct Folder: ~Copyable {
    let descriptor: Int32

    /// errno if it cannot be opened.
    init(_ path: String) throws(Refusal) {
        var opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if opened < 0, errno == EACCES {
            // One may write into a folder that one may not list.
            opened = cu_open_folder_path(path)
            guard opened >= 0 else { throw Refusal(code: -opened) }
        }
        guard opened >= 0 else { throw Refusal(code: errno) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// errno, by which the caller makes a `FileFault`.
    struct Refusal: Error {
        var code: Int32
    }

    /// Brings names to the disk; 0, or errno. A folder that may not be listed cannot be synced (EBADF).
    func sync() -> Int32 {
        let code = SyncAnswer.code(fsync(descriptor))
        return code == EBADF ? 0 : code
    }

    /// What has a name and is not a regular file; nil if nothing has it, or a file.
    func found(_ name: String) -> NotAFile? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return NotAFile(mode: status.st_mode)
    }

    /// Begins a file that is not there; its descriptor, or −errno. A link in the place of the file is not followed.
    func create(_ name: String, mode: mode_t) -> Int32 {
        let descriptor = openat(
            self.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        return descriptor < 0 ? -errno : descriptor
    }

    func remove(_ name: String) { unlinkat(descriptor, name, 0) }

    /// Gives a file another name, whatever had it; 0, or errno.
    func rename(_ from: String, to name: String) -> Int32 {
        renameat(descriptor, from, descriptor, name) == 0 ? 0 : errno
    }

    /// Gives a file another name unless it is taken; 0, or errno, which is EEXIST then.
    func rename(_ from: String, toFree name: String, by ways: [ExclusiveWay]) -> Int32 {
        var code = ENOTSUP
        for way in ways {
            switch way {
            case .rename:
                code = -cu_rename_exclusive(descriptor, from, name)
                if [EINVAL, ENOSYS, EOPNOTSUPP].contains(code) { continue }
            case .link:
                code = linkat(descriptor, from, descriptor, name, 0) == 0 ? 0 : errno
                if code == 0 { remove(from) }
                if [EPERM, EMLINK, EINVAL, ENOSYS, EOPNOTSUPP].contains(code) { continue }
            case .claim:
                let claimed = create(name, mode: 0o600)
                guard claimed >= 0 else { return -claimed }
                close(claimed)
                code = rename(from, to: name)
                if code != 0 { remove(name) }
            }
            return code
        }
        return code
    }
}

/// How a name is taken only if it is free. They are tried in this order; what a file system does not have, it says.
enum ExclusiveWay: CaseIterable {
    /// A rename that replaces nothing: FAT, exFAT, SMB and all of Linux's own have it.
    case rename
    /// A second name for the file, then the first one removed: NFS has that, FAT, exFAT and SMB have not.
    case link
    /// An empty file under the name, which the other then replaces. Two writers cannot both win, but a power cut in
    /// between leaves the empty file.
    case claim
}

/// What a file system says when it is asked to bring something to the disk.
enum SyncAnswer {
    /// 0, or errno. SMB, FUSE and some drivers of exFAT know no such thing, for folders or at all, and say so (EINVAL,
    /// ENOSYS, EOPNOTSUPP; EPERM where a folder is meant): nothing more can be done there. What a disk could not do is
    /// an error.
    static func code(_ result: Int32) -> Int32 {
        guard result != 0 else { return 0 }
        return [EINVAL, ENOSYS, EOPNOTSUPP, EPERM].contains(errno) ? 0 : errno
    }
}
