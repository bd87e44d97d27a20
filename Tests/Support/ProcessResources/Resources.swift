internal import CProcessResources
internal import Glibc

/// What the process holds: compared before and after something that must leave nothing behind.
public struct Resources: Sendable {
    /// Threads by name.
    public var threads: [String: Int]
    /// Open descriptors.
    public var descriptors: Int
    /// Bytes of the heap in use.
    public var heap: Int
    /// Anonymous resident memory, bytes.
    public var resident: Int
    /// Address space, bytes.
    public var mapped: Int

    /// Swift's pool and Dispatch start and end workers as they see fit; they have the program's name, which is cut to 15
    /// bytes. One per core, the main thread, and one of Dispatch's own.
    private static let workers = line("/proc/self/comm") ?? ""
    private static let workerSlack = 4
    /// Tables of the runtime (metadata, string buffers of reports) still grow a little from time to time. A stream pool
    /// has 4 MiB at least, a transfer buffer 64 KiB.
    public static let heapSlack = 48 << 10
    /// The allocator returns memory in whole pages at the top of its arenas only. Pools are mapped: a lost one is 4 MiB
    /// or more.
    private static let residentSlack = 3 << 20
    /// A thread's stack of 8 MiB is kept by glibc for the next thread, up to 40 MiB of them; workers come and go.
    private static let mappedSlack = 48 << 20

    /// What the figure of the heap gets wrong; nil if nothing. A thread that has given everything back holds nothing, also
    /// while it lives: with the allocator's caches it seems to hold 236 KB, and a unit that died beside other work to have
    /// left them behind.
    public static func heapFigureFault() -> String? {
        let excess = pr_held_by_idle_thread()
        guard excess > heapSlack else { return nil }
        return "a thread that has given everything back seems to hold \(excess) bytes of heap"
    }

    /// What is held at this moment, free memory given back first.
    public static func now() -> Resources {
        pr_trim()
        let status = words("/proc/self/status")
        return Resources(
            threads: threadNames(), descriptors: entries("/proc/self/fd").count, heap: Int(pr_heap_in_use()),
            resident: 1024 * (status["RssAnon:"] ?? 0), mapped: 1024 * (status["VmSize:"] ?? 0))
    }

    /// Makes the figures of memory repeatable. To be called before the first thread is started, and before anything else
    /// that must not happen twice: the program may start anew.
    public static func settleAllocator() {
        // SAFETY: the process's own arguments, which end with a null pointer and live as long as it does.
        pr_settle_allocator(CommandLine.unsafeArgv)
    }

    /// What is held beyond `before`, nil if nothing is.
    public func excess(over before: Resources, heapSlack: Int = heapSlack) -> String? {
        var excess: [String] = []
        for (name, count) in threads.sorted(by: { $0.key < $1.key }) {
            let slack = name == Self.workers ? Self.workerSlack : 0
            let more = count - (before.threads[name] ?? 0)
            if more > slack { excess.append("\(more) threads \(name)") }
        }
        if descriptors > before.descriptors { excess.append("\(descriptors - before.descriptors) descriptors") }
        if heap - before.heap > heapSlack { excess.append("\(heap - before.heap) bytes of heap") }
        if resident - before.resident > Self.residentSlack {
            excess.append("\(resident - before.resident) bytes resident")
        }
        if mapped - before.mapped > Self.mappedSlack { excess.append("\(mapped - before.mapped) bytes mapped") }
        return excess.isEmpty ? nil : excess.joined(separator: ", ")
    }

    /// What is held when threads and callbacks of what was closed are at their end: when two looks in a row find the same
    /// threads and descriptors, or after two seconds.
    public static func settled() async -> Resources {
        var last = now()
        for _ in 0..<40 {
            try? await Task.sleep(for: .milliseconds(50))
            let next = now()
            if (next.threads, next.descriptors) == (last.threads, last.descriptors) { return next }
            last = next
        }
        return last
    }

    /// What was left behind after two seconds, which threads and callbacks may take to end.
    public static func leak(since before: Resources, heapSlack: Int = heapSlack) async -> String? {
        var excess: String?
        for _ in 0..<40 {
            excess = now().excess(over: before, heapSlack: heapSlack)
            if excess == nil { return nil }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return excess
    }

    private static func threadNames() -> [String: Int] {
        entries("/proc/self/task").reduce(into: [:]) { names, thread in
            // A thread that has just ended has no name any more.
            if let name = line("/proc/self/task/\(thread)/comm") { names[name, default: 0] += 1 }
        }
    }

    private static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." && !(path.hasSuffix("/fd") && name == "\(own)") { names.append(name) }
        }
        return names
    }

    private static func words(_ path: String) -> [String: Int] {
        guard let file = fopen(path, "r") else { return [:] }
        defer { fclose(file) }
        var values: [String: Int] = [:]
        var buffer = [CChar](repeating: 0, count: 256)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let words = text(buffer).split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" })
            if words.count >= 2, let value = Int(words[1]) { values[String(words[0])] = value }
        }
        return values
    }

    private static func line(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 64)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
        return String(text(buffer).prefix { $0 != "\n" })
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
