import Foundation
import GRPCCore
import RawKey
import RawKeyClient
import RawKeyDelivery
import Testing
import UnitTransport

/// A server on a socket in a folder of its own, for as long as a test runs.
struct DeliveryBench: Sendable {
    let folder: URL
    let link: TestLink
    let key: ConsumerSecretKey
    let server: DeliveryServer

    var socket: String { folder.appending(path: "rawkey.sock").path }

    init(
        link: TestLink? = nil, users: Set<UInt32> = [geteuid()], clock: HostClock = .monotonic
    ) throws {
        folder = try Self.makeFolder()
        let link = try link ?? TestLink()
        self.link = link
        key = try ConsumerSecretKey.random()
        server = try DeliveryServer(
            socket: DeliverySocket(path: folder.appending(path: "rawkey.sock").path, users: users),
            consumers: [
                ConsumerSettings(name: "engine", link: link.delivered.name, publicKey: key.publicKey),
                ConsumerSettings(name: "other", link: link.delivered.name, publicKey: key.publicKey),
                ConsumerSettings(name: "watcher", link: link.delivered.name, publicKey: nil),
            ], links: [link.delivered], clock: clock)
    }

    /// A short path: a socket's has at most 107 bytes.
    static func makeFolder() throws -> URL {
        let folder = URL(filePath: "/tmp").appending(path: "rk-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return folder
    }

    /// Runs the server while `body` does.
    func run<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server.run()
                return nil
            }
            group.addTask {
                await server.waitUntilListening()
                return try await body()
            }
            defer { server.shutdown() }
            while let result = try await group.next() {
                guard let result else { continue }
                server.shutdown()
                return result
            }
            throw CancellationError()
        }
    }

    func consumer(_ name: String = "engine", credit: UInt64 = 32 << 20) -> RawKeyConsumer {
        RawKeyConsumer(socketPath: socket, link: link.delivered.name, consumer: name, credit: credit)
    }
}

/// Waits until something is so.
func eventually(
    _ what: String, within limit: Duration = .seconds(10), _ isSo: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while try await !isSo() {
        guard clock.now < end else {
            Issue.record("not within \(limit): \(what)")
            throw CancellationError()
        }
        try await clock.sleep(for: .milliseconds(5))
    }
}

/// Runs what waits for a process on a thread of its own: the shared pool has as many threads as the machine has cores.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}
