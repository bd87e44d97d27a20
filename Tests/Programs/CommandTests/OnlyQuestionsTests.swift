import ArgumentParser
import Foundation
import Testing

@testable import cvqkd

/// What plans, shows, lists or helps sends a unit questions and nothing else, and writes nothing. The commands and their
/// options are read from the parser: a new one has to say here what it is.
@Suite(.serialized) struct OnlyQuestionsTests {
    /// What a command does with units.
    private enum Kind {
        /// It looks at units, or at files, and changes neither.
        case observes
        /// It may switch light on, stop sessions, or write; what of its flags only shows is tried.
        case acts
    }

    /// Each command: what it is, and its arguments on a rig. `A`, `B` stand for the units; `-` for nothing.
    private static let commands: [String: (Kind, String)] = [
        "list": (.observes, ""), "doctor": (.observes, "B"), "info": (.observes, "B"), "status": (.observes, "B"),
        "telemetry": (.observes, "A"), "link start": (.acts, "--alice A --bob B"),
        "link status": (.observes, "--alice A --bob B"), "link stop": (.acts, "--alice A --bob B"),
        "link release": (.acts, "x --reason y"), "agent status": (.observes, ""), "blocks list": (.observes, "x"),
        "blocks tail": (.observes, "x"), "blocks erase": (.acts, "x --all --reason y"),
        "zeroise": (.acts, "--reason y"), "audit verify": (.observes, "x --node-key y"),
        "stream": (.acts, "B"), "capture": (.acts, "B --samples 100"), "record": (.acts, "B --output x"),
        "estimate": (.observes, "--modulation x --signal x --off x --on x --detection homodyne --efficiency 0.6"),
        "spectrum": (.acts, "B"), "calibrate bob": (.acts, "B"), "calibrate alice": (.acts, "A"),
        "calibrate pair": (.acts, "--alice A --bob B --loss 5"),
        "calibrate commission": (.acts, "--alice A --bob B --disconnected --fibre-loss 4.2 --soak 5"),
        "shot-noise measure": (.acts, "B"), "shot-noise watch": (.acts, "B"),
        "shot-noise analyze": (.observes, "--off x --on x"), "calibration list": (.observes, ""),
        "calibration show": (.observes, "x"), "calibration verify": (.observes, ""),
        "calibration diff": (.observes, "x y"), "calibration compare": (.observes, "x"),
        "calibration due": (.observes, "--alice A --bob B"), "calibration maintenance": (.acts, "B --note x"),
        "calibration set-aside": (.acts, "x --reason y"), "calibration explain": (.acts, "x --reason y"),
        "calibration export": (.observes, ""), "calibration import": (.acts, "x"),
        "calibration sign": (.acts, "x --key k --output o"), "calibration report": (.observes, "x"),
        "station init": (.acts, "--name n"), "station show": (.observes, ""),
        "station trust": (.acts, "x --name n"), "station revoke": (.acts, "x"), "station list": (.observes, ""),
        "peer keygen": (.acts, ""), "peer show": (.observes, ""), "peer pin": (.acts, "--link x --drop y"),
        "peer rotate": (.acts, ""),
        "evidence verify": (.observes, "x"),
        "power-meter read": (.observes, "scpi:/dev/null"), "otdr show": (.observes, "x"),
        "key-rate": (
            .observes,
            "--detection homodyne --modulation-variance 5 --excess-noise 0.01 --efficiency 0.6 --electronic-noise 0.1 --loss 5"
        ),
        "schema show": (.observes, "B"), "schema check": (.observes, "x"), "schema diff": (.observes, "B"),
        "conformance": (.acts, "A --bob B"),
    ]

    /// Flags that only show, wherever they turn up; of an acting command they make an observing one.
    private static func onlyShows(_ flag: String) -> Bool {
        flag == "status"
            || ["plan", "list", "dry", "show", "check", "print", "preview"].contains { flag.hasPrefix($0) }
    }

    /// A command as the parser has it.
    private struct Leaf {
        var path: [String]
        var flags: [String]
        var name: String { path.joined(separator: " ") }
    }

    private static func leaves(_ command: [String: Any], _ path: [String] = []) throws -> [Leaf] {
        let below = (command["subcommands"] as? [[String: Any]] ?? []).filter { $0["commandName"] as? String != "help" }
        guard below.isEmpty else {
            return try below.flatMap { try leaves($0, path + [try #require($0["commandName"] as? String)]) }
        }
        let arguments = command["arguments"] as? [[String: Any]] ?? []
        let flags = arguments.filter { $0["kind"] as? String == "flag" }.compactMap {
            ($0["preferredName"] as? [String: Any])?["name"] as? String
        }
        return [Leaf(path: path, flags: flags)]
    }

    private static func leaves() throws -> [Leaf] {
        let dump = try #require(
            try JSONSerialization.jsonObject(with: Data(CVQKD._dumpHelp().utf8)) as? [String: Any])
        return try leaves(try #require(dump["command"] as? [String: Any]))
    }

    @Test func `every command says whether it only observes`() throws {
        #expect(Set(try Self.leaves().map(\.name)) == Set(Self.commands.keys))
        #expect(WireTap.Request.questions.count == 9)
    }

    @Test func `what plans, shows, lists or helps sends only questions and writes nothing`() async throws {
        let site = try await Site()
        // A station with a record, so that what is shown exists and what would be signed could be.
        try CalibratedPair.make(in: "\(site.rig.folder.path)/state")
        let before = try site.files()
        var hasAsked = false
        for leaf in try Self.leaves() {
            let (kind, arguments) = try #require(Self.commands[leaf.name])
            let shows = leaf.flags.filter(Self.onlyShows).map { ["--\($0)"] }
            let command = leaf.path + site.arguments(arguments)
            // The parser's own flags side by side: they are many, and take no line.
            let running = try ["--help", "--version"].map { try site.program.start(command + [$0]) }
            for program in running { #expect(try await program.end().status == 0) }
            #expect(site.take() == [], "\(leaf.name) helps by asking a unit")
            for flags in (kind == .observes ? [[]] : []) + shows {
                let asked = try await site.run(command + flags)
                hasAsked = hasAsked || !asked.isEmpty
                let orders = asked.filter { !$0.isQuestion }
                #expect(orders.isEmpty, "\(leaf.name) \(flags.joined(separator: " ")) sent \(orders)")
            }
        }
        #expect(hasAsked, "the tap saw something")
        #expect(try site.files() == before)
        try await site.end()
    }

    @Test func `a watch sends only questions, and writes nothing`() async throws {
        let site = try await Site()
        let before = try site.files()
        for (words, sign) in [("telemetry A --watch --interval 0.2", "laser_power"), ("list --watch", Rig.bobSerial)] {
            let running = try site.program.start(site.arguments(words))
            try await eventually("it shows something", within: 60) { running.output.contains(sign) }
            running.signal(SIGINT)
            _ = try await running.end()
            let asked = site.take()
            #expect(!asked.isEmpty && asked.allSatisfy(\.isQuestion), "\(words): \(asked.filter { !$0.isQuestion })")
        }
        #expect(try site.files() == before)
        try await site.end()
    }

    @Test func `the plan of a commissioning is complete, for the whole and for what is left`() async throws {
        let site = try await Site()
        try CalibratedPair.make(in: "\(site.rig.folder.path)/state")
        let plan =
            ["calibrate", "commission", "--plan-only", "--json", "--soak", "5", "--interval", "1"]
            + site.arguments("--alice A --bob B")
        func steps(_ more: String...) async throws -> [String] {
            let result = try await site.program.run(plan + more)
            #expect(result.status == 0, "\(result.errors)")
            let steps = try #require(try result.object()["steps"] as? [[String: Any]])
            #expect(steps.allSatisfy { ($0["phases"] as? [Any])?.isEmpty == false })
            return steps.compactMap { $0["step"] as? String }
        }
        let all = ["fibre", "warmUp", "selfTest", "receiver", "transmitter", "polarisation", "pair", "soak"]
        #expect(try await steps() == all)
        #expect(try await steps("--skip", "receiver", "--new") == all.filter { $0 != "receiver" })
        let shown = try await site.program.run(plan.filter { $0 != "--json" } + ["--fibre-loss", "10"])
        #expect(shown.output.contains("lengthened from"), "\(shown.output)\(shown.errors)")
        try await site.end()
    }

    /// A rig whose units are behind taps.
    private struct Site {
        let rig: Rig
        let taps: [WireTap]
        let program: Program
        private let home: String

        init() async throws {
            rig = try await Rig()
            let (units, tapped) = ("\(rig.folder.path)/units", "\(rig.folder.path)/tapped")
            home = "\(rig.folder.path)/home"
            for folder in [tapped, home, "\(home)/tmp"] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            }
            taps = try ["alice-0", "bob-0"].map { try WireTap(on: "\(units)/\($0)", at: "\(tapped)/\($0)") }
            program = Program(
                name: "cvqkd",
                environment: rig.cvqkd.environment.merging([
                    "CVQKD_UNIT_DIRECTORY": tapped, "HOME": home, "TMPDIR": "\(home)/tmp",
                ]) { $1 })
        }

        func arguments(_ words: String) -> [String] {
            words.split(separator: " ").map { word in
                word == "A" ? "serial:\(taps[0].link)" : word == "B" ? "serial:\(taps[1].link)" : String(word)
            }
        }

        func take() -> [WireTap.Request] { taps.flatMap { $0.take() } }

        /// What a run of the program sends.
        func run(_ arguments: [String]) async throws -> [WireTap.Request] {
            _ = try await program.run(arguments)
            return take()
        }

        func end() async throws {
            for tap in taps { try await tap.end() }
        }

        /// All files that a program could have written, with what tells that they were.
        func files() throws -> [String: [String]] {
            var found: [String: [String]] = [:]
            let root = rig.folder.path
            let names = try #require(FileManager.default.enumerator(atPath: root))
            for case let name as String in names where !name.hasPrefix("units") && !["out", "err"].contains(name) {
                let facts = try FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")
                found[name] = [
                    "\(facts[.size] ?? 0)", "\(facts[.modificationDate] ?? 0)", "\(facts[.posixPermissions] ?? 0)",
                ]
            }
            return found
        }
    }
}
