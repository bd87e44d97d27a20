import Foundation
import Repository
import SerialTransport
import Testing
import UnitConformance

/// `Examples/c-unit`: a pair of units in C and static memory, made of the protocol page and the generated header. What
/// passes here is what a firmware author gets from them.
@Suite(.serialized)
struct CUnitTests {
    /// The process of a pair, and the lines that it serves.
    final class CPair {
        let link: String
        private let process = Process()

        init(_ program: String, homodyne: Bool) async throws {
            link = "/tmp/cvqkd-c-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            process.executableURL = URL(filePath: program)
            process.arguments =
                (homodyne ? ["--homodyne"] : [])
                + [Repository.root.appending(path: "firmware-schemas/unit-protocol.xml").path, link]
            process.standardInput = FileHandle.nullDevice
            // Not the test's own: whoever reads those would wait for this process too.
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<500 where access("\(link)-bob-2", F_OK) != 0 { try await Task.sleep(for: .milliseconds(20)) }
            try #require(access("\(link)-bob-2", F_OK) == 0, "the units did not start")
        }

        deinit {
            // The test program blocks SIGTERM in its children.
            kill(process.processIdentifier, SIGKILL)
            for line in ["alice", "alice-2", "bob", "bob-2"] { unlink("\(link)-\(line)") }
        }

        /// Compiles the example with its own Makefile, whose warnings are errors.
        static func program() throws -> String {
            let output = "/tmp/cvqkd-c-unit-\(getpid())"
            let make = Process()
            make.executableURL = URL(filePath: "/usr/bin/env")
            make.arguments = [
                "make", "--always-make", "-C", Repository.root.appending(path: "Examples/c-unit").path,
                "OUTPUT=\(output)",
            ]
            make.standardInput = FileHandle.nullDevice
            make.standardOutput = FileHandle.nullDevice
            try make.run()
            make.waitUntilExit()
            try #require(make.terminationStatus == 0, "Examples/c-unit does not compile")
            return output
        }

        func ports(_ role: String) -> UnitPorts {
            let path = "\(link)-\(role)"
            return UnitPorts(
                open: { try SerialTransport(path: path) }, openSecond: { try SerialTransport(path: path + "-2") })
        }
    }

    /// Everything: both roles, the pair, the second port, resets. The suite mostly waits, so two pairs share its checks.
    @Test(arguments: [false, true])
    func `it passes the whole conformance suite`(homodyne: Bool) async throws {
        let program = try CPair.program()
        let checks = ConformanceSuite.checks.map(\.id)
        let records = try await withThrowingTaskGroup { group in
            for share in 0..<2 {
                group.addTask {
                    let pair = try await CPair(program, homodyne: homodyne)
                    var options = ConformanceSuite.Options()
                    options.isDestructive = true
                    options.symbolRate = 400_000
                    // Neighbours use the same recordings: they stay together.
                    let part = checks.count * share / 2..<checks.count * (share + 1) / 2
                    options.only = Set(checks[part])
                    let suite = ConformanceSuite(
                        [pair.ports("alice"), pair.ports("bob")], options: options, station: "test")
                    let record = await suite.run()
                    withExtendedLifetime(pair) {}
                    return record
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let complaints = records.flatMap(\.phases).filter { $0.outcome != .pass }
            .map { "\($0.name) \($0.outcome.rawValue): \($0.seen.joined(separator: "; "))" }
        // A check that is skipped has nothing to look at, and here everything is there.
        #expect(complaints.isEmpty, "\(complaints.joined(separator: "\n"))")
        #expect(records.map { $0.count(.pass) }.reduce(0, +) > 170)
        let areWhole = records.allSatisfy(\.hasPassed)
        #expect(areWhole)
    }
}
