import CalibrationRecords
import ForeignFiles
import Foundation
import Testing

/// Whose a store is, and what others may leave in it.
struct StoreOwnerTests {
    private static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private static func attempts(_ bench: Bench) -> [() throws -> Void] {
        [
            { _ = try bench.store.add(Samples.bob("B-2")) }, { _ = try bench.store.contents() },
            { _ = try bench.store.station() }, { _ = try TrustedKeys.load(bench.folder) },
        ]
    }

    /// Whoever may open the lock may keep it, and every key session ends.
    @Test func `the lock is its owner's alone, and the secret key is; records may be read`() throws {
        let bench = try Bench()
        let stored = try bench.store.add(Samples.bob())
        #expect(Self.mode("\(bench.path)/lock") == 0o600 && Self.mode("\(bench.path)/station.key") == 0o600)
        #expect(Self.mode(bench.path) == 0o755 && Self.mode(bench.file(stored)) == 0o644)
    }

    @Test(arguments: ["", "/trusted", "/records", "/imports"], [mode_t(0o777), 0o775])
    func `a folder into which others may write is no store`(inner: String, mode: mode_t) throws {
        let bench = try Bench()
        _ = try bench.store.add(Samples.bob())
        let path = bench.path + inner
        try #require(chmod(path, mode) == 0)
        for attempt in Self.attempts(bench) {
            #expect(throws: RecordError.file(.writableByOthers(path, permissions: UInt32(mode)))) { try attempt() }
        }
    }

    @Test func `a folder of the store that is a link, or another user's, is refused before anything is written there`()
        throws
    {
        let bench = try Bench()
        _ = try bench.store.add(Samples.bob())
        let elsewhere = try Bench(station: false)
        try FileManager.default.createDirectory(atPath: elsewhere.path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(elsewhere.path)/precious.part"))
        try FileManager.default.moveItem(atPath: "\(bench.path)/records", toPath: "\(bench.path)/old")
        try #require(symlink(elsewhere.path, "\(bench.path)/records") == 0)
        for attempt in Self.attempts(bench) {
            #expect(throws: RecordError.file(.notAFile("\(bench.path)/records", .link))) { try attempt() }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path) == ["precious.part"])
        unlink("\(bench.path)/records")
        try FileManager.default.moveItem(atPath: "\(bench.path)/old", toPath: "\(bench.path)/records")
        _ = try bench.store.contents()
        guard getuid() == 0 else { return }
        try #require(chown("\(bench.path)/trusted", 65_534, 65_534) == 0)
        for attempt in Self.attempts(bench) {
            #expect(throws: RecordError.file(.ofAnotherUser("\(bench.path)/trusted", owner: 65_534))) { try attempt() }
        }
    }

    /// A FIFO waits for ever, /dev/zero never ends, a link leads where somebody else wants, 20 GB fill the memory.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["station.json", "station.key", "lock", "trusted/x.json", "records/NAME.json", "imports/NAME.json"],
        ["pipe", "zero", "link", "huge"])
    func `what is no file is refused in every place of the store, and nothing waits`(place: String, what: String) throws
    {
        let bench = try Bench()
        let stored = try bench.store.add(Samples.bob())
        let path = "\(bench.path)/\(place.replacing("NAME", with: String(repeating: "a", count: 64)))"
        unlink(path)
        let victim = "\(bench.path)/victim"
        try Data("victim".utf8).write(to: URL(filePath: victim))
        switch what {
        case "pipe": try #require(mkfifo(path, 0o600) == 0)
        case "zero": try #require(symlink("/dev/zero", path) == 0)
        case "link": try #require(symlink(victim, path) == 0)
        default:
            try #require(FileManager.default.createFile(atPath: path, contents: nil) && chmod(path, 0o600) == 0)
            try #require(truncate(path, 20_000_000_000) == 0)
        }
        do {
            let contents = try bench.store.contents()
            // One file of many: what is wrong with it is said, the others are there.
            if place.contains("NAME") {
                #expect(contents.findings.count == 1 && contents.records.map(\.name) == [stored.name])
            } else {
                #expect(place == "station.key" || (place == "lock" && what == "huge"))
            }
        } catch {
            #expect(["station.json", "lock", "trusted/x.json"].contains(place), "\(error)")
        }
        // The secret is read for this; 20 GB of zeros under the name of the lock are overwritten, being ours.
        if place == "station.key" { #expect(throws: RecordError.self) { try bench.store.add(Samples.bob("B-2")) } }
        if place == "lock", what != "huge" {
            #expect(throws: RecordError.self) { try bench.store.add(Samples.bob("B-2")) }
        }
        #expect(try Data(contentsOf: URL(filePath: victim)) == Data("victim".utf8))
    }
}

/// Where a store is if nobody says it.
struct StateFolderTests {
    /// A key must not land in `/`, or in whatever folder a program was started in.
    @Test func `variables that are empty count as not set, and so do relative paths of XDG`() throws {
        try #require(access("/var/lib/cvqkd/station.json", R_OK) != 0, "this machine has a station")
        // Root may write to /var/lib/cvqkd only if it is there.
        guard access("/var/lib/cvqkd", F_OK) != 0 else { return }
        let home = "/home/kim/.local/share/cvqkd"
        for (environment, path) in [
            (["HOME": "/home/kim"], home), (["HOME": "/home/kim", "XDG_DATA_HOME": ""], home),
            (["HOME": "/home/kim", "XDG_DATA_HOME": "data"], home),
            (["HOME": "/home/kim", "XDG_DATA_HOME": "./data"], home),
            (["HOME": "/home/kim", "XDG_DATA_HOME": "/data"], "/data/cvqkd"),
            (["HOME": "/home/kim", "CVQKD_STATE_DIRECTORY": ""], home),
            (["HOME": "/home/kim", "CVQKD_STATE_DIRECTORY": "/state"], "/state"),
        ] {
            #expect(StateFolder(environment: environment).path == path, "\(environment)")
        }
        // Of nothing, and of a HOME that says nothing, the user database knows.
        for environment in [[:], ["HOME": ""], ["HOME": "kim"]] {
            let path = StateFolder(environment: environment).path
            #expect(path.hasPrefix("/") && path != "/cvqkd" && path.hasSuffix("/.local/share/cvqkd"), "\(environment)")
        }
        #expect(StateFolder("", environment: ["HOME": "/home/kim"]).path == home)
    }
}
