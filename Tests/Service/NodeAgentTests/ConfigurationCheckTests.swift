import Foundation
import Repository
import Testing

@testable import NodeAgent

/// What `--check` says.
struct ConfigurationCheckTests {
    private static func check(_ replacements: [(String, String)]) throws -> ConfigurationCheck {
        var text = ConfigurationText.small
        for (old, new) in replacements { text = text.replacingOccurrences(of: old, with: new) }
        return ConfigurationCheck(try AgentConfiguration.read(Array(text.utf8), file: "a"))
    }

    private static let expected =
        "unit: a\n    symbolRate: 10 MHz\n    vacuumFraction: 0.3\n    test: true\n    evidence: {shareOfNullKey: 0.5}\n"
        + "    expected: {loss: 9 dB, detection: homodyne, efficiency: 0.6, electronicNoise: 0.1}\n"

    @Test func `a window's symbols, bytes and minutes follow from loss and bound`() throws {
        let found = try Self.check([("unit: a\n", Self.expected)])
        #expect(found.refusals.isEmpty)
        #expect(found.text.contains("window          "), "\(found.text)")
        #expect(found.text.contains(" symbols, ") && found.text.contains(" min"), "\(found.text)")
        #expect(found.text.contains(" vacuum samples, ") && found.text.contains(" blocks, "), "\(found.text)")
    }

    /// A key of finite size bears less excess noise: its windows are longer.
    @Test func `windows for a key of finite size are longer, and one that nobody would wait for is refused by name`()
        throws
    {
        func samples(_ text: String) throws -> Double {
            let line = try #require(text.split(separator: "\n").first { $0.contains("window  ") })
            return try #require(Double(line.split(separator: " ")[1]))
        }
        let asymptotic = try Self.check([("unit: a\n", Self.expected)])
        let finite = Self.expected.replacingOccurrences(of: "0.5}", with: "0.5, keyBlockSymbols: 300000000}")
        let found = try Self.check([("unit: a\n", finite)])
        #expect(try samples(found.text) > 1.1 * samples(asymptotic.text), "\(found.text)")
        let slow = Self.expected.replacingOccurrences(of: "10 MHz", with: "1 kHz")
        let refused = try Self.check([("unit: a\n", slow)])
        #expect(refused.warnings.contains { $0.contains("would take") && $0.contains("What would do") })
    }

    @Test func `a quota below two windows is refused for who takes late, and only for him`() throws {
        let late = [("unit: a\n", Self.expected), ("users: [0]", "users: [0]\n    takesCiphertextEarly: false")]
        let small = ("consumers:", "spool: {bytes: 16 MiB}\nconsumers:")
        let found = try Self.check(late + [small])
        #expect(found.refusals.count == 1 && found.refusals[0].contains("engine does not take ciphertext early"))
        #expect(try Self.check(late + [("consumers:", "spool: {bytes: 1 TiB}\nconsumers:")]).refusals.isEmpty)
        #expect(try Self.check([("unit: a\n", Self.expected), small]).refusals.isEmpty)
        let unknown = try Self.check([("users: [0]", "users: [0]\n    takesCiphertextEarly: false")])
        #expect(unknown.refusals.isEmpty && unknown.warnings.contains { $0.contains("is not known") })
    }

    /// What would be lost with the agent must not be called durable.
    @Test func `a policy that does not exist yet is refused, and not taken for another`() throws {
        let found = try Self.check([("consumers:", "spool: {policy: durable, rootSecret: /k}\nconsumers:")])
        #expect(found.refusals.count == 1 && found.refusals[0].contains("in memory only"), "\(found.refusals)")
    }

    @Test(arguments: ["alice", "bob"]) func `the examples hold`(end: String) throws {
        let file = Repository.root.appending(path: "Examples/agent/\(end).yaml")
        var text = try String(contentsOf: file, encoding: .utf8)
        // Users of the site, which this machine may not have.
        for user in ["cvqkd-operator", "qkd-engine"] { text = text.replacingOccurrences(of: user, with: "0") }
        let found = ConfigurationCheck(try AgentConfiguration.read(Array(text.utf8), file: file.path))
        #expect(found.refusals.isEmpty && found.warnings.isEmpty, "\(found.refusals) \(found.warnings)")
    }
}
