import Foundation
import RawKeyClient
import Testing

@testable import RawKeyDelivery

@Suite(.serialized) struct SocketTests {
    @Test func `the kernel says who connects`() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let credentials = try #require(PeerCredentials(of: ends[0]))
        #expect(credentials.user == geteuid() && credentials.group == getegid() && credentials.process == getpid())
        #expect(PeerCredentials(of: -1) == nil)
    }

    @Test func `a stranger is closed before it can say anything, and the server lives on`() async throws {
        // This process is not one of the users: it is the stranger.
        let bench = try DeliveryBench(users: [geteuid() + 1])
        try await bench.run {
            for turn in 1...3 {
                await #expect(throws: RawKeyClientError.self) {
                    try await bench.consumer().withStream { stream in for try await _ in stream {} }
                }
                #expect(bench.server.counters.strangers >= UInt64(turn))
            }
            #expect(bench.server.counters.accepted == 0)
            #expect(bench.server.counters.newestStranger == geteuid())
        }
    }

    @Test
    func `a socket on which nobody answers is taken over, and one that answers is left with the name of its holder`()
        async throws
    {
        let bench = try DeliveryBench()
        // A file that a killed agent left.
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bench.socket.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(left)
        #expect(FileManager.default.fileExists(atPath: bench.socket))

        try await bench.run {
            let second = try DeliveryServer(
                socket: DeliverySocket(path: bench.socket, users: [geteuid()]), consumers: [],
                links: [bench.link.delivered])
            let error = await #expect(throws: DeliveryError.self) { try await second.run() }
            guard case .inUse(bench.socket, let holder) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(holder.contains("(pid \(getpid()))"))
            // The first one is still there.
            try bench.link.add(cell: 0)
            #expect(try await DeliveryTests.take(bench, blocks: 1).blocks.count == 1)
        }
    }

    /// Nobody may take all descriptors of an agent by connecting and saying nothing.
    @Test func `three hundred connections that say nothing do not keep a consumer away`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let silent = try (0..<300).map { _ in try Self.connected(to: bench.socket) }
            defer { for descriptor in silent { close(descriptor) } }
            try await eventually("all were taken") { bench.server.counters.accepted >= 300 }
            try bench.link.add(cell: 0)
            #expect(try await DeliveryTests.take(bench, blocks: 1).blocks.count == 1)
            // The oldest were closed, the newest are there: beside what the server said first there is an end, or there is not.
            let (first, last) = (try #require(silent.first), try #require(silent.last))
            #expect(Self.hasEnded(first) && !Self.hasEnded(last))
        }
    }

    private static func hasEnded(_ descriptor: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count <= 0 { return count == 0 }
        }
    }

    private static func connected(to path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0)
        return descriptor
    }

    @Test func `a socket's file has its mode from the first moment, and is gone when the server is`() throws {
        let folder = try DeliveryBench.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s").path
        do {
            let file = try SocketFile(DeliverySocket(path: path, users: [], mode: 0o660))
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
            extendLifetime(file)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a place that others can change is no place for a socket`() throws {
        let folder = try DeliveryBench.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func refusal(_ path: String) -> DeliveryError? {
            do {
                let file = try SocketFile(DeliverySocket(path: path, users: []))
                extendLifetime(file)
                return nil
            } catch { return error }
        }
        let path = folder.appending(path: "s").path
        try Data("a file".utf8).write(to: URL(filePath: path))
        #expect(refusal(path) == .notASocket(path))
        let long = folder.appending(path: String(repeating: "x", count: 120)).path
        #expect(refusal(long) == .pathTooLong(long))
        #expect(chmod(folder.path, 0o777) == 0)
        guard case .unsafeFolder = refusal(folder.appending(path: "t").path) else {
            Issue.record("a folder that everybody may write into")
            return
        }
        guard case .unsafeFolder = refusal("/nowhere/at/all") else {
            Issue.record("a folder that is not there")
            return
        }
    }
}
