import Foundation
import Testing

/// What the caller leaves to a program: descriptors, names, variables, a full disk.
struct ProgramStartTests {
    private static let keyRate = KeyRateCommandTests.heterodyne.joined(separator: " ")

    /// Runs a line of the shell in which `$0` is a program.
    private static func shell(_ line: String, _ program: String, in scratch: Scratch) async throws -> Program.Result {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", line, try Program(name: program).path]
        process.environment = Program.environment(in: scratch.path)
        process.currentDirectoryURL = URL(filePath: scratch.path)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try scratch.file("sh.out")
        process.standardError = try scratch.file("sh.err")
        try process.run()
        try await eventually("the shell ends", within: 30) { !process.isRunning }
        return Program.Result(
            status: process.terminationStatus, output: scratch.text("sh.out"), errors: scratch.text("sh.err"))
    }

    @Test(arguments: [
        ("cvqkd", "--help"), ("cvqkd", "--version"), ("cvqkd", "link start --help"), ("cvqkd", "help list"),
        ("cvqkd", "--generate-completion-script bash"), ("cvqkd", "list"), ("cvqkd", "list --json"),
        ("cvqkd", keyRate + " --loss 5"), ("cvqkd", "link status"), ("cvqkd", "doctor"), ("cvqkd", "schema show"),
        ("cvqkd-emulator", "--help"), ("cvqkd-emulator", "faults"), ("cvqkd-emulator", "attacks"),
        ("cvqkd-emulator", "defects"),
    ]) func `what cannot be written to a full disk is a failure`(program: String, arguments: String) async throws {
        let scratch = try Scratch()
        let full = try await Self.shell("exec \"$0\" \(arguments) >/dev/full", program, in: scratch)
        #expect(full.status != 0 && full.status < 128, "\(full.status)")
    }

    /// The first file that is opened would be standard output otherwise, and the table would stand in it.
    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    func `closed descriptors are no file's`(closed: String) async throws {
        let scratch = try Scratch()
        let result = try await Self.shell(
            "\"$0\" \(Self.keyRate) --sweep-distance 0:20:5 --csv out.csv \(closed); \"$0\" station init --name x \(closed)",
            "cvqkd",
            in: scratch)
        // What cannot be printed is a failure, whatever was done.
        #expect(result.status == (closed.contains(">&- ") || closed == ">&-" ? 1 : 0), "\(result.errors)")
        let open = try await Self.shell(
            "\"$0\" \(Self.keyRate) --sweep-distance 0:20:5 --csv open.csv", "cvqkd", in: scratch)
        #expect(open.status == 0 && scratch.text("open.csv").count > 100)
        // A result that nobody can get is refused before anything is written.
        let isRefused = closed.contains(">&- ") || closed == ">&-"
        #expect(scratch.text("out.csv") == (isRefused ? "" : scratch.text("open.csv")))
        if !isRefused { #expect(scratch.text("state/station.json").hasPrefix("{")) }
        #expect(scratch.text("state/lock").isEmpty)
    }

    @Test(arguments: ["list", "link status", "--version", "doctor", "calibration list"])
    func `a result that nobody can get is a failure`(arguments: String) async throws {
        let scratch = try Scratch()
        let result = try await Self.shell("exec \"$0\" \(arguments) >&-", "cvqkd", in: scratch)
        #expect(result.status == 1 && result.errors.contains("standard output"), "\(result)")
    }

    /// The runtime waits for a thread of its pool for ever. Root's threads are not counted.
    @Test(arguments: ["list", "link status", "key-rate --loss 5"], [1, 3, 5])
    func `without threads it says so instead of waiting`(arguments: String, limit: Int) async throws {
        let scratch = try Scratch()
        let other = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""
        // The program is opened here: another user may not be able to come to its folder.
        let result = try await Self.shell(
            "exec 9<\"$0\"; \(other)bash -c 'ulimit -u \(limit); exec /proc/self/fd/9 \(arguments)'", "cvqkd",
            in: scratch
        )
        #expect(result.status == 1, "\(result.errors)")
        #expect(result.errors.contains("of the 6 threads that it needs"), "\(result.errors)")
    }

    @Test(arguments: [
        ("CVQKD_STATE_DIRECTORY=/etc/passwd/x", "/etc/passwd"), ("CVQKD_STATE_DIRECTORY=/etc/passwd", "/etc/passwd"),
        ("CVQKD_STATE_DIRECTORY=\"$PWD/sh.out/a/b\"", "sh.out"), ("CVQKD_STATE_DIRECTORY=/dev/null/x", "/dev/null"),
    ])
    func `a path on which there can be no store is no lost log`(variable: String, obstacle: String) async throws {
        let scratch = try Scratch()
        for command in ["calibration list", "calibration verify", "station list"] {
            let result = try await Self.shell("\(variable) exec \"$0\" \(command)", "cvqkd", in: scratch)
            #expect(result.status == 3, "\(command): \(result)")
            #expect(
                result.errors.contains("there is no store in") && result.errors.contains("\(obstacle) is not a folder"),
                "\(command): \(result.errors)")
        }
    }

    @Test func `where lines cannot be announced is said, and not taken for an empty folder`() async throws {
        let scratch = try Scratch()
        for make in ["touch u", "mkfifo u"] {
            let result = try await Self.shell(
                "rm -f u; \(make); CVQKD_UNIT_DIRECTORY=\"$PWD/u\" exec \"$0\" list", "cvqkd", in: scratch)
            #expect(result.status == 1 && result.errors.contains("u is not a folder"), "\(result)")
        }
    }

    /// Latin-1, as old systems and mounts of cameras and meters have it: another file would be written, or none found.
    @Test(arguments: [
        "\"$0\" \(keyRate) --sweep-distance 0:20:5 --csv \"$name.csv\"", "\"$0\" station trust \"$name\" --name x",
        "CVQKD_STATE_DIRECTORY=\"$name\" \"$0\" station init --name x", "HOME=\"$name\" \"$0\" station list",
    ]) func `a name that is not UTF-8 is refused and shown`(line: String) async throws {
        let scratch = try Scratch()
        let result = try await Self.shell("name=$(printf 'caf\\351'); \(line)", "cvqkd", in: scratch)
        #expect(
            result.status == 64 && result.errors.contains("caf\\xe9") && result.errors.contains("UTF-8"),
            "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["sh.err", "sh.out"])
    }

    @Test func `empty variables count as not set`() async throws {
        let scratch = try Scratch()
        let line = """
            unset CVQKD_STATE_DIRECTORY CVQKD_RUNTIME_DIRECTORY; export XDG_DATA_HOME= XDG_RUNTIME_DIR= CVQKD_UNIT_DIRECTORY= HOME="$PWD/home"; \
            mkdir home; "$0" station init --name x --json && "$0" link status && "$0" list
            """
        let result = try await Self.shell(line, "cvqkd", in: scratch)
        #expect(result.output.contains("\(scratch.path)/home/.local/share/cvqkd"), "\(result.output) \(result.errors)")
        #expect(access("/cvqkd", F_OK) != 0)
    }
}
