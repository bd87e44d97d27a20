import ForeignFiles
import Foundation
import Testing

struct ForeignFolderTests {
    static let kind = ForeignFileKind("a short file", mostBytes: 100)

    @Test func `a folder tells whose it is and who may write`() throws {
        let scratch = try Scratch()
        try #require(chmod(scratch.path, 0o775) == 0)
        let folder = try ForeignFolder(scratch.path)
        #expect(folder.facts.owner == getuid() && folder.facts.permissions == 0o775)
        try folder.requireWriters(.group)
        try folder.requireOwner(getuid())
        #expect(throws: ForeignFileRefusal.writableByOthers(scratch.path, permissions: 0o775)) {
            try folder.requireWriters(.owner)
        }
        #expect(throws: ForeignFileRefusal.ofAnotherUser(scratch.path, owner: getuid())) {
            try folder.requireOwner(getuid() + 1)
        }
        try #require(chmod(scratch.path, 0o777) == 0)
        #expect(throws: ForeignFileRefusal.writableByOthers(scratch.path, permissions: 0o777)) {
            try ForeignFolder(scratch.path).requireWriters(.group)
        }
    }

    @Test func `what is no folder is none, and a link to one only for a person`() throws {
        let scratch = try Scratch()
        let file = try scratch.put("a", "hello")
        let link = "\(scratch.path)/link"
        try #require(symlink(scratch.path, link) == 0)
        #expect(throws: ForeignFileRefusal.notAFolder(file)) { _ = try ForeignFolder(file) }
        #expect(throws: ForeignFileRefusal.notFound("\(file)-b")) { _ = try ForeignFolder("\(file)-b") }
        #expect(throws: ForeignFileRefusal.notAName("")) { _ = try ForeignFolder("") }
        _ = try ForeignFolder(link)
        #expect(throws: ForeignFileRefusal.notAFile(link, .link)) { _ = try ForeignFolder(link, links: .refused) }
    }

    @Test func `names are listed up to a number, and those that are no text are counted`() throws {
        let scratch = try Scratch()
        for name in ["b", "a", "c"] { _ = try scratch.put(name, "x") }
        let folder = try ForeignFolder(scratch.path)
        #expect(try folder.names(atMost: 10) == .init(["a", "b", "c"]))
        let cut = try folder.names(atMost: 2)
        #expect(cut.names.count == 2 && cut.isCut)
        // Latin-1, as an old system leaves it.
        let bytes = Array("\(scratch.path)/caf".utf8) + [0xE9, 0]
        let opened = open(bytes.map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o600)
        try #require(opened >= 0)
        close(opened)
        let found = try folder.names(atMost: 10)
        #expect(found.names == ["a", "b", "c"] && found.unnameable == 1 && !found.isCut)
    }

    /// What somebody may leave in a folder that others look through.
    @Test(.timeLimit(.minutes(1))) func `a file of the folder is a file, and nothing else is waited for or followed`()
        throws
    {
        let scratch = try Scratch()
        let target = try scratch.put("target", "secret")
        try #require(mkdir("\(scratch.path)/inner", 0o700) == 0)
        try #require(mkfifo("\(scratch.path)/pipe", 0o600) == 0)
        try #require(symlink(target, "\(scratch.path)/link") == 0)
        try #require(symlink("/dev/zero", "\(scratch.path)/zero") == 0)
        let folder = try ForeignFolder("\(scratch.path)")
        #expect(try folder.file("target", Self.kind).bytes() == Array("secret".utf8))
        for (name, found) in [("pipe", NotAFile.pipe), ("link", .link), ("zero", .link), ("inner", .folder)] {
            #expect(throws: ForeignFileRefusal.notAFile("\(scratch.path)/\(name)", found)) {
                _ = try folder.file(name, Self.kind)
            }
        }
        for name in ["", "inner/../target", "../\(scratch.path)/target", "a\0b"] {
            #expect(throws: ForeignFileRefusal.notAName("\(scratch.path)/\(name)")) {
                _ = try folder.file(name, Self.kind)
            }
        }
        #expect(folder.remove("link") && folder.remove("link") && !folder.remove("inner"))
        #expect(FileManager.default.fileExists(atPath: target))
    }
}

struct FileNameTests {
    /// The protocol's rule for serial numbers: 1 … 31 of A–Z a–z 0–9 - _ . – what units say is another thing.
    @Test(arguments: ["NOVA-B-0001", "a.b_c-9", "X", String(repeating: "9", count: 31)])
    func `a serial number as the protocol has it is its own name`(serial: String) {
        #expect(FileName.part(serial) == serial)
    }

    @Test func `any other text becomes a name that stays in its folder, and no two become one`() {
        let texts = [
            "", ".", "..", "../../etc/passwd", "x/../../y", "/etc/shadow", "a b", "a\tb", "a:b", "a\u{1B}[31m", "é",
            "e\u{301}",
            "a\0b", ".hidden", "con\\aux", String(repeating: "x", count: 5_000), String(repeating: "/", count: 5_000),
        ]
        let names = texts.map(FileName.part)
        #expect(Set(names).count == texts.count)
        for name in names {
            #expect(!name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 100, "\(name)")
            #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/:\\*?\"<>|".utf8.contains($0) }, "\(name)")
        }
        #expect(FileName.part("x/../../y") == FileName.part("x/../../y"))
    }
}

struct EnvironmentFolderTests {
    @Test func `an empty variable is none, and a relative one of XDG is ignored`() {
        let environment = ["EMPTY": "", "RELATIVE": "data", "DOT": "./x", "ABSOLUTE": "/data"]
        #expect(EnvironmentFolder.named("EMPTY", in: environment) == nil)
        #expect(EnvironmentFolder.named("MISSING", in: environment) == nil)
        #expect(EnvironmentFolder.named("RELATIVE", in: environment) == "data")
        for name in ["EMPTY", "MISSING", "RELATIVE", "DOT"] {
            #expect(EnvironmentFolder.absolute(name, in: environment) == nil)
        }
        #expect(EnvironmentFolder.absolute("ABSOLUTE", in: environment) == "/data")
    }
}
