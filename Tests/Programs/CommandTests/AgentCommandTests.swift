import CalibrationRecords
import Foundation
import Testing

@testable import cvqkd

/// Commands that ask an agent, and the agent's program.
struct AgentCommandTests {
    private let folder: Scratch
    private var agent: Program { Program(name: "cvqkd-agent") }
    private var socket: String { "\(folder.path)/run/control.sock" }

    init() throws { folder = try Scratch() }

    private func cvqkd(_ arguments: String...) async throws -> Program.Result {
        try await Program(name: "cvqkd").run(arguments + ["--agent", socket])
    }

    /// A configuration in the folder, with a fresh key; the unit is never asked.
    private func configure(_ change: (String) -> String = { $0 }) throws -> String {
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let der = Data([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20] + secret)
        let key = "\(folder.path)/node.key"
        let pem = "-----BEGIN PRIVATE KEY-----\n\(der.base64EncodedString())\n-----END PRIVATE KEY-----\n"
        _ = FileManager.default.createFile(
            atPath: key, contents: Data(pem.utf8), attributes: [.posixPermissions: 0o600])
        let publicKey = try SigningKey(file: key).publicKey()
        try Data(publicKey.pem.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/node.pub"))
        let text = """
            node: here
            state: \(folder.path)/state
            runtime: \(folder.path)/run
            signingKey: \(key)
            units: [{name: a, selector: A-0001}]
            records: {store: \(folder.path)/records}
            spool: {bytes: 16 MiB}
            links:
              - id: ring-1
                end: alice
                unit: a
                peer: {connect: "unix:\(folder.path)/peer.sock", nodeKeys: ["\(publicKey)"]}
            """
        let file = "\(folder.path)/agent.yaml"
        try Data(change(text).utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    @Test func `a running agent is shown, obeys, notes it, and ends in order`() async throws {
        let file = try configure()
        let running = try agent.start(["--config", file])
        try await eventually("it serves") { running.errors.contains("operators are served") }
        let status = try await cvqkd("agent", "status")
        #expect(status.status == 0 && status.output.contains("waiting"), "\(status)")
        let released = try await cvqkd("link", "release", "ring-1", "--reason", "cleaned", "--json")
        #expect(released.status == 10)
        #expect((try released.errorObject()["message"] as? String ?? "").contains("ring-1 is not latched"))
        #expect(try await cvqkd("blocks", "list", "ring-2").status == 3)
        let zeroised = try await cvqkd("zeroise", "--reason", "opened", "--yes", "--json")
        #expect(try zeroised.object()["auditEntry"] as? Int == 5)
        let second = try await agent.run("--config", file)
        #expect(second.status == 5 && second.errors.contains("pid \(running.process.processIdentifier)"), "\(second)")
        running.signal(SIGTERM)
        // It waits neither for its unit, which is not there, nor for the other agent.
        #expect(try await running.end(within: 10).status == 0)
        let (log, key) = ("\(folder.path)/state/audit.log", "\(folder.path)/node.pub")
        let verified = try await Program(name: "cvqkd").run("audit", "verify", log, "--node-key", key)
        #expect(verified.status == 0 && verified.output.contains("opened"), "\(verified)")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
        bytes[40] ^= 1
        try bytes.write(to: URL(fileURLWithPath: log))
        let damaged = try await Program(name: "cvqkd").run("audit", "verify", log, "--node-key", key)
        #expect(damaged.status == 14 && damaged.errors.contains("line 1 is not an entry"), "\(damaged)")
    }

    @Test func `without an agent, or without somebody to ask, the next step is named`() async throws {
        let absent = try await cvqkd("agent", "status")
        #expect(absent.status == 3 && absent.errors.contains("systemctl status cvqkd-agent"), "\(absent.errors)")
        let unconfirmed = try await cvqkd("zeroise", "--reason", "x")
        #expect(unconfirmed.status == 64 && unconfirmed.errors.contains("add --yes"), "\(unconfirmed.errors)")
    }

    @Test func `a configuration is checked without anything being made`() async throws {
        let file = try configure()
        let checked = try await agent.run("--config", file, "--check")
        #expect(checked.status == 0 && checked.output.contains("link ring-1: alice on A-0001"), "\(checked)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/state"))
        let wrong = try await agent.run("--config", try configure { $0 + "\nlgo: debug\n" }, "--check")
        #expect(
            wrong.status == 64 && wrong.errors.contains("13:1: lgo: there is no such key. Did you mean log?"),
            "\(wrong)")
    }
}
