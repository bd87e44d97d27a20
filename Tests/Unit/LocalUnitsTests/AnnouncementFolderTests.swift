import ForeignFiles
import Foundation
import LocalUnits
import Testing

/// Whoever announces lines chooses what this program opens.
struct AnnouncementFolderTests {
    @Test func `lines are announced by the owner of the folder and its group, and by nobody else`() throws {
        let folder = "/tmp/cvqkd-announced-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var (master, slave): (CInt, CInt) = (-1, -1)
        var name = [CChar](repeating: 0, count: 64)
        try #require(openpty(&master, &slave, &name, nil, nil) == 0)
        defer {
            close(master)
            close(slave)
        }
        try #require(symlink(name, "\(folder)/line") == 0 && symlink("/dev/zero", "\(folder)/zero") == 0)
        try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
        for mode in [mode_t(0o700), 0o755, 0o775] {
            try #require(chmod(folder, mode) == 0)
            let found = try UnitDirectory.candidates(announcedIn: folder).filter { $0.path.hasPrefix(folder) }
            #expect(found.map(\.path) == ["\(folder)/line"])
        }
        try #require(chmod(folder, 0o777) == 0)
        #expect(throws: HotplugError.announcements(.writableByOthers(folder, permissions: 0o777))) {
            _ = try UnitDirectory.candidates(announcedIn: folder)
        }
        #expect(try UnitDirectory.candidates(announcedIn: "\(folder)/none").allSatisfy { !$0.path.hasPrefix(folder) })
        guard getuid() == 0 else { return }
        try #require(chmod(folder, 0o755) == 0 && chown(folder, 65_534, 65_534) == 0)
        #expect(throws: HotplugError.announcements(.ofAnotherUser(folder, owner: 65_534))) {
            _ = try UnitDirectory.candidates(announcedIn: folder)
        }
    }
}
