import Foundation
import Repository
import Testing

@testable import cvqkd

/// What the program says without any unit.
@Suite struct CommandLineTests {
    private let cvqkd = Program(name: "cvqkd", environment: ["CVQKD_UNIT_DIRECTORY": "/nonexistent"])

    /// The words of every command below this one, itself included, found by reading the help as a person does.
    private func commands(below words: [String] = []) async throws -> [[String]] {
        let help = try await cvqkd.run(words + ["--help"]).output
        var found = [words]
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != "SUBCOMMANDS:" }
        for line in lines.dropFirst().prefix(while: { !$0.isEmpty }) {
            // Deeper lines go on with what a command is for.
            guard let name = line.firstMatch(of: /^  ([a-z-]+)/)?.1 else { continue }
            found += try await commands(below: words + [String(name)])
        }
        return found
    }

    @Test func `the help of every command has an example`() async throws {
        let commands = try await commands()
        #expect(commands.count >= 52, "\(commands)")
        for expected in [
            "link start", "schema diff", "calibrate commission", "calibration maintenance", "station trust",
        ] {
            #expect(commands.contains(expected.split(separator: " ").map(String.init)), "\(expected)")
        }
        for command in commands {
            let result = try await cvqkd.run(command + ["--help"])
            let words = command.joined(separator: " ")
            #expect(result.status == 0, "\(words)")
            #expect(result.output.contains("EXAMPLE"), "\(words)")
            #expect(result.output.contains("  cvqkd \(words)"), "\(words)")
        }
    }

    /// Scripts rely on these: a number that changes is a mistake, and so is a kind of failure without a number here.
    private static let exitCodes: [FailureKind: Int32] = [
        .failure: 1, .notFound: 3, .noPermission: 4, .busy: 5, .incompatible: 6, .gone: 7, .loss: 8, .timedOut: 9,
        .refused: 10, .nonconformance: 11, .inconclusive: 12, .outsideLimits: 13, .damaged: 14, .unproven: 15,
        .paused: 16, .usage: 64, .interrupted: 130,
    ]

    @Test func `the help and a page list every exit code`() async throws {
        #expect(Set(Self.exitCodes.keys) == Set(FailureKind.allCases))
        let help = try await cvqkd.run("--help").output.split(separator: "\n").map { $0.split(separator: " ") }
        let docs = Repository.root.appending(path: "docs")
        let pages =
            try FileManager.default.contentsOfDirectory(at: docs, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" } + [Repository.root.appending(path: "README.md")]
        let listing = try pages.map { try String(contentsOf: $0, encoding: .utf8) }.filter { $0.contains("| 130 | ") }
        #expect(listing.count == 1, "one page has the table")
        for code in [0] + FailureKind.allCases.map(\.exitCode) {
            #expect(help.contains { $0.first == "\(code)" && $0.count > 1 }, "exit code \(code) in the help")
            #expect(listing.first?.contains("| \(code) | ") == true, "exit code \(code) on the page")
        }
        for (kind, code) in Self.exitCodes { #expect(kind.exitCode == code, "\(kind)") }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a completion script is there for every shell`(shell: String) async throws {
        let result = try await cvqkd.run("--generate-completion-script", shell)
        #expect(result.status == 0)
        #expect(result.output.contains("telemetry"))
    }

    @Test(arguments: [
        ("info", "a unit is named as usb:SERIAL"), ("info foo:bar", "'foo:' is not a kind of connection"),
        ("info usb:A/1", "'A/1' is not a serial number"), ("info serial:ttyS0", "is not an absolute path"),
        ("info serial:/dev/ttyS0@fast", "is not a rate in baud"), ("telemetry A --interval 0", "--interval"),
        ("link start --alice A --bob A", "the same unit"), ("link start --alice A", "--bob"),
        ("link start --alice A --bob B --vacuum-fraction 2", "--vacuum-fraction"),
        ("link start --alice A --bob B --frame-bytes 1000", "--frame-bytes"),
        ("link start --alice A --bob B --purpose party", "key, calibration or test"),
        ("link stop 12 --alice A", "not both"), ("stream A --fail-on gap,rain", "'rain' is not a fault"),
        ("stream A --purpose key", "makes no key"), ("capture A --samples 0", "--samples"),
        ("capture A --samples 5 --output a.txt", ".csv or .i16"), ("paint", "paint"),
    ])
    func `a mistake on the command line is a sentence and exit code 64`(line: String, words: String) async throws {
        let result = try await cvqkd.run(line.split(separator: " ").map(String.init))
        #expect(result.status == 64)
        let said = words.hasPrefix("a unit") ? "Missing expected argument" : words
        #expect(result.errors.contains(said), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func `a script that wants JSON gets its mistakes as JSON`() async throws {
        let error = try await cvqkd.run("info", "foo:bar", "--json").errorObject()
        #expect(error["kind"] as? String == "usage")
        #expect((error["message"] as? String)?.contains("not a kind of connection") == true)
    }

    @Test(arguments: ["serial:/dev/no-such-line", "usb:NOBODY", "NOBODY"])
    func `a unit that is not there is exit code 3 and the next thing to try`(selector: String) async throws {
        let result = try await cvqkd.run("info", selector)
        #expect(result.status == 3)
        #expect(result.errors.contains("'cvqkd list'"))
        let error = try await cvqkd.run("info", selector, "--json").errorObject()
        #expect(error["kind"] as? String == "notFound")
    }

    @Test func `a file that is no serial line is exit code 6`() async throws {
        let result = try await cvqkd.run("info", "serial:/dev/null")
        #expect(result.status == 6)
        #expect(result.errors.contains("not a serial line"))
    }

    @Test func `a line on which nobody answers is exit code 9`() async throws {
        let line = try Line()
        let result = try await cvqkd.run("info", "serial:\(line.path)")
        #expect(result.status == 9)
        #expect(result.errors.contains("no reply to Hello within 2100 ms"))
    }

    @Test func `a line that another program holds is exit code 5 and says who holds it`() async throws {
        let line = try Line()
        try line.hold()
        let result = try await cvqkd.run("info", "serial:\(line.path)", "--json")
        #expect(result.status == 5)
        let message = try #require(try result.errorObject()["message"] as? String)
        #expect(message.contains("(pid \(getpid()))"), "\(message)")
    }

    @Test func `results that cannot be written are an error`() async throws {
        let process = try cvqkd.start(["schema", "show"])
        #expect(try await process.end().status == 0)
        let folder = try Scratch()
        let shell = Process()
        shell.environment = Program.environment(in: folder.path)
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("cvqkd").path
        shell.arguments = ["-c", "'\(program)' schema show > /dev/full 2> /dev/null"]
        try shell.run()
        try await eventually("the shell ends") { !shell.isRunning }
        #expect(shell.terminationStatus == 1)
    }

    @Test func `schema show prints the protocol, and schema check finds nothing wrong with it`() async throws {
        let folder = try Scratch()
        let text = try await cvqkd.run("schema", "show").output
        let file = "\(folder.path)/own.xml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let check = try await cvqkd.run("schema", "check", file, "--json")
        #expect(check.status == 0)
        #expect(try check.object()["id"] as? Int == 20817)
        let diff = try await cvqkd.run("schema", "diff", file)
        #expect(diff.status == 0)
        #expect(diff.output == "No difference.\n")
    }

    @Test func `schema diff names the first field that differs and exits with 6`() async throws {
        let folder = try Scratch()
        let text = try await cvqkd.run("schema", "show").output
        let file = "\(folder.path)/other.xml"
        let other = text.replacingOccurrences(of: "name=\"hostInstance\"", with: "name=\"hostIncarnation\"")
        #expect(other != text)
        try other.write(toFile: file, atomically: true, encoding: .utf8)
        let diff = try await cvqkd.run("schema", "diff", file)
        #expect(diff.status == 6)
        #expect(diff.output.contains("INCOMPATIBLE  message 1 Hello: field hostInstance differs"))
        let check = try await cvqkd.run("schema", "check", "/etc/hostname")
        #expect(check.status == 1)
        #expect(check.errors.contains("not XML"))
    }

    @Test func `findings of a schema stand each on its line, and other bytes than UTF-8 are one`() async throws {
        let folder = try Scratch()
        let text = try await cvqkd.run("schema", "show").output
        let file = "\(folder.path)/wrong.xml"
        let wrong = text.replacing("primitiveType=\"uint16\"", with: "primitiveType=\"uint17\"")
        try wrong.write(toFile: file, atomically: true, encoding: .utf8)
        let check = try await cvqkd.run("schema", "check", file)
        let lines = check.errors.split(separator: "\n")
        #expect(check.status == 1 && lines.first == "Error:" && lines.count > 2, "\(check.errors)")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("\(file):") } && !check.errors.contains("\\n"))
        var bytes = Array(text.utf8)
        let place = try #require(text.utf8.firstIndex(of: UInt8(ascii: "\n")))
        bytes.insert(
            contentsOf: Array("<!-- f".utf8) + [0xFC] + Array("r -->".utf8),
            at: text.utf8.distance(from: text.utf8.startIndex, to: place) + 1)
        try Data(bytes).write(to: URL(filePath: file))
        let latin = try await cvqkd.run("schema", "check", file)
        #expect(latin.status == 1 && latin.errors.contains("\(file):2: the text is not UTF-8"), "\(latin.errors)")
    }

    @Test func `list without units says what to check`() async throws {
        let result = try await cvqkd.run("list")
        #expect(result.status == 0)
        // Another unit may really be plugged in here.
        let units = try #require(try await cvqkd.run("list", "--json").object()["units"] as? [Any])
        if units.isEmpty {
            #expect(result.output.hasPrefix("No unit is connected. Check power and cable"), "\(result.output)")
        } else {
            #expect(result.output.split(separator: "\n").count > units.count, "\(result.output)")
        }
    }
}

/// A pseudo-terminal of the test's own, with nobody at its other end.
final class Line {
    let path: String
    private let master: Int32
    private let slave: Int32

    init() throws {
        var (master, slave): (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        try #require(openpty(&master, &slave, &name, nil, nil) == 0)
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.master = master
        self.slave = slave
    }

    /// Takes the line as another program would.
    func hold() throws { try #require(flock(slave, LOCK_EX | LOCK_NB) == 0) }

    deinit {
        close(slave)
        close(master)
    }
}
