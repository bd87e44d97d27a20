import DurableFiles
import ForeignFiles
import Foundation
import Testing

struct LockFileTests {
    private static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test func `one has it, the other is told who, with name and since when`() throws {
        let folder = try Scratch()
        let first = try LockFile(folder.at("lock"), .exclusive)
        #expect(try first.take() == true)
        let began = Int64(Date().timeIntervalSince1970)
        for use in [LockFile.Use.exclusive, .shared] {
            let second = try LockFile(folder.at("lock"), use)
            #expect(try !second.take())
            let found = second.holder()
            let holder = try #require(found)
            let name = try String(contentsOfFile: "/proc/self/comm", encoding: .utf8).dropLast()
            #expect(holder.pid == getpid() && holder.program == String(name))
            let since = try #require(holder.since)
            #expect((began - 10...began + 10).contains(since))
            #expect(holder.description.hasPrefix("\(name), pid \(getpid()), since 20"))
        }
        first.release()
        let third = try LockFile(folder.at("lock"), .shared)
        #expect(try third.take() && folder.text("lock") == "")
        // A reader is named too, though it writes nothing.
        let fourth = try LockFile(folder.at("lock"), .exclusive)
        #expect(try !fourth.take() && fourth.holder()?.pid == getpid())
    }

    @Test func `nobody else may open it, also if an older program let them`() throws {
        let folder = try Scratch()
        _ = try LockFile(folder.at("lock"), .exclusive)
        #expect(Self.mode(folder.at("lock")) == 0o600)
        for use in [LockFile.Use.exclusive, .shared] {
            try #require(chmod(folder.at("lock"), 0o644) == 0)
            _ = try LockFile(folder.at("lock"), use)
            #expect(Self.mode(folder.at("lock")) == 0o600)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `what lies in its place is neither followed, emptied nor waited for`() throws {
        let folder = try Scratch()
        try Data("victim".utf8).write(to: URL(filePath: folder.at("victim")))
        try #require(symlink(folder.at("victim"), folder.at("link")) == 0)
        try #require(symlink(folder.at("none"), folder.at("loose")) == 0)
        try #require(mkfifo(folder.at("pipe"), 0o600) == 0 && mkdir(folder.at("inner"), 0o700) == 0)
        try #require(link(folder.at("victim"), folder.at("second")) == 0)
        for (name, found) in [
            ("link", NotAFile.link), ("loose", .link), ("pipe", .pipe), ("inner", .folder), ("second", .link),
        ] {
            for use in [LockFile.Use.exclusive, .shared] {
                #expect(throws: ForeignFileRefusal.notAFile(folder.at(name), found)) {
                    _ = try LockFile(folder.at(name), use)
                }
            }
        }
        #expect(folder.text("victim") == "victim" && folder.text("none") == nil)
        #expect(throws: ForeignFileRefusal.notFound(folder.at("new"))) { _ = try LockFile(folder.at("new"), .shared) }
    }

    /// As root, which the machines of these tests are: what it makes in another user's folder must not lock that user out.
    @Test func `a lock that root makes belongs to the owner of the folder`() throws {
        let folder = try Scratch()
        guard getuid() == 0 else { return }
        try #require(chown(folder.path, 65_534, 65_534) == 0)
        _ = try LockFile(folder.at("lock"), .exclusive)
        var status = stat()
        try #require(stat(folder.at("lock"), &status) == 0)
        #expect(status.st_uid == 65_534 && status.st_mode & 0o777 == 0o600)
    }
}
