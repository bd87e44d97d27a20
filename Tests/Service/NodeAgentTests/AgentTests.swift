import AgentClient
import AuditTrail
import Foundation
import LinkOperation
import Testing
import UnitTransport

@testable import NodeAgent

/// An agent from start to end.
struct AgentTests {
    private static let idle: Agent.MakeLinks = { configuration, _ in
        IdleLinks(configuration, since: Date(), clock: .monotonic, now: { Date() })
    }

    private static func configuration(_ folder: String, _ key: TestNodeKey) throws -> AgentConfiguration {
        var text = ConfigurationText.small
        for (old, new) in [
            ("/var/lib/x", "\(folder)/state"), ("/run/x", "\(folder)/run"), ("/etc/x/node.key", key.file),
        ] {
            text = text.replacingOccurrences(of: old, with: new)
        }
        return try AgentConfiguration.read(Array(text.utf8), file: "a")
    }

    @Test func `it serves its links until it is asked to end, and a second one refuses`() async throws {
        let folder = try TestFolder()
        let key = try TestNodeKey(in: folder.path)
        let configuration = try Self.configuration(folder.path, key)
        let (end, isServing) = (EndRequest(), WaitPoint())
        let ready = Guarded(false)
        let agent = Agent(configuration, program: "test", makeLinks: Self.idle) { _, line in
            guard line.contains("operators are served") else { return }
            ready.withLock { $0 = true }
            isServing.signal()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run(until: end) }
            while !ready.withLock({ $0 }) { await isServing.wait { ready.withLock { $0 } } }
            let client = AgentClient(socket: configuration.controlSocket)
            #expect(try client.status().links.map(\.state) == ["idle"])
            #expect(throws: AgentClientFailure.self) { try client.release("ring-1", reason: "x") }
            let second = await #expect(throws: AgentFailure.self) {
                try await Agent(configuration, program: "test", makeLinks: Self.idle) { _, _ in }.run(
                    until: EndRequest())
            }
            #expect(second?.description.contains("pid \(getpid())") == true, "\(String(describing: second))")
            end.request()
            try await group.waitForAll()
        }
        let log = try AuditVerification(file: configuration.auditLog, key: key.publicKey)
        #expect(log.damage == nil && log.entries.map(\.verb) == ["begin", "release", "release", "stop"])
        #expect(!FileManager.default.fileExists(atPath: configuration.controlSocket))
    }

    @Test func `a signing key that others may read is refused`() async throws {
        let folder = try TestFolder()
        let key = try TestNodeKey(in: folder.path)
        chmod(key.file, 0o644)
        let agent = Agent(try Self.configuration(folder.path, key), program: "test", makeLinks: Self.idle) { _, _ in }
        let failure = await #expect(throws: AgentFailure.self) { try await agent.run(until: EndRequest()) }
        #expect(failure?.description.contains("can be read by others") == true)
    }
}
