internal import AuditTrail
internal import Foundation
internal import NodeReports
internal import ReadableText
internal import UnitTransport

/// A request on the control socket, without its transport.
struct ControlRequest: Sendable {
    var method: String
    /// As it came, with the query.
    var target: String
    var body: [UInt8]
    /// Nil if the kernel did not say, which is nobody.
    var peer: PeerCredentials?
}

/// An answer.
struct ControlAnswer: Sendable {
    var status: Int
    var body: String
    /// What the path takes, if the method was wrong.
    var allowed: String?
}

/// What operators ask, from a request to an answer: who may, what is audited, what is done.
///
/// A deed is noted before it is done, and its outcome before it is answered. What cannot be noted is not done, but for
/// zeroise: a full disk must not keep key from being destroyed.
final class ControlRequests: Sendable {
    /// Who the agent is; all but what changes.
    struct Identity: Sendable {
        var node: String
        var program: String
        var pid: Int32
        var began: Date
        var beganAt: HostClock.Instant
        var nodeKey: String
    }

    /// Bytes of a body.
    static let mostBytes = 16 << 10
    /// Things of one answer.
    static let mostItems = 200

    private let control: any AgentControl
    private let audit: AuditTrail
    private let operators: Set<UInt32>
    private let identity: Identity
    private let clock: HostClock
    private let now: @Sendable () -> Date
    private let refusedPeers = Guarded(0)

    init(
        _ control: any AgentControl, audit: AuditTrail, operators: Set<UInt32>, identity: Identity, clock: HostClock,
        now: @escaping @Sendable () -> Date
    ) {
        self.control = control
        self.audit = audit
        self.operators = operators
        self.identity = identity
        self.clock = clock
        self.now = now
    }

    func answer(_ request: ControlRequest) async -> ControlAnswer {
        guard let peer = request.peer, operators.contains(peer.uid) else {
            // Not an entry of the audit log: strangers could fill the disk.
            refusedPeers.withLock { $0 += 1 }
            let who = request.peer.map { "user \($0.uid)" } ?? "an unknown user"
            return Self.refusal(
                ControlRefusal(.noPermission, "\(who) is not an operator; 'operators' of the configuration names them"))
        }
        do throws(ControlRefusal) { return try await answer(request, peer) } catch { return Self.refusal(error) }
    }

    private func answer(_ request: ControlRequest, _ peer: PeerCredentials) async throws(ControlRefusal)
        -> ControlAnswer
    {
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        let query = parts.count > 1 ? String(parts[1]) : ""
        switch (path.count, path.first, path.dropFirst().first, path.dropFirst(3).first) {
        case (2, "v1"?, "status"?, _):
            return try await get(request) { () async throws(ControlRefusal) -> AgentStatusDocument in await status() }
        case (2, "v1"?, "links"?, _):
            return try await get(request) { () async throws(ControlRefusal) -> AgentLinksDocument in
                AgentLinksDocument(await control.links())
            }
        case (4, "v1"?, "links"?, "blocks"?):
            let after = try Self.after(query)
            return try await get(request) { () async throws(ControlRefusal) -> AgentBlocksDocument in
                try await control.blocks(of: path[2], after: after, limit: Self.mostItems)
            }
        case (4, "v1"?, "links"?, "windows"?):
            return try await get(request) { () async throws(ControlRefusal) -> AgentWindowsDocument in
                try await control.windows(of: path[2])
            }
        case (4, "v1"?, "links"?, "release"?):
            return try await post(request) {
                (order: AgentVerbRequest) async throws(ControlRefusal) -> AgentVerbDocument in
                try await release(path[2], order, peer)
            }
        case (4, "v1"?, "links"?, "erase"?):
            return try await post(request) {
                (order: AgentEraseRequest) async throws(ControlRefusal) -> AgentVerbDocument in
                try await erase(path[2], order, peer)
            }
        case (2, "v1"?, "zeroise"?, _):
            return try await post(request) {
                (order: AgentVerbRequest) async throws(ControlRefusal) -> AgentVerbDocument in
                try await zeroise(order.reason, peer)
            }
        default:
            throw ControlRefusal(
                .notFound,
                "there is nothing at '\(VisibleText.of(request.target, limit: 100))'")
        }
    }

    private func status() async -> AgentStatusDocument {
        let end = audit.end
        return AgentStatusDocument(
            node: identity.node, program: identity.program, pid: identity.pid, began: identity.began, time: now(),
            uptimeSeconds: (clock.now - identity.beganAt).inSeconds, nodeKey: identity.nodeKey,
            audit: .init(entries: end.entries, digest: end.digest), refusedPeers: refusedPeers.withLock { $0 },
            links: await control.links())
    }

    /// Notes the wish, does it, notes what became of it.
    private func audited(
        _ verb: String, _ link: String?, _ reason: String, _ peer: PeerCredentials, _ detail: String? = nil,
        _ deed: (String) async throws(ControlRefusal) -> AgentVerbDocument
    ) async throws(ControlRefusal) -> AgentVerbDocument {
        let reason = try Self.checked(reason)
        let link = link.map { VisibleText.of($0, limit: 100) }
        do throws(AuditFault) {
            try audit.append(verb, outcome: "asked", by: peer.person, link: link, reason: reason, detail: detail)
        } catch {
            throw ControlRefusal(.failure, "nothing was done, because it cannot be noted: \(error)")
        }
        let result: Result<AgentVerbDocument, ControlRefusal>
        do throws(ControlRefusal) { result = .success(try await deed(reason)) } catch { result = .failure(error) }
        let (outcome, words) =
            switch result {
            case .success(let document): ("done", document.outcome)
            case .failure(let refusal): (refusal.kind == .failure ? "failed" : "refused", refusal.message)
            }
        let entry: AuditEntry
        do throws(AuditFault) {
            entry = try audit.append(verb, outcome: outcome, by: peer.person, link: link, reason: reason, detail: words)
        } catch {
            throw ControlRefusal(
                .failure, "\(words). That it was asked for is noted, and what became of it is not: \(error)")
        }
        var document = try result.get()
        document.auditEntry = entry.sequence
        return document
    }

    private func release(
        _ link: String, _ order: AgentVerbRequest, _ peer: PeerCredentials
    ) async throws(ControlRefusal) -> AgentVerbDocument {
        try await audited("release", link, order.reason, peer) {
            (reason: String) async throws(ControlRefusal) -> AgentVerbDocument in
            try await control.release(link, reason: reason)
        }
    }

    private func erase(
        _ link: String, _ order: AgentEraseRequest, _ peer: PeerCredentials
    ) async throws(ControlRefusal) -> AgentVerbDocument {
        try Self.check(order)
        return try await audited("erase", link, order.reason, peer, Self.words(order)) {
            (reason: String) async throws(ControlRefusal) -> AgentVerbDocument in
            var order = order
            order.reason = reason
            return try await control.erase(order, of: link)
        }
    }

    private func zeroise(_ reason: String, _ peer: PeerCredentials) async throws(ControlRefusal) -> AgentVerbDocument {
        let reason = try Self.checked(reason)
        _ = try? audit.append("zeroise", outcome: "asked", by: peer.person, reason: reason)
        var document = await control.zeroise(reason: reason)
        let entry = try? audit.append(
            "zeroise", outcome: "done", by: peer.person, reason: reason, detail: document.outcome)
        document.auditEntry = entry?.sequence
        return document
    }
}

extension ControlRequests {
    private func get<Document: Encodable>(
        _ request: ControlRequest, _ document: () async throws(ControlRefusal) -> Document
    ) async throws(ControlRefusal) -> ControlAnswer {
        guard request.method == "GET" else { return Self.wrongMethod("GET") }
        return try Self.ok(try await document())
    }

    private func post<Order: Decodable>(
        _ request: ControlRequest, _ deed: (Order) async throws(ControlRefusal) -> AgentVerbDocument
    ) async throws(ControlRefusal) -> ControlAnswer {
        guard request.method == "POST" else { return Self.wrongMethod("POST") }
        guard let order = try? ReportJSON.decoder().decode(Order.self, from: Data(request.body)) else {
            throw ControlRefusal(.usage, "the body is not the JSON object that is expected, with a 'reason'")
        }
        return try Self.ok(try await deed(order))
    }

    private static func ok(_ document: some Encodable) throws(ControlRefusal) -> ControlAnswer {
        guard let text = try? ReportJSON.text(document, pretty: false) else {
            throw ControlRefusal(.failure, "the answer cannot be written as JSON")
        }
        return ControlAnswer(status: 200, body: text)
    }

    private static func wrongMethod(_ allowed: String) -> ControlAnswer {
        var answer = refusal(ControlRefusal(.usage, "this path takes \(allowed) only"))
        (answer.status, answer.allowed) = (405, allowed)
        return answer
    }

    /// A refusal as an answer.
    static func refusal(_ refusal: ControlRefusal, status: Int? = nil) -> ControlAnswer {
        let document = FailureDocument(FailureReport(kind: refusal.kind.rawValue, message: refusal.message))
        let usual =
            switch refusal.kind {
            case .notFound: 404
            case .noPermission: 403
            case .refused: 409
            case .usage: 400
            case .failure: 500
            }
        return ControlAnswer(status: status ?? usual, body: (try? ReportJSON.text(document, pretty: false)) ?? "{}")
    }

    /// A reason is of a person, for persons.
    private static func checked(_ reason: String) throws(ControlRefusal) -> String {
        let text = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else {
            throw ControlRefusal(.usage, "a reason in words is needed; it stands in the audit log")
        }
        guard text.utf8.count <= 1_000 else { throw ControlRefusal(.usage, "the reason is longer than 1000 bytes") }
        return text
    }

    private static func check(_ order: AgentEraseRequest) throws(ControlRefusal) {
        guard (order.all == true) != (order.session != nil) else {
            throw ControlRefusal(.usage, "either a 'session' or '\"all\": true' says what is erased")
        }
        if let session = order.session, session.utf8.count != 16 || UInt64(session, radix: 16) == nil {
            throw ControlRefusal(.usage, "a session is named by sixteen hexadecimal digits")
        }
        let (first, last) = (order.firstCell?.value, order.lastCell?.value)
        guard order.session != nil || (first == nil && last == nil), first ?? 0 <= last ?? .max else {
            throw ControlRefusal(.usage, "cells belong to a session, and the first is not behind the last")
        }
    }

    private static func words(_ order: AgentEraseRequest) -> String {
        guard let session = order.session else { return "all" }
        let (first, last) = (order.firstCell?.description ?? "first", order.lastCell?.description ?? "last")
        return "session \(session), cells \(first) to \(last)"
    }

    private static func after(_ query: String) throws(ControlRefusal) -> UInt64 {
        guard !query.isEmpty else { return 0 }
        guard query.hasPrefix("after="), let after = UInt64(query.dropFirst(6)) else {
            throw ControlRefusal(.usage, "the query is after=POSITION, a whole number")
        }
        return after
    }
}
