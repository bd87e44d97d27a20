import ForeignFiles
import Foundation
import Testing

/// A folder that goes with its owner.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = "/tmp/cvqkd-foreign-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func put(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}

struct ForeignFileTests {
    static let kind = ForeignFileKind("a short file", mostBytes: 100)

    @Test func `a regular file is read, with whose it is`() throws {
        let scratch = try Scratch()
        let kept = try scratch.put("a", "hello")
        try #require(chmod(kept, 0o640) == 0)
        let file = try ForeignFile(kept, Self.kind)
        #expect(try file.bytes() == Array("hello".utf8))
        #expect(file.facts.size == 5 && file.facts.owner == getuid() && file.facts.permissions == 0o640)
        #expect(file.facts.isReadableByOthers && !file.facts.isWritableByOthers && file.facts.isOnly(of: getuid()))
        try #require(chmod(kept, 0o666) == 0)
        let open = try ForeignFile(kept, Self.kind).facts
        #expect(open.isWritableByOthers && !open.isOnly(of: getuid()))
    }

    /// A FIFO would wait for a writer, a terminal would become ours, /dev/zero never ends.
    @Test(.timeLimit(.minutes(1))) func `what is no regular file is told apart, and nothing waits`() throws {
        let scratch = try Scratch()
        let pipe = "\(scratch.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let folder = "\(scratch.path)/folder"
        try #require(mkdir(folder, 0o700) == 0)
        var (master, slave): (CInt, CInt) = (-1, -1)
        var name = [CChar](repeating: 0, count: 64)
        try #require(openpty(&master, &slave, &name, nil, nil) == 0)
        defer {
            close(master)
            close(slave)
        }
        let terminal = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (path, found) in [
            (pipe, NotAFile.pipe), (folder, .folder), ("/dev/zero", .characterDevice), ("/dev/null", .characterDevice),
            (terminal, .characterDevice),
        ] {
            for links in [ForeignFile.Links.followed, .refused] {
                #expect(throws: ForeignFileRefusal.notAFile(path, found)) {
                    try ForeignFile.bytes(of: path, Self.kind, links: links)
                }
            }
            // The same behind a link that a person named.
            let link = "\(scratch.path)/link"
            try #require(symlink(path, link) == 0)
            #expect(throws: ForeignFileRefusal.notAFile(link, found)) { try ForeignFile.bytes(of: link, Self.kind) }
            unlink(link)
        }
    }

    @Test func `a link is followed for a person and refused in a shared folder`() throws {
        let scratch = try Scratch()
        let target = try scratch.put("a", "hello")
        let link = "\(scratch.path)/link"
        try #require(symlink(target, link) == 0)
        #expect(try ForeignFile.bytes(of: link, Self.kind) == Array("hello".utf8))
        #expect(throws: ForeignFileRefusal.notAFile(link, .link)) {
            try ForeignFile.bytes(of: link, Self.kind, links: .refused)
        }
        let circle = "\(scratch.path)/circle"
        try #require(symlink(circle, circle) == 0)
        #expect(throws: ForeignFileRefusal.notAFile(circle, .link)) { try ForeignFile.bytes(of: circle, Self.kind) }
    }

    @Test func `what is longer than its kind is refused before it is read`() throws {
        let scratch = try Scratch()
        let path = try scratch.put("a", String(repeating: "x", count: 100))
        #expect(try ForeignFile.bytes(of: path, Self.kind).count == 100)
        // 20 GB, of which the file system stores nothing.
        try #require(truncate(path, 20_000_000_000) == 0)
        let refusal = ForeignFileRefusal.tooLong(path, Self.kind, bytes: 20_000_000_000)
        #expect(throws: refusal) { try ForeignFile.bytes(of: path, Self.kind) }
        #expect(refusal.description.contains("a short file has 100 at most"))
    }

    /// Files of /proc say that they are empty.
    @Test func `a file that has more than it says is read to its end, or to the limit`() throws {
        let file = try ForeignFile("/proc/self/status", ForeignFileKind("a status", mostBytes: 1 << 20))
        #expect(file.facts.size == 0)
        #expect(try file.bytes().count > 100)
        #expect {
            try ForeignFile.bytes(of: "/proc/self/status", Self.kind)
        } throws: {
            guard case ForeignFileRefusal.tooLong(_, Self.kind, _) = $0 else { return false }
            return true
        }
    }

    @Test(arguments: ["", "/tmp/a\0b", "\0"]) func `what cannot be a name is none`(name: String) {
        #expect(throws: ForeignFileRefusal.notAName(name)) { try ForeignFile.bytes(of: name, Self.kind) }
        #expect(!"\(ForeignFileRefusal.notAName(name))".utf8.contains(0))
    }

    @Test func `the system's reason is kept`() throws {
        let scratch = try Scratch()
        let long = "\(scratch.path)/" + String(repeating: "x", count: 300)
        #expect(throws: ForeignFileRefusal.system(long, operation: "stat", code: ENAMETOOLONG)) {
            try ForeignFile.bytes(of: long, Self.kind)
        }
        let file = try scratch.put("a", "hello")
        #expect(throws: ForeignFileRefusal.notFound(file + "/b")) { try ForeignFile.bytes(of: file + "/b", Self.kind) }
    }
}
