import AgentClient
import AuditTrail
import Foundation
import LinkOperation
import NodeReports
import Testing
import UnitTransport

@testable import NodeAgent

/// What an agent's links say and do, for tests: nothing is behind it.
actor ScriptedLinks: AgentControl {
    private(set) var calls: [String] = []
    private var isLatched = true
    private let configuration: AgentConfiguration

    init(_ configuration: AgentConfiguration) { self.configuration = configuration }

    func links() -> [AgentLinkDocument] {
        configuration.links.map {
            AgentLinkDocument(
                $0, of: configuration, state: isLatched ? "latched" : "idle", reason: "test",
                since: Date(timeIntervalSince1970: 0), ageSeconds: 1)
        }
    }

    func blocks(of link: String, after position: UInt64, limit: Int) throws(ControlRefusal) -> AgentBlocksDocument {
        var item = AgentBlocksDocument.Item(position: WideNumber(1 << 60), kind: "block", session: "00ff")
        item.cell = WideNumber(.max)
        let items = position < 1 << 60 ? [item] : []
        return AgentBlocksDocument(link: link, items: items, next: WideNumber(1 << 60), newest: WideNumber(1 << 60))
    }

    func windows(of link: String) throws(ControlRefusal) -> AgentWindowsDocument {
        AgentWindowsDocument(link: link, windows: [])
    }

    func release(_ link: String, reason: String) throws(ControlRefusal) -> AgentVerbDocument {
        guard configuration.links.contains(where: { $0.id == link }) else {
            throw .unknownLink(link, among: configuration.links.map(\.id))
        }
        guard isLatched else { throw ControlRefusal(.refused, "\(link) is not latched") }
        isLatched = false
        calls.append("release \(link): \(reason)")
        return AgentVerbDocument(verb: "release", link: link, outcome: "released")
    }

    func erase(_ choice: AgentEraseRequest, of link: String) throws(ControlRefusal) -> AgentVerbDocument {
        calls.append("erase \(link)")
        return AgentVerbDocument(verb: "erase", link: link, outcome: "erased", blocks: 3)
    }

    func zeroise(reason: String) -> AgentVerbDocument {
        calls.append("zeroise: \(reason)")
        return AgentVerbDocument(verb: "zeroise", link: nil, outcome: "zeroised", blocks: 3)
    }
}

/// A control server on a socket of its own.
final class AgentRig: Sendable {
    let folder: TestFolder
    let key: TestNodeKey
    let links: ScriptedLinks
    let audit: AuditTrail
    let server: ControlServer

    init(operators: Set<UInt32> = [geteuid()]) throws {
        folder = try TestFolder()
        key = try TestNodeKey(in: folder.path)
        let configuration = try AgentConfiguration.read(Array(ConfigurationText.small.utf8), file: "a")
        links = ScriptedLinks(configuration)
        audit = try AuditTrail("\(folder.path)/audit.log", node: "hospital", key: try key.signing())
        let requests = ControlRequests(
            links, audit: audit, operators: operators,
            identity: .init(
                node: "hospital", program: "test", pid: getpid(), began: Date(), beganAt: HostClock.monotonic.now,
                nodeKey: key.publicKey.description), clock: .monotonic, now: { Date() })
        server = ControlServer(path: "\(folder.path)/control.sock", requests: requests)
    }

    /// Serves while `body` runs.
    func serving(_ body: @escaping @Sendable (AgentRig) async throws -> Void) async throws {
        let isServing = WaitPoint()
        let ready = Guarded(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.server.run {
                    ready.withLock { $0 = true }
                    isServing.signal()
                }
            }
            while !ready.withLock({ $0 }) { await isServing.wait { ready.withLock { $0 } } }
            try await body(self)
            group.cancelAll()
            while true {
                do { if try await group.next() == nil { break } } catch {
                    if !(error is CancellationError) { throw error }
                }
            }
        }
    }

    /// Asks the server. A client waits on its thread, which must not be one of those that serve.
    func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (AgentClient) throws -> Answer
    ) async throws -> Answer {
        try await Self.ask(server.path, question)
    }

    /// Asks the agent at a socket.
    static func ask<Answer: Sendable>(
        _ socket: String, _ question: @escaping @Sendable (AgentClient) throws -> Answer
    ) async throws -> Answer {
        try await onThread { () throws in try question(AgentClient(socket: socket, timeout: 10)) }
    }

    private static func onThread<Answer: Sendable>(
        _ work: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                do { continuation.resume(returning: try work()) } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// What comes back for bytes on the socket, until it is closed.
    func raw(_ text: String) async throws -> String { try await Self.onThread { try self.exchange(text) } }

    private func exchange(_ text: String) throws -> String {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(server.path.utf8)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(connected == 0)
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EAGAIN { return "silence" }
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += chunk[..<count]
        }
    }
}
