import ArgumentParser
import Foundation
import Repository
import Testing

@testable import cvqkd

/// What a message tells a person to type can be typed.
struct SuggestedCommandTests {
    private static let given: GivenOptions = {
        var given = GivenOptions()
        (given.unit, given.alice, given.bob) = ("usb:U-1", "serial:/dev/a", "usb:B-1")
        given.store = ["--store", "/var/lib/my store"]
        return given
    }()

    @Test(arguments: SuggestedCommand.samples.indices)
    func `every suggested command parses, with the store that was given where it has one`(index: Int) throws {
        let suggested = SuggestedCommand.samples[index]
        for given in [GivenOptions(), Self.given] {
            let words = suggested.words(given)
            _ = try CVQKD.parse(words)
            // A command that takes the store gets it.
            let takesStore = (try? CVQKD.parse(suggested.words(GivenOptions()) + ["--store", "x"])) != nil
            #expect(words.contains("--store") == (takesStore && !given.store.isEmpty), "\(words)")
        }
        #expect(
            suggested.line(Self.given).contains("--store \"/var/lib/my store\"")
                == suggested.words(Self.given).contains("--store"))
    }

    @Test func `each case has a sample`() throws {
        let source = try String(contentsOf: Self.file("Output/SuggestedCommand.swift"), encoding: .utf8)
        let cases = source.split(separator: "\n").filter { $0.hasPrefix("    case ") }
            .flatMap { $0.dropFirst(9).matches(of: /(?:^|, )([a-zA-Z]+)(?=[,(]|$)/).map { String($0.1) } }
        // Those of the unit that is meant are `unit`, `alice`, `bob` and `any`.
        let subjects: Set = ["unit", "alice", "bob", "any"]
        let commands = Set(cases).subtracting(subjects)
        #expect(commands.count > 20 && SuggestedCommand.samples.count == commands.count, "\(commands.sorted())")
    }

    @Test(arguments: [
        ("telemetry usb:X-1", ["telemetry", "usb:X-1"]), ("stream usb:X-1", ["telemetry", "usb:X-1"]),
        ("link start --alice usb:A --bob usb:B", ["telemetry", "UNIT"]),
        ("record usb:X --kind vacuum --samples 10 --output f", ["telemetry", "usb:X"]),
        ("list", ["telemetry", "UNIT"]),
    ])
    func `a suggested command names the unit of the command that ran`(line: String, words: [String]) throws {
        let given = GivenOptions(try CVQKD.parse(line.split(separator: " ").map(String.init)))
        #expect(SuggestedCommand.telemetry(.any).words(given) == words)
    }

    /// Whoever adds a store to a command has it in the suggestions at once.
    @Test(arguments: [
        "calibration list", "calibration verify", "calibration show 3f", "station list", "calibrate bob usb:B",
        "calibrate pair --alice usb:A --bob usb:B", "calibrate commission --alice usb:A --bob usb:B",
        "link start --alice usb:A --bob usb:B", "shot-noise measure usb:B", "calibration due --bob usb:B",
    ])
    func `the store that was given is known`(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let given = GivenOptions(try CVQKD.parse(words + ["--store", "/x"]))
        #expect(given.store == ["--store", "/x"])
        #expect(GivenOptions(try CVQKD.parse(words)).store.isEmpty)
    }

    private static func file(_ name: String) -> URL {
        Repository.root.appending(path: "Sources/Programs/cvqkd/\(name)")
    }

    /// Lines of the program's source, without comments.
    private static func lines() throws -> [(place: String, line: String)] {
        let root = Repository.root.appending(path: "Sources/Programs/cvqkd")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        return try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
                (file.lastPathComponent, String($0))
            }
        }.filter { !$0.1.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
    }

    /// Commands in messages are made by `SuggestedCommand`; those in help texts are looked at below.
    @Test func `no message writes a command by itself`() throws {
        var helps = 0
        for (place, line) in try Self.lines() where line.contains("'cvqkd ") {
            // Help texts are whole lines of a text; a running session's own words are quoted.
            let isHelp = !line.contains("\"") || line.contains("help:") || line.contains("@Argument")
            if isHelp {
                helps += 1
            } else {
                #expect(line.contains("'cvqkd \\(record.command)'") || place == "TextWrap.swift", "\(place): \(line)")
            }
        }
        #expect(helps > 5)
    }

    private static func commands(below words: [String], _ command: any ParsableCommand.Type) -> [(
        words: [String], help: String
    )] {
        [(words, CVQKD.helpMessage(for: command))]
            + command.configuration.subcommands.flatMap {
                commands(below: words + [$0.configuration.commandName ?? ""], $0)
            }
    }

    @Test func `every command that a help text or a page quotes, and every example, parses`() throws {
        var lines: [(place: String, line: String)] = []
        for (words, help) in Self.commands(below: [], CVQKD.self) {
            let text = help.replacing(/\n\s*/, with: " ")
            for match in text.matches(of: /'(cvqkd [^']*)'/) where !match.1.hasSuffix("--help") {
                lines.append((words.joined(separator: " "), String(match.1)))
            }
            let discussion = help.split(separator: "EXAMPLE").dropFirst().joined()
            for match in discussion.matches(of: /\n  (cvqkd [^\n]*(?:\n(?!  |\n)[^\n]*)*)/) {
                lines.append((words.joined(separator: " "), String(match.1).replacing("\n", with: " ")))
            }
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: Repository.root.appending(path: "docs").path)
            + ["../README.md"] where name.hasSuffix(".md")
        {
            let page = try String(contentsOf: Repository.root.appending(path: "docs/\(name)"), encoding: .utf8)
            for match in page.replacing("\\\n", with: " ").matches(of: /(?:^|\n) *\$? ?(cvqkd [^\n]*)/) {
                lines.append((name, String(match.1)))
            }
            for match in page.matches(of: /`(cvqkd [^`\n]*)`/) { lines.append((name, String(match.1))) }
        }
        #expect(lines.count > 60)
        for (place, line) in lines {
            // A placeholder of a usage line is no word.
            guard !line.contains("<"), let words = Self.words(line) else { continue }
            do { _ = try CVQKD.parse(words) } catch {
                // Of a command that is only named, its arguments are left out.
                let message = CVQKD.message(for: error)
                let isNamedOnly = [
                    "Missing expected", "is missing", "Give ", "Name ", "Parse", "needs", "belong", "lack", "together",
                    "are named",
                ].contains { message.contains($0) }
                #expect(isNamedOnly || CVQKD.exitCode(for: error) == .success, "\(place): \(line): \(message)")
            }
        }
    }

    /// Words of a line as a shell would have them; nil for a line that is no command but a sentence.
    private static func words(_ line: String) -> [String]? {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in line.dropFirst(6) {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if "|>;#&".contains(character) {
                break
            } else if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        if words.contains(where: { $0.contains("…") || $0.contains("*") || $0.contains("<") || $0 == "COMMAND" })
            || words.isEmpty
        {
            return nil
        }
        return words
    }

    /// A message or a page that names an option names one that exists.
    @Test func `every option that a message names exists`() throws {
        var options: Set = ["--help", "--version"]
        for (_, help) in Self.commands(below: [], CVQKD.self) {
            for match in help.matches(of: /--[a-z][a-z0-9-]*/) { options.insert(String(match.0)) }
        }
        for (place, line) in try Self.lines()
        where line.contains("\"") && !line.contains("valueName: ") && place != "RepeatedOptions.swift" {
            for match in line.matches(of: /--[a-z][a-z0-9-]+/) {
                #expect(options.contains(String(match.0)), "\(place): \(line)")
            }
        }
    }

    /// An installed machine has the programs, their rules and their services, and no source.
    @Test func `no message names a file of the source tree`() throws {
        let root = Repository.root.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" && !$0.path.contains("/schema-compiler/") }
        for file in files where file.lastPathComponent != "TestRecordText.swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") {
                guard line.contains("\"") else { continue }
                #expect(
                    !line.contains(/\b(docs|Scripts|Tests|vm|Sources)\/[a-z-]+\.?[a-z]*/),
                    "\(file.lastPathComponent): \(line)")
            }
        }
    }
}
