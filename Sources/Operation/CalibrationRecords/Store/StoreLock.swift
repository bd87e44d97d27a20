internal import DurableFiles
internal import ForeignFiles
internal import UnitTransport

/// One writer at a time, in all programs of the store's owner.
struct StoreLock: ~Copyable {
    /// Nil for a reader who may not open it: another user's store, or a medium that takes no file.
    private let file: LockFile?

    /// How long a holder may take: it reads and checks all records, and waits for a disk.
    static let usualLimit: Duration = .seconds(10)

    /// Waits up to `limit`. A reader that may not open the lock file reads without: files are whole anyway.
    init(
        _ folder: StateFolder, exclusive: Bool, limit: Duration = usualLimit, clock: HostClock = .monotonic
    ) throws(RecordError) {
        try folder.requireOneOwner()
        let opened: LockFile
        do throws(ForeignFileRefusal) {
            opened = try LockFile(folder.lockFile, exclusive ? .exclusive : .shared)
        } catch {
            switch error {
            case .notFound where !exclusive, .noPermission where !exclusive:
                file = nil
                return
            default: throw .from(error)
            }
        }
        let deadline = clock.now + limit
        while try !Self.take(opened) {
            guard clock.now < deadline else {
                throw .busy(folder: folder.path, holder: opened.holder()?.description)
            }
            clock.block(for: .milliseconds(10))
        }
        file = .some(consume opened)
    }

    private static func take(_ file: borrowing LockFile) throws(RecordError) -> Bool {
        do throws(ForeignFileRefusal) { return try file.take() } catch { throw .from(error) }
    }

    /// Gives it back.
    borrowing func end() {
        switch file {
        case .some(let file): file.release()
        case .none: break
        }
    }
}
