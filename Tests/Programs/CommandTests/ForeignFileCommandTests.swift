import Foundation
import Testing

/// What a person names on the command line, and what lies there.
struct ForeignFileCommandTests {
    /// A command with one place for a file, `FILE`.
    private static let readers = [
        "calibration verify FILE", "calibration verify --heads FILE", "calibration verify FILE --key FILE",
        "calibration import FILE", "calibration sign FILE --key KEY --output OUT",
        "calibration sign JSON --key FILE --output OUT",
        "station trust FILE --name x", "schema check FILE", "schema show FILE", "schema diff FILE", "otdr show FILE",
        "spectrum --off FILE --on FILE", "evidence verify FILE", "evidence verify FILE --node-key FILE",
        "estimate --modulation FILE --signal FILE --off FILE --on FILE --detection heterodyne --efficiency 0.6",
        "shot-noise analyze --off FILE --on FILE",
    ]

    private struct Bench {
        let folder = try? Scratch()
        let program: Program
        var path: String { folder?.path ?? "" }

        init() async throws {
            program = Program(name: "cvqkd", environment: Program.isolation(in: try #require(folder).path))
            let made = try await program.run("station", "init", "--name", "x")
            try #require(made.status == 0, "\(made.errors)")
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["pipe", "zero", "socket", "folder", "huge"])
    func `no command waits for, or fills the memory with, what is no file`(what: String) async throws {
        let bench = try await Bench()
        let file = "\(bench.path)/it"
        switch what {
        case "pipe": try #require(mkfifo(file, 0o600) == 0)
        case "zero": try #require(symlink("/dev/zero", file) == 0)
        case "folder": try #require(mkdir(file, 0o700) == 0)
        case "socket": try #require(mknod(file, S_IFSOCK | 0o600, 0) == 0)
        default:
            try #require(FileManager.default.createFile(atPath: file, contents: nil) && chmod(file, 0o600) == 0)
            try #require(truncate(file, 20_000_000_000) == 0)
        }
        for suffix in ["sigmf-meta", "sigmf-data"] { try #require(symlink(file, "\(file).\(suffix)") == 0) }
        // All at once: each takes a moment, and none may take the memory. 1 GB of addresses would not hold 20 GB.
        let running = try Self.readers.map { reader in
            let words = reader.split(separator: " ").map {
                $0.replacing("FILE", with: file).replacing("KEY", with: "\(bench.path)/state/station.key")
                    .replacing("JSON", with: "/proc/self/status").replacing("OUT", with: "\(bench.path)/out")
            }
            return (reader, try bench.program.start(words.map(String.init)))
        }
        for (reader, program) in running {
            let result = try await program.end(within: 60)
            #expect(result.status != 0 && result.status < 128, "\(reader): \(result.status) \(result.errors)")
            #expect(result.errors.contains("Error:"), "\(reader): \(result.errors)")
        }
        #expect(access("\(bench.path)/out", F_OK) != 0)
    }

    /// `--output` and its siblings.
    private static let writers = [
        KeyRateCommandTests.heterodyne + ["--sweep-distance", "0:20:5", "--csv", "OUT"],
        KeyRateCommandTests.heterodyne + ["--sweep-distance", "0:20:5", "--svg", "OUT"],
        ["calibration", "export", "--heads", "--output", "OUT"],
    ]

    @Test(arguments: writers, ["device", "pipe", "link", "loose", "folder"])
    func `nothing but a file is replaced, with --force or without`(writer: [String], what: String) async throws {
        let bench = try await Bench()
        let (out, victim) = ("\(bench.path)/out", "\(bench.path)/victim")
        try Data("victim".utf8).write(to: URL(filePath: victim))
        switch what {
        case "device":
            // A null device of our own (1:3), for root: nobody's /dev/null is at stake.
            guard mknod(out, S_IFCHR | 0o666, 0x103) == 0 else { return }
        case "pipe": try #require(mkfifo(out, 0o600) == 0)
        case "link": try #require(symlink(victim, out) == 0)
        case "loose": try #require(symlink("\(bench.path)/none", out) == 0)
        default: try #require(mkdir(out, 0o700) == 0)
        }
        var before = stat()
        try #require(lstat(out, &before) == 0)
        for force in [[], ["--force"]] {
            let result = try await bench.program.run(writer.map { $0 == "OUT" ? out : $0 } + force)
            #expect(result.status == 1, "\(writer) \(force): \(result.status) \(result.output)\(result.errors)")
            var after = stat()
            #expect(lstat(out, &after) == 0 && before.st_ino == after.st_ino && before.st_mode == after.st_mode)
        }
        #expect(try Data(contentsOf: URL(filePath: victim)) == Data("victim".utf8))
        #expect(access("\(bench.path)/none", F_OK) != 0)
    }

    /// Nobody wants to hear of it after a day of measuring.
    @Test(arguments: ["missing/report.json", "pipe", "link", "locked/report.json"])
    func `a report that cannot be kept is refused before a unit is asked`(name: String) async throws {
        let bench = try await Bench()
        try #require(mkfifo("\(bench.path)/pipe", 0o600) == 0 && symlink("/dev/null", "\(bench.path)/link") == 0)
        // No file begins there, whoever asks.
        try #require(symlink("/proc/self", "\(bench.path)/locked") == 0)
        for command in [
            ["link", "start", "--alice", "A-1", "--bob", "B-1", "--report"], ["calibrate", "bob", "B-1", "--output"],
            ["conformance", "A-1", "--json"], ["conformance", "A-1", "--junit"],
        ] {
            let result = try await bench.program.run(command + ["\(bench.path)/\(name)"])
            #expect(
                result.status != 0 && !result.errors.contains("B-1"), "\(command) \(result.status) \(result.errors)")
            #expect(result.errors.contains(bench.path), "\(command): \(result.errors)")
        }
    }
}
