import Foundation
import ReadableText
import Testing

@testable import cvqkd

/// At 80 columns, as a terminal is when it opens: no line is wrapped by it, and no word is broken by us.
struct NarrowTerminalTests {
    private func check(_ text: String, _ what: String) {
        for line in text.replacing("\r\u{1b}[K", with: "\n").split(separator: "\n") {
            #expect(TextWidth.of(line) <= 80, "\(what): \(line)")
        }
    }

    @Test func `tables of units and telemetry fit, and a pipe has every column`() async throws {
        let rig = try await Rig()
        for arguments in [["list"], ["telemetry", rig.bob], ["telemetry", rig.alice], ["status", rig.bob]] {
            let (status, text) = try await Terminal.run(rig.cvqkd, arguments)
            #expect(status == 0)
            check(text, "\(arguments)")
        }
        #expect(try await Terminal.run(rig.cvqkd, ["list"]).text.contains(Rig.bobSerial))
        let telemetry = try await Terminal.run(rig.cvqkd, ["telemetry", rig.bob]).text
        #expect(telemetry.contains("local_oscillator_power") && !telemetry.contains(" AGE "))
        #expect(try await rig.cvqkd.run("telemetry", rig.bob).output.contains(" AGE "))
        #expect(try await rig.cvqkd.run("list").output.contains("FIRMWARE"))
    }

    @Test func `tables of records fit, with whole words`() async throws {
        let folder = try Scratch()
        let cvqkd = Program(name: "cvqkd", environment: Program.isolation(in: folder.path))
        let store = try CalibratedPair.makeForKey(in: "\(folder.path)/state")
        let name = try #require(try store.contents().records.first?.shortName)
        for arguments in [
            ["calibration", "list"], ["calibration", "verify"], ["calibration", "show", name],
            ["calibration", "diff", name, name], ["link", "status"], ["conformance", "--list"],
        ] {
            let (_, text) = try await Terminal.run(cvqkd, arguments)
            check(text, "\(arguments)")
        }
        let list = try await Terminal.run(cvqkd, ["calibration", "list"]).text
        #expect(list.contains(Rig.bobSerial) && list.contains("(no room here for"), "\(list)")
    }

    @Test func `the live line of a link shows ξ with its σ`() async throws {
        let rig = try await Rig()
        let (status, text) = try await Terminal.run(
            rig.cvqkd, ["link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "1"])
        #expect(status == 0)
        let live = text.components(separatedBy: "\r\u{1b}[K").map { $0.prefix { $0 != "\n" } }
        #expect(live.contains { $0.contains(/ξ_in -?[0-9.]+ ± [0-9.]+ SNU/) }, "\(live)")
        for line in live.dropFirst() where line.contains("ξ_in") { #expect(TextWidth.of(line) < 80, "\(line)") }
    }

    /// A command that only looks runs as it is suggested.
    @Test func `suggested commands that only look can be run`() async throws {
        let rig = try await Rig()
        _ = try CalibratedPair.makeForKey(in: "\(rig.folder.path)/my store")
        var given = GivenOptions()
        (given.unit, given.alice, given.bob) = (rig.bob, rig.alice, rig.bob)
        given.store = ["--store", "\(rig.folder.path)/my store"]
        for suggested: SuggestedCommand in [
            .list, .status(.any), .telemetry(.bob), .schemaDiff(.alice), .linkStatus, .stationList, .listRecords,
            .verifyStore, .listChecks,
        ] {
            let result = try await rig.cvqkd.run(suggested.words(given))
            #expect(result.status == 0, "\(suggested.line(given)): \(result.errors)")
        }
    }

    @Test
    func
        `a unit of the wrong role has one exit code everywhere, and a stream option of the other role is refused in the dark`()
        async throws
    {
        let rig = try await Rig()
        _ = try CalibratedPair.make(in: "\(rig.folder.path)/state")
        let (alice, bob) = (rig.alice, rig.bob)
        for arguments in [
            ["calibrate", "bob", alice, "--plan-only"], ["calibrate", "alice", bob, "--plan-only"],
            ["shot-noise", "measure", alice, "-y"], ["shot-noise", "watch", alice], ["spectrum", alice],
            ["record", alice, "--kind", "vacuum", "--samples", "100", "--output", "\(rig.folder.path)/r"],
            ["link", "start", "--alice", bob, "--bob", alice], ["calibration", "due", "--alice", bob],
            ["calibrate", "pair", "--alice", bob, "--bob", alice, "--plan-only"],
            ["calibrate", "commission", "--alice", bob, "--bob", alice, "--status"],
        ] {
            let result = try await rig.cvqkd.run(arguments)
            #expect(result.status == 6, "\(arguments): \(result.errors)")
            #expect(
                result.errors.contains("is needed here. ") && result.errors.contains("'cvqkd list'"), "\(result.errors)"
            )
            #expect(
                !result.errors.contains("exchanged") || arguments.contains("--bob"), "\(arguments): \(result.errors)")
        }
        for (unit, option) in [(alice, "vacuum"), (alice, "dark"), (bob, "training")] {
            let result = try await rig.cvqkd.run("stream", unit, "--\(option)-fraction", "0.1", "--duration", "1")
            #expect(
                result.status == 64 && result.errors.contains("Leave --\(option)-fraction away"), "\(result.errors)")
            #expect(!result.errors.contains("warming up"))
        }
    }
}
