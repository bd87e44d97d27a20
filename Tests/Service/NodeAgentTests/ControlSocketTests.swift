import AgentClient
import AuditTrail
import Foundation
import LinkOperation
import NodeReports
import Testing
import UnitTransport

@testable import NodeAgent

/// The operators' socket.
struct ControlSocketTests {
    @Test func `an operator sees the links, and numbers above 2^53 arrive whole`() async throws {
        try await AgentRig().serving { rig in
            let status = try rig.client.status()
            #expect(status.node == "hospital" && status.links.map(\.id) == ["ring-1"])
            #expect(status.nodeKey == rig.key.publicKey.description)
            let blocks = try rig.client.blocks(of: "ring-1", after: 0)
            #expect(blocks.items.first?.cell == WideNumber(.max))
            #expect(try rig.client.blocks(of: "ring-1", after: 1 << 60).items.isEmpty)
            #expect(try rig.client.windows(of: "ring-1").windows.isEmpty)
            let raw = try rig.raw("GET /v1/links/ring-1/blocks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(raw.contains("\"cell\":\"18446744073709551615\""))
        }
    }

    @Test func `a verb is done once, and the log has who, why and what became of it`() async throws {
        try await AgentRig().serving { rig in
            let done = try rig.client.release("ring-1", reason: " cleaned ")
            #expect(done.outcome == "released" && done.auditEntry == 2)
            let again = #expect(throws: AgentClientFailure.self) {
                try rig.client.release("ring-1", reason: "again")
            }
            #expect(again == .refused(FailureReport(kind: "refused", message: "ring-1 is not latched")))
            #expect(throws: AgentClientFailure.self) { try rig.client.release("ring-2", reason: "x") }
            #expect(throws: AgentClientFailure.self) { try rig.client.release("ring-1", reason: "  ") }
            #expect(try rig.client.erase(.init(reason: "old", all: true), of: "ring-1").blocks == 3)
            #expect(throws: AgentClientFailure.self) { try rig.client.erase(.init(reason: "old"), of: "ring-1") }
            #expect(try rig.client.zeroise(reason: "opened").auditEntry == 10)
            #expect(await rig.links.calls == ["release ring-1: cleaned", "erase ring-1", "zeroise: opened"])
            let found = try AuditVerification(file: rig.audit.path, key: rig.key.publicKey)
            #expect(found.damage == nil)
            #expect(
                found.entries.map { "\($0.verb) \($0.outcome)" } == [
                    "release asked", "release done", "release asked", "release refused", "release asked",
                    "release refused", "erase asked", "erase done", "zeroise asked", "zeroise done",
                ])
            #expect(found.entries.allSatisfy { $0.by == .init(uid: geteuid(), pid: getpid()) })
            #expect(try rig.client.status().audit.digest == found.digest)
        }
    }

    @Test func `a stranger is refused, counted, and cannot fill the log`() async throws {
        try await AgentRig(operators: [geteuid() &+ 1]).serving { rig in
            for _ in 0..<3 {
                let failure = #expect(throws: AgentClientFailure.self) { try rig.client.zeroise(reason: "x") }
                guard case .refused(let report) = failure else {
                    Issue.record("\(String(describing: failure))")
                    return
                }
                #expect(
                    report.kind == "noPermission" && report.message.contains("user \(geteuid()) is not an operator"))
            }
            #expect(await rig.links.calls.isEmpty)
            #expect(rig.audit.end.entries == 0)
        }
    }

    static let malformed: [(request: String, status: String)] = [
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
        ("GET /v1/status HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400"),
        ("GET /v1/status HTTP/1.1\r\nA: \(String(repeating: "x", count: 40_000))\r\n\r\n", "HTTP/1.1 400"),
        (
            "POST /v1/zeroise HTTP/1.1\r\nContent-Length: 30000\r\n\r\n\(String(repeating: " ", count: 30_000))",
            "HTTP/1.1 413"
        ),
        ("POST /v1/zeroise HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 400"),
        ("POST /v1/zeroise HTTP/1.1\r\nContent-Length: 13\r\n\r\n{\"reason\": 1}", "HTTP/1.1 400"),
        ("GET /v1/zeroise HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405"),
        ("POST /v1/status HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405"),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"),
        ("GET /v1/links/ring-1/blocks?after=-1 HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400"),
        ("GET /v1/links/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"),
        ("GET //// HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"),
    ]

    @Test func `malformed requests are refused, and the next one is answered`() async throws {
        try await AgentRig().serving { rig in
            for (request, status) in Self.malformed {
                let answer = try rig.raw(request)
                #expect(answer.hasPrefix(status), "\(request.prefix(60)): \(answer.prefix(200))")
            }
            #expect(try rig.raw("") == "")
            #expect(await rig.links.calls.isEmpty)
            #expect(try rig.client.status().node == "hospital")
        }
    }

    @Test func `hundreds of connections are served at once`() async throws {
        try await AgentRig().serving { rig in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<300 { group.addTask { try rig.client.status().node == "hospital" } }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `the socket's mode keeps others out, and it goes with its server`() async throws {
        let rig = try AgentRig()
        try await rig.serving { rig in
            let attributes = try FileManager.default.attributesOfItem(atPath: rig.server.path)
            #expect(attributes[.posixPermissions] as? Int == 0o660)
        }
        #expect(!FileManager.default.fileExists(atPath: rig.server.path))
        #expect(throws: AgentClientFailure.notRunning(socket: rig.server.path, code: ENOENT)) {
            try rig.client.status()
        }
    }

    @Test func `a socket on which somebody answers is not taken over, a dead one is`() async throws {
        try await AgentRig().serving { rig in
            #expect(throws: UnixSocketFile.Refusal.inUse(path: rig.server.path)) {
                try UnixSocketFile.prepare(rig.server.path)
            }
            let status = try rig.client.status()
            #expect(status.node == "hospital")
        }
        let folder = try TestFolder()
        let path = "\(folder.path)/dead.sock"
        let script = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])"
        let python = try Process.run(URL(fileURLWithPath: "/usr/bin/python3"), arguments: ["-c", script, path])
        python.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: path))
        try UnixSocketFile.prepare(path)
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = FileManager.default.createFile(atPath: path, contents: Data("mine".utf8))
        #expect(throws: UnixSocketFile.Refusal.notASocket(path: path, nil)) { try UnixSocketFile.prepare(path) }
    }

    @Test func `a deed that cannot be noted is not done, but zeroise is`() async {
        // A process of its own, because the limit is a process's.
        await #expect(processExitsWith: .success) {
            try await AgentRig().serving { rig in
                // As on a full disk: no file may grow.
                signal(SIGXFSZ, SIG_IGN)
                var none = rlimit(rlim_cur: 0, rlim_max: 0)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &none)
                let failure = #expect(throws: AgentClientFailure.self) { try rig.client.release("ring-1", reason: "x") }
                try #require(failure?.description.contains("nothing was done, because it cannot be noted") == true)
                try #require(await rig.links.calls.isEmpty)
                try #require(try rig.client.zeroise(reason: "x").auditEntry == nil)
                try #require(await rig.links.calls == ["zeroise: x"])
            }
        }
    }
}
