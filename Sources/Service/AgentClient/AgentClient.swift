internal import Foundation
internal import Glibc
public import NodeReports

/// Asks a running agent over its control socket: one request a connection, HTTP/1.1 with JSON.
///
/// URLSession knows no Unix sockets, and an HTTP library would bring its event loops and its TLS into a program that asks one
/// local question.
public struct AgentClient: Sendable {
    /// The socket.
    public let socket: String
    private let timeout: Int

    /// The most that is read of an answer.
    private static let mostBytes = 64 << 20

    /// A client of the agent at a socket, which may be silent for so many seconds.
    public init(socket: String, timeout: Int = 30) {
        self.socket = socket
        self.timeout = timeout
    }

    /// How the agent is.
    public func status() throws(AgentClientFailure) -> AgentStatusDocument { try get("/v1/status") }

    /// What is known about a link's blocks behind a position.
    public func blocks(of link: String, after position: UInt64) throws(AgentClientFailure) -> AgentBlocksDocument {
        try get("/v1/links/\(Self.segment(link))/blocks?after=\(position)")
    }

    /// The latest windows of a link.
    public func windows(of link: String) throws(AgentClientFailure) -> AgentWindowsDocument {
        try get("/v1/links/\(Self.segment(link))/windows")
    }

    /// Lets a latched link go on.
    public func release(_ link: String, reason: String) throws(AgentClientFailure) -> AgentVerbDocument {
        try post("/v1/links/\(Self.segment(link))/release", AgentVerbRequest(reason: reason))
    }

    /// Destroys raw key of a link that was not taken.
    public func erase(_ choice: AgentEraseRequest, of link: String) throws(AgentClientFailure) -> AgentVerbDocument {
        try post("/v1/links/\(Self.segment(link))/erase", choice)
    }

    /// Destroys all raw key of the node.
    public func zeroise(reason: String) throws(AgentClientFailure) -> AgentVerbDocument {
        try post("/v1/zeroise", AgentVerbRequest(reason: reason))
    }

    /// A name as a part of a path, whatever was typed.
    private static func segment(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-_."))) ?? "-"
    }

    private func get<Document: Decodable>(_ path: String) throws(AgentClientFailure) -> Document {
        try ask("GET \(path) HTTP/1.1\r\n", body: Data())
    }

    private func post<Document: Decodable>(
        _ path: String, _ order: some Encodable
    ) throws(AgentClientFailure) -> Document {
        guard let body = try? ReportJSON.encoder(pretty: false).encode(order) else {
            throw .garbled(socket: socket, reason: "the request cannot be written as JSON")
        }
        return try ask("POST \(path) HTTP/1.1\r\nContent-Type: application/json\r\n", body: body)
    }

    private func ask<Document: Decodable>(_ start: String, body: Data) throws(AgentClientFailure) -> Document {
        let head = start + "Host: localhost\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n"
        let connection = try AgentConnection(socket, timeout: timeout)
        try connection.send(Array(head.utf8) + body)
        let answer = try HTTPAnswer(try connection.receive(atMost: Self.mostBytes), socket: socket)
        if answer.status == 200, let document = try? ReportJSON.decoder().decode(Document.self, from: answer.body) {
            return document
        }
        if let failure = try? ReportJSON.decoder().decode(FailureDocument.self, from: answer.body) {
            throw .refused(failure.error)
        }
        throw .garbled(socket: socket, reason: "its answer \(answer.status) is not the document that was asked for")
    }
}

/// An answer, whole.
struct HTTPAnswer {
    let status: Int
    let body: Data

    /// Reads what came until the agent closed the connection.
    init(_ bytes: [UInt8], socket: String) throws(AgentClientFailure) {
        guard !bytes.isEmpty else { throw .gone(socket: socket) }
        let end = Array("\r\n\r\n".utf8)
        guard let split = Data(bytes).firstRange(of: Data(end)) else {
            throw .garbled(socket: socket, reason: "it does not speak HTTP")
        }
        let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, let match = first.wholeMatch(of: #/HTTP/1\.[01] ([0-9]{3})(?: .*)?/#),
            let status = Int(match.1)
        else { throw .garbled(socket: socket, reason: "it does not speak HTTP") }
        body = Data(bytes[split.upperBound...])
        let length = lines.dropFirst().compactMap { line -> Int? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].trimmingCharacters(in: .whitespaces))
        }.first
        guard let length, body.count >= length else { throw .gone(socket: socket) }
        guard body.count == length else { throw .garbled(socket: socket, reason: "its answer is longer than it says") }
        self.status = status
    }
}
