import Foundation
import SignalRecordings
import Testing

/// What a person names instead of a recording, each told apart.
struct RecordingNamesTests {
    @Test(arguments: [
        ("r.sigmf-", NotARecording.unfinished), ("r.sigmf", .unfinished), ("packed.sigmf", .archive),
        ("r.sigmf-m", .unfinished), ("r.sigmf-dat", .unfinished), ("r.sigmf-meta.", .unfinished), ("packed", .archive),
        ("all", .collection), ("old.sigmf.tar", .archive),
        ("packed.sigmf.xz", .archive), ("all.sigmf-collection", .collection), ("folder", .folder), ("folder/", .folder),
        (".", .folder), ("samples.wav", .otherFile), ("none/", .noName), (".sigmf-meta", .noName), ("r\0", .noName),
    ])
    func `what is not a recording is told apart`(name: String, found: NotARecording) throws {
        let folder = try Folder()
        try folder.put(meta: Folder.plain, data: [1, 0])
        for file in ["packed.sigmf", "packed.sigmf.xz", "old.sigmf.tar", "all.sigmf-collection", "samples.wav"] {
            try Data("x".utf8).write(to: URL(filePath: folder.base(file)))
        }
        try FileManager.default.createDirectory(atPath: folder.base("folder"), withIntermediateDirectories: false)
        let path = folder.base(name)
        let error = RecordingError.notARecording(path: path, found)
        #expect(throws: error) { try opening(path) }
        #expect(!error.description.utf8.contains(0) && !error.description.contains("ioctl"))
    }

    @Test func `an empty name is none, also for a writer`() throws {
        #expect(throws: RecordingError.notARecording(path: "", .noName)) { try opening("") }
        let folder = try Folder()
        #expect(throws: RecordingError.notARecording(path: folder.base(".sigmf-data"), .noName)) {
            try RecordingWriter.check(RecordingFiles(folder.base(".sigmf-data")), replacing: true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a half that is not a file is told, and nothing waits`() throws {
        let folder = try Folder()
        try folder.put(meta: nil, data: [1, 0])
        try #require(mkfifo(folder.base() + ".sigmf-meta", 0o600) == 0)
        let pipe = "\(folder.base()).sigmf-meta is a pipe (FIFO), not a file. Name a recording's own files"
        #expect {
            try opening(folder.base())
        } throws: {
            "\($0)" == pipe
        }
        #expect {
            try opening("/dev/zero")
        } throws: {
            "\($0)".contains("/dev/zero is a character device")
        }
        try folder.put("s", meta: Folder.plain, data: nil)
        try #require(symlink("/dev/zero", folder.base("s") + ".sigmf-data") == 0)
        #expect {
            try opening(folder.base("s"))
        } throws: {
            "\($0)".contains("is a character device")
        }
        try folder.put("t", meta: nil, data: [1, 0])
        try #require(mkdir(folder.base("t") + ".sigmf-meta", 0o700) == 0)
        #expect {
            try opening(folder.base("t"))
        } throws: {
            "\($0)".contains("is a folder")
        }
    }

    @Test func `a text that is too long is refused before it is read`() throws {
        let folder = try Folder()
        try folder.put(meta: "{", data: [1, 0])
        try #require(truncate(folder.base() + ".sigmf-meta", 20_000_000_000) == 0)
        #expect {
            try opening(folder.base())
        } throws: {
            "\($0)".contains("has 20000000000 bytes or more")
        }
    }

    @Test(arguments: ["", ".", "..", "a\\u0000", "sub/r.bin", "r.sigmf-meta"])
    func `a dataset that is no file of the folder is refused`(name: String) throws {
        let folder = try Folder()
        try folder.put(
            meta: Folder.meta(#""core:datatype": "ri16_le", "core:dataset": "\#(name)""#), data: [1, 0])
        #expect {
            try opening(folder.base())
        } throws: {
            "\($0)".contains("core:dataset")
        }
    }

    @Test(arguments: [
        (#"{"global":{"core:datatype":"ri16_le","core:sample_rate":NaN}}"#, "line 1, column 57: NaN is not JSON"),
        (
            "{\"global\": {\n\"core:datatype\": \"ri16_le\",\n\"core:datatype\": \"ci16_le\"}}",
            "line 3, column 1: 'core:datatype' is there a second time"
        ),
        (#"{"global":{"core:datatype":"ri16_le"}}"# + "\0\0", "line 1, column 39: 2 zero bytes follow the text"),
    ])
    func `where a text is wrong is told`(meta: String, words: String) throws {
        let folder = try Folder()
        let base = try folder.put(meta: meta, data: [1, 0])
        #expect {
            try opening(base)
        } throws: {
            "\($0)".contains(words)
        }
        let file = URL(filePath: base + ".sigmf-meta")
        try (Data(#"{"global":{"core:datatype":"ri16_le","core:hw":"M"#.utf8) + [0xFC] + Data(#"ller"}}"#.utf8)).write(
            to: file)
        #expect {
            try opening(base)
        } throws: {
            "\($0)".contains("line 1, column 50: byte 0xFC is not UTF-8: perhaps the text is Latin-1")
        }
    }
}
