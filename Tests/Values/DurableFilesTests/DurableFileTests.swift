import ForeignFiles
import Foundation
import Testing

@testable import DurableFiles

struct DurableFileTests {
    static let placements: [DurableFile.Placement] = [.replacing, .exclusive]

    @Test(arguments: placements)
    func `a file is there whole, with its mode, and nothing beside it`(placement: DurableFile.Placement) throws {
        let folder = try Scratch()
        try folder.write("one", "file", placement, mode: 0o600)
        #expect(folder.text("file") == "one" && folder.names == ["file"])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.at("file"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a file that is there is replaced, or stays`() throws {
        let folder = try Scratch()
        try folder.write("one", "file", .replacing)
        try folder.write("two", "file", .replacing)
        #expect(folder.text("file") == "two")
        #expect(throws: FileFault(.place, path: folder.at("file"), code: EEXIST)) {
            try folder.write("three", "file", .exclusive)
        }
        #expect(folder.text("file") == "two" && folder.names == ["file"])
    }

    @Test func `bytes are added piece by piece`() throws {
        let folder = try Scratch()
        let file = try DurableFile(folder.at("file"))
        for piece in ["a", "", "bc"] { try file.write(Data(piece.utf8).bytes) }
        #expect(folder.text("file") == nil, "nobody sees it before it is whole")
        try file.publish(.exclusive)
        #expect(folder.text("file") == "abc")
    }

    @Test func `one that is given up leaves nothing`() throws {
        let folder = try Scratch()
        do {
            let file = try DurableFile(folder.at("file"))
            try file.write(Data("one".utf8).bytes)
            #expect(folder.names.count == 1)
        }
        #expect(folder.names.isEmpty)
    }

    /// Of 255 bytes: of one byte each, of two, of four.
    @Test(arguments: placements, ["n", "é", "😀"])
    func `the longest name is taken, and one byte more is refused before anything is written`(
        placement: DurableFile.Placement, letter: String
    ) throws {
        let folder = try Scratch()
        let width = letter.utf8.count
        let name = String(repeating: letter, count: 255 / width) + String(repeating: "x", count: 255 % width)
        #expect(name.utf8.count == 255)
        try folder.write("one", name, placement)
        #expect(folder.text(name) == "one" && folder.names == [name])
        #expect(throws: FileFault(.begin, path: folder.at(name + "y"), code: ENAMETOOLONG)) {
            _ = try DurableFile(folder.at(name + "y"))
        }
        #expect(folder.names == [name])
    }

    @Test func `temporary names are short, hidden and never the same`() throws {
        let folder = try Scratch()
        var files: Set<String> = []
        for _ in 0..<100 {
            let file = try DurableFile(folder.at("file"))
            let name = try #require(folder.names.first)
            #expect(folder.names.count == 1 && name.hasPrefix(".") && name.hasSuffix(DurableFile.ending))
            #expect(name.utf8.count == 1 + 32 + DurableFile.ending.utf8.count)
            files.insert(name)
            _ = consume file
        }
        #expect(files.count == 100)
    }

    @Test func `a link that waits at a guessed name is neither followed nor harmed`() throws {
        let folder = try Scratch()
        try Data("victim".utf8).write(to: URL(filePath: folder.at("victim")))
        let guesses = ["file.\(getpid()).part", ".file.part", "file.part", "file~"]
        for guess in guesses {
            try FileManager.default.createSymbolicLink(
                atPath: folder.at(guess), withDestinationPath: folder.at("victim"))
        }
        for placement in Self.placements {
            try? FileManager.default.removeItem(atPath: folder.at("file"))
            try folder.write("one", "file", placement)
        }
        #expect(folder.text("victim") == "victim" && folder.names == (guesses + ["file", "victim"]).sorted())
        // Somebody who guessed right gains nothing either.
        let open = try DurableFiles.Folder(folder.path)
        #expect(open.create(guesses[0], mode: 0o644) == -EEXIST)
        try FileManager.default.createSymbolicLink(atPath: folder.at("loose"), withDestinationPath: folder.at("none"))
        #expect(open.create("loose", mode: 0o644) == -EEXIST)
        #expect(folder.text("victim") == "victim" && folder.text("none") == nil)
    }

    /// Whoever named it meant what it stands for, or did not know of it: a report in place of /dev/null helps nobody.
    @Test func `only a file is replaced: a link, a FIFO, a device and a folder stay`() throws {
        let folder = try Scratch()
        try Data("victim".utf8).write(to: URL(filePath: folder.at("victim")))
        try FileManager.default.createSymbolicLink(atPath: folder.at("link"), withDestinationPath: folder.at("victim"))
        try FileManager.default.createSymbolicLink(atPath: folder.at("loose"), withDestinationPath: folder.at("none"))
        try #require(mkfifo(folder.at("pipe"), 0o600) == 0 && mkdir(folder.at("inner"), 0o700) == 0)
        let names = folder.names
        for (name, found) in [("link", NotAFile.link), ("loose", .link), ("pipe", .pipe), ("inner", .folder)] {
            #expect(throws: FileFault(.place, path: folder.at(name), code: EEXIST)) {
                try folder.write("one", name, .exclusive)
            }
            let fault = FileFault(.replace, path: folder.at(name), code: EEXIST, found: found)
            #expect(throws: fault) { try folder.write("one", name, .replacing) }
            #expect("\(fault)".contains(found.name))
        }
        #expect(folder.text("victim") == "victim" && folder.text("none") == nil && folder.names == names)
        #expect(throws: FileFault(.replace, path: "/dev/null", code: EEXIST, found: .characterDevice)) {
            try DurableFile.write(Data("one".utf8).bytes, to: "/dev/null", .replacing)
        }
    }

    /// exFAT, SMB and FUSE have no fsync for folders, or none at all, and say so in several ways.
    @Test func `a file system that cannot sync is no failure, and a disk that cannot is`() {
        for code in [EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUP, EPERM] {
            errno = code
            #expect(SyncAnswer.code(-1) == 0)
        }
        for code in [EIO, ENOSPC, EDQUOT, EROFS] {
            errno = code
            #expect(SyncAnswer.code(-1) == code)
        }
        #expect(SyncAnswer.code(0) == 0)
    }

    @Test func `without a folder nothing begins`() throws {
        let folder = try Scratch()
        for (path, code) in [
            (folder.at("no/file"), ENOENT), ("\(folder.at("no"))/", EISDIR), (folder.at("."), EISDIR), ("", EISDIR),
        ] {
            do {
                _ = try DurableFile(path)
                Issue.record("\(path) was begun")
            } catch {
                #expect(error == FileFault(.begin, path: path, code: code))
            }
        }
        try folder.write("one", "file", .replacing)
        #expect(throws: FileFault(.begin, path: folder.at("file/x"), code: ENOTDIR)) {
            _ = try DurableFile(folder.at("file/x"))
        }
    }

    @Test func `a folder that vanishes is an error; one that is moved takes the file along`() throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(atPath: folder.at("inner"), withIntermediateDirectories: false)
        for placement in Self.placements {
            try? FileManager.default.createDirectory(atPath: folder.at("inner"), withIntermediateDirectories: false)
            let file = try DurableFile(folder.at("inner/file"))
            try file.write(Data("one".utf8).bytes)
            try FileManager.default.removeItem(atPath: folder.at("inner"))
            do {
                try file.publish(placement)
                Issue.record("it was published nowhere")
            } catch {
                #expect(error == FileFault(.place, path: folder.at("inner/file"), code: ENOENT))
            }
        }
        try FileManager.default.createDirectory(atPath: folder.at("inner"), withIntermediateDirectories: false)
        let file = try DurableFile(folder.at("inner/file"))
        try file.write(Data("one".utf8).bytes)
        try FileManager.default.moveItem(atPath: folder.at("inner"), toPath: folder.at("other"))
        try file.publish(.exclusive)
        #expect(folder.text("other/file") == "one" && folder.names == ["other"])
    }

    @Test func `a reader finds the old file or the new one`() async throws {
        let folder = try Scratch()
        let texts = (0..<2).map { String(repeating: "\($0)", count: 100_000) }
        try folder.write(texts[0], "file", .replacing)
        let reader = Task.detached { [path = folder.at("file")] in
            var found: Set<String> = []
            while !Task.isCancelled {
                found.insert((try? String(contentsOfFile: path, encoding: .utf8)) ?? "nothing")
            }
            return found
        }
        for round in 0..<100 { try folder.write(texts[round % 2], "file", .replacing) }
        reader.cancel()
        #expect(await reader.value.isSubset(of: Set(texts)))
    }

    @Test func `a fault is a sentence`() {
        #expect(
            "\(FileFault(.write, path: "/x/y", code: ENOSPC))" == "/x/y cannot be written: No space left on device")
    }
}

/// What the kernel says at the end of a disk it says at a process's own limit too (EFBIG): a process of its own, because the
/// limit is everybody's in it.
struct NoRoomTests {
    @Test(arguments: ["replacing", "exclusive"])
    func `without room the old file is whole, and nothing is left beside it`(placement: String) async throws {
        await #expect(processExitsWith: .success) { [placement = placement as String] in
            let folder = try Scratch()
            try folder.write("old", "file", .replacing)
            try Self.limitFiles(to: 1000)
            let isReplacing = placement == "replacing"
            let name = isReplacing ? "file" : "new"
            do {
                let file = try DurableFile(folder.at(name))
                try file.write(Data(count: 900).bytes)
                precondition(folder.names.count == 2, "the new one is being written beside the old one")
                try file.write(Data(count: 200).bytes)
                try file.publish(isReplacing ? .replacing : .exclusive)
                preconditionFailure("it found room")
            } catch let fault as FileFault {
                precondition(fault == FileFault(.write, path: folder.at(name), code: EFBIG), "\(fault)")
            }
            precondition(folder.text("file") == "old" && folder.names == ["file"], "\(folder.names)")
        }
    }

    static func limitFiles(to bytes: UInt) throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else {
            throw FileFault(.begin, path: "RLIMIT_FSIZE", code: errno)
        }
    }
}
