internal import Foundation
internal import UnitTransport

/// One writer at a time, in all programs: an advisory lock that the kernel drops with the process, however it ends.
struct StoreLock: ~Copyable {
    private let descriptor: Int32
    private let isExclusive: Bool

    /// How long a holder may take: it reads and checks all records, and waits for a disk.
    static let usualLimit: Duration = .seconds(10)

    /// Waits up to `limit`. A reader that may not open the lock file reads without: files are whole anyway.
    init(
        _ folder: StateFolder, exclusive: Bool, limit: Duration = usualLimit, clock: HostClock = .monotonic
    ) throws(RecordError) {
        isExclusive = exclusive
        descriptor =
            exclusive
            ? open(folder.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) : open(folder.lockFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if !exclusive { return }
            throw .from(errno, action: "open", file: folder.lockFile)
        }
        let deadline = clock.now + limit
        while flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let code = errno
                close(descriptor)
                throw .from(code, action: "lock", file: folder.lockFile)
            }
            guard clock.now < deadline else {
                let holder = String(
                    decoding: FileManager.default.contents(atPath: folder.lockFile) ?? Data(), as: UTF8.self)
                close(descriptor)
                throw .busy(folder: folder.path, holder: holder.isEmpty ? nil : holder)
            }
            clock.block(for: .milliseconds(10))
        }
        guard exclusive else { return }
        // For the message of whoever waits too long; if it cannot be written, the message lacks the number.
        let text = "\(getpid())"
        if ftruncate(descriptor, 0) == 0 { _ = text.withCString { pwrite(descriptor, $0, text.utf8.count, 0) } }
    }

    /// Gives it back.
    borrowing func end() {
        guard descriptor >= 0 else { return }
        if isExclusive { ftruncate(descriptor, 0) }
        flock(descriptor, LOCK_UN)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
