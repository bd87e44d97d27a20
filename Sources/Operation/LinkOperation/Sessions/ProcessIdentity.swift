internal import ForeignFiles
internal import Glibc

/// A process that can be recognised again: a number alone is given to another one sooner or later.
public struct ProcessIdentity: Codable, Equatable, Sendable {
    /// Process number.
    public var pid: Int32
    /// Name as the kernel shows it.
    public var program: String
    /// Kernel clock ticks from boot to its start.
    public var startTicks: UInt64
    /// The boot since which those ticks count: a random number of the kernel's.
    public var boot: String
    /// Its executable file; nil if that may not be asked.
    public var executable: String?

    /// This process.
    public static var current: ProcessIdentity {
        LivingProcess(getpid())?.identity
            ?? ProcessIdentity(pid: getpid(), program: "cvqkd", startTicks: 0, boot: "", executable: nil)
    }

    /// The process with a number; nil if there is none, or only its remains.
    public static func find(_ pid: Int32) -> ProcessIdentity? { LivingProcess(pid)?.identity }

    /// Whether a process is this one. What may not be asked of either is not compared.
    func isSame(as other: ProcessIdentity) -> Bool {
        pid == other.pid && program == other.program && startTicks == other.startTicks && boot == other.boot
            && (executable == nil || other.executable == nil || executable == other.executable)
    }

    /// Whether this process still runs, as a process of the user who says so: anybody can write down the number, and
    /// the start, of anybody's.
    public func isAlive(of user: UInt32) -> Bool {
        guard let found = LivingProcess(pid) else { return false }
        return found.user == user && isSame(as: found.identity)
    }

    /// Whether this process is there and does not run: somebody has stopped it (Ctrl-Z, SIGSTOP, a debugger).
    public var isSuspended: Bool { LivingProcess(pid).map { $0.isStopped && isSame(as: $0.identity) } ?? false }
}

/// A process as /proc shows it.
struct LivingProcess {
    let identity: ProcessIdentity
    /// The user who started it.
    let user: UInt32
    /// Whether it is stopped by a signal or a debugger.
    let isStopped: Bool

    private static let kind = ForeignFileKind("a file of the kernel's", mostBytes: 64 << 10)

    /// Nil if there is none of this number, or only its remains.
    init?(_ pid: Int32) {
        // "pid (name) state ppid …"; the name may contain anything, so the fields count from the last parenthesis.
        guard pid > 0, let text = Self.text("/proc/\(pid)/stat"), let open = text.firstIndex(of: "("),
            let close = text.lastIndex(of: ")"), open < close, let boot = Self.text("/proc/sys/kernel/random/boot_id")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let ticks = UInt64(fields[19]) else { return nil }
        // The folder's owner would be root for a program that keeps its memory from being read.
        guard
            let line = Self.text("/proc/\(pid)/status")?.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") }),
            let user = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ UInt32($0) })
        else { return nil }
        self.user = user
        isStopped = fields[0] == "T" || fields[0] == "t"
        identity = ProcessIdentity(
            pid: pid, program: String(text[text.index(after: open)..<close]), startTicks: ticks,
            boot: String(boot.prefix { $0 != "\n" }), executable: Self.executable(pid))
    }

    private static func text(_ path: String) -> String? {
        do throws(ForeignFileRefusal) {
            return String(decoding: try ForeignFile.bytes(of: path, kind), as: UTF8.self)
        } catch {
            return nil
        }
    }

    /// Without what the kernel adds when the file has been replaced by a newer one.
    private static func executable(_ pid: Int32) -> String? {
        var target = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/\(pid)/exe", &target, target.count)
        guard count > 0 else { return nil }
        let path = String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
    }
}
