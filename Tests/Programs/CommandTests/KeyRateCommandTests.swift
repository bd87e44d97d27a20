import ArgumentParser
import Foundation
import NodeReports
import QuadratureAnalysis
import SignalAnalysis
import Testing

@testable import cvqkd

/// `cvqkd key-rate`: the words, the files, and every way to get it wrong. Its numbers are `SignalAnalysisTests`' and
/// `NodeReportsTests`'.
@Suite struct KeyRateCommandTests {
    private let cvqkd = Program(name: "cvqkd")

    static let heterodyne = [
        "key-rate", "--detection", "heterodyne", "--modulation-variance", "5", "--excess-noise", "0.01",
        "--efficiency", "0.6", "--electronic-noise", "0.1",
    ]
    static let label =
        "planning figure: collective attacks, Gaussian modulation, trusted receiver; not a security claim"

    /// What a command line asks for; nothing is run.
    private func parsed(_ more: String...) throws -> KeyRateCommand {
        try #require(try CVQKD.parseAsRoot(Self.heterodyne + more) as? KeyRateCommand)
    }

    private func sheet(_ more: String...) throws -> String {
        let command = try #require(try CVQKD.parseAsRoot(Self.heterodyne + more) as? KeyRateCommand)
        let scenario = try command.arguments.scenario()
        return KeyRateSheet.text(scenario, try scenario.result(try command.channel())).text
    }

    @Test func `a link is planned in words`() async throws {
        let result = try await cvqkd.run(Self.heterodyne + ["--transmittance", "0.316", "--block-size", "1e6"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("no key (−0.0257157 bit/symbol)"), "\(result.output)")
        #expect(result.output.contains(Self.label))
    }

    @Test func `what cannot be had says why`() throws {
        #expect(try sheet("--loss", "10", "--receiver", "untrusted").contains("none: no key even without excess noise"))
        #expect(try sheet("--loss", "60", "--block-size", "1e4").contains("none: the block is too short"))
    }

    @Test func `what the brackets leave out has its stated default`() throws {
        let short = try parsed("--loss", "5", "--block-size", "1e8").arguments.scenario()
        let long = try parsed(
            "--loss", "5", "--block-size", "1e8", "--receiver", "trusted", "--plane", "input", "--reconciliation",
            "0.95", "--estimation-fraction", "0.5", "--epsilon", "1e-10", "--frame-error-rate", "0")
        #expect(try short == long.arguments.scenario())
        let plan = try #require(short.plan)
        #expect(plan.estimationSymbols == 50_000_000 && plan.block.keySymbols == 50_000_000)
        #expect(plan.block.failureProbability.value == 1e-10 && plan.block.frameErrorRate == 0)
        #expect(short.reconciliation.value == 0.95 && short.receiver.trust == .trusted && short.plane == .input)
    }

    @Test func `one channel is the same by loss and by transmittance`() throws {
        #expect(
            abs(try parsed("--loss", "10").channel().value - parsed("--transmittance", "0.1").channel().value) < 1e-15)
        #expect(try parsed("--loss", "10", "--plane", "detector").arguments.scenario().plane == .detector)
        #expect(try parsed("--loss", "10", "--symbol-rate", "1e6").arguments.scenario().symbolRate == 1e6)
    }

    @Test func `a sweep prints table and plot and saves what was asked for`() async throws {
        let folder = try Scratch()
        let arguments =
            Self.heterodyne + [
                "--sweep-distance", "0:60:20", "--block-size", "1e8", "--fibre-loss", "0.2", "--other-loss", "1",
                "--svg", "\(folder.path)/rate.svg", "--csv", "\(folder.path)/rate.csv",
            ]
        let result = try await cvqkd.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(Self.label))
        #expect(result.output.contains("finite-size key            ends at 49.11 km"), "\(result.output)")
        #expect(result.output.contains("Fibre length (km)"))
        let longest = result.output.split(separator: "\n").drop { !$0.hasPrefix("Key rate against distance (") }
            .map(\.count).max()
        #expect(try #require(longest) <= 80)

        let svg = folder.text("rate.svg")
        #expect(svg.hasPrefix("<svg"))
        #expect(svg.contains(Self.label) && svg.contains("Fibre length (km)") && svg.contains("Key rate (bit/symbol)"))
        _ = try XMLDocumentCheck(svg)
        let rows = folder.text("rate.csv").split(separator: "\n")
        #expect(rows.first == "# \(Self.label)")
        #expect(rows.count == 3 + 4)
        #expect(rows.last?.split(separator: ",", omittingEmptySubsequences: false).count == 10)

        let again = try await cvqkd.run(arguments)
        #expect(again.status == 1 && again.errors.contains("--force"))
        let sweep = try await cvqkd.run(arguments + ["--force", "--json"]).object()
        #expect((sweep["points"] as? [[String: Any]])?.count == 4)
        #expect(abs((sweep["finiteReachKilometres"] as? Double ?? 0) - 49.11) < 0.005)
    }

    @Test(arguments: [
        (["--sweep-distance", "5:5:1"], ["0.4500"]),
        (["--receiver", "untrusted", "--sweep-distance", "0:40:20"], ["no key where the sweep begins", "(−0.253)"]),
    ])
    func `the shortest sweep is a table too, and one without any key says so`(_ more: [String], _ words: [String])
        throws
    {
        let command = try #require(try CVQKD.parseAsRoot(Self.heterodyne + more) as? KeyRateCommand)
        let sweep = try command.sweep(try #require(command.sweepDistance))
        let document = SweepDocument(
            sweep, try sweep.points(), asymptotic: try sweep.asymptoticReach(), finite: try sweep.finiteReach())
        let page = SweepTable.page(sweep, document, try SweepChart.chart(sweep, document), columns: 80).text
        for words in words { #expect(page.contains(words), "\(page)") }
    }

    @Test func `a mistake is a sentence and exit code 64, and an object with its kind as JSON`() async throws {
        let result = try await cvqkd.run(Self.heterodyne)
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors.contains("The channel is missing"), "\(result.errors)")
        let error = try await cvqkd.run(Self.heterodyne + ["--json"]).errorObject()
        #expect(error["kind"] as? String == "usage")
    }

    private func expectMistake(_ arguments: [String], _ words: String) throws {
        do {
            _ = try CVQKD.parseAsRoot(arguments)
            Issue.record("\(arguments) is accepted")
        } catch {
            #expect(CVQKD.exitCode(for: error).rawValue == 64)
            #expect(CVQKD.message(for: error).contains(words), "\(CVQKD.message(for: error))")
        }
    }

    @Test(arguments: [
        ("", "The channel is missing"), ("--loss 5 --transmittance 0.3", "give one of them"),
        ("--loss -1", "between 0 and 200 dB"), ("--loss nan", "between 0 and 200 dB"),
        ("--transmittance 0", "the transmittance is greater than 0"), ("--transmittance 1.2", "and 1.2 is not"),
        ("--transmittance nan", "and nan is not"), ("--transmittance half", "'half'"),
        ("--loss 5 --receiver friendly", "trusted or untrusted"), ("--loss 5 --plane bob", "input, output or detector"),
        ("--loss 5 --reconciliation 1.1", "the reconciliation efficiency"),
        ("--loss 5 --reconciliation 0", "the reconciliation efficiency"),
        ("--loss 5 --estimation-fraction 0.5", "--block-size"), ("--loss 5 --epsilon 1e-9", "--block-size"),
        ("--loss 5 --block-size 1e8 --estimation-fraction 0", "the fraction for estimation"),
        ("--loss 5 --block-size 1e8 --estimation-fraction 1", "the fraction for estimation"),
        ("--loss 5 --block-size 1", "the block size"), ("--loss 5 --block-size 1.5", "not a whole number"),
        ("--loss 5 --block-size -4", "the block size"), ("--loss 5 --block-size nan", "not a whole number"),
        ("--loss 5 --block-size 1e8 --epsilon 0", "the failure probability"),
        ("--loss 5 --block-size 1e8 --frame-error-rate 2", "the frame error rate"),
        ("--loss 5 --symbol-rate 0", "--symbol-rate"), ("--loss 5 --fibre-loss 0.2", "--sweep-distance"),
        ("--loss 5 --svg a.svg", "--sweep-distance"), ("--loss 5 --sweep-distance 0:10:1", "not --loss"),
        ("--sweep-distance 0:10", "FROM:TO:STEP"), ("--sweep-distance 10:0:1", "FROM:TO:STEP"),
        ("--sweep-distance 0:10:0", "FROM:TO:STEP"), ("--sweep-distance 0:inf:1", "FROM:TO:STEP"),
        ("--sweep-distance 0:100:0.001", "at most 10000 steps"), ("--sweep-distance 0:2000:100", "200 dB"),
        ("--sweep-distance 0:10:1 --fibre-loss 0", "--fibre-loss"),
        ("--sweep-distance 0:10:1 --other-loss -1", "--other-loss"),
        ("--sweep-distance 0:10:1 --svg a --csv a", "same file"),
    ])
    func `every mistake is named`(line: String, words: String) throws {
        try expectMistake(Self.heterodyne + line.split(separator: " ").map(String.init), words)
    }

    @Test(arguments: [
        ("--modulation-variance", "0", "the modulation variance"), ("--modulation-variance", "inf", "and inf is not"),
        ("--excess-noise", "-0.01", "no key rate is given for it"), ("--excess-noise", "nan", "the excess noise"),
        ("--efficiency", "0", "the detector's efficiency"), ("--efficiency", "1.01", "the detector's efficiency"),
        ("--electronic-noise", "-0.1", "the electronic noise"), ("--detection", "both", "homodyne or heterodyne"),
    ])
    func `a value out of range is named`(option: String, value: String, words: String) throws {
        var arguments = Self.heterodyne + ["--loss", "5"]
        let at = try #require(arguments.firstIndex(of: option))
        arguments[at + 1] = value
        try expectMistake(arguments, words)
        // Leaving it out is a mistake too.
        arguments.removeSubrange(at...at + 1)
        try expectMistake(arguments, option)
    }
}

/// Whether a text is well-formed XML, as any viewer would ask.
struct XMLDocumentCheck {
    init(_ text: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["xmllint", "--noout", "-"]
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "not well-formed")
    }
}
