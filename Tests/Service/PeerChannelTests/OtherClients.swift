import Foundation
import PeerChannel
import UnitTransport

/// Debian's openssl as a client.
enum OpenSSL {
    /// Connects, says nothing, and gives what it printed.
    static func connect(_ address: PeerAddress, _ arguments: [String]) async throws -> String {
        guard case .tcp(let host, let port) = address else { throw POSIXError(.EINVAL) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = ["s_client", "-connect", "\(host):\(port)"] + arguments
        let (output, input) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError, process.standardInput) = (output, output, input)
        try process.run()
        // It reads until the other side hangs up, which is what is tested.
        let data = await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: output.fileHandleForReading.readDataToEndOfFile()) }.start()
        }
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

/// A socket that speaks nothing.
struct PlainSocket {
    let descriptor: Int32
    let address: PeerAddress

    /// Connects.
    init(_ address: PeerAddress) throws {
        guard case .tcp(_, let port) = address else { throw POSIXError(.EINVAL) }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.address = address
        guard Self.call(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else { throw POSIXError(.ECONNREFUSED) }
        var limit = timeval(tv_sec: 8, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private init(descriptor: Int32, address: PeerAddress) { (self.descriptor, self.address) = (descriptor, address) }

    /// One that takes connections into its queue and never looks at them.
    static func listening() throws -> PlainSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard call(0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 4) == 0 else {
            throw POSIXError(.EADDRINUSE)
        }
        var (found, length) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        _ = withUnsafeMutablePointer(to: &found) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return PlainSocket(
            descriptor: descriptor, address: .tcp(host: "127.0.0.1", port: Int(UInt16(bigEndian: found.sin_port))))
    }

    private static func call(_ port: Int, _ function: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Sends bytes and gives all that comes back until the other side hangs up.
    func exchange(_ data: Data) throws -> Data {
        defer { close() }
        _ = data.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return answer }
            answer += buffer[..<count]
        }
    }

    func close() { Glibc.close(descriptor) }
}

/// Carries bytes between two sides until it is told to stop: then it takes everything and passes nothing on, as a network does
/// that has gone.
final class DeadNetwork: Sendable {
    let address: PeerAddress
    private let isDead = Guarded(false)
    private let listener: PlainSocket

    init(to address: PeerAddress) throws {
        let listener = try PlainSocket.listening()
        (self.listener, self.address) = (listener, listener.address)
        Thread { [isDead] in
            let near = accept(listener.descriptor, nil, nil)
            guard near >= 0, let far = try? PlainSocket(address).descriptor else { return }
            for (from, to) in [(near, far), (far, near)] {
                Thread {
                    var buffer = [UInt8](repeating: 0, count: 65_536)
                    while true {
                        let count = recv(from, &buffer, buffer.count, 0)
                        if count < 0, errno == EAGAIN { continue }
                        guard count > 0 else { break }
                        if isDead.withLock({ $0 }) { continue }
                        guard send(to, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
                    }
                    if !isDead.withLock({ $0 }) { shutdown(to, Int32(SHUT_RDWR)) }
                }.start()
            }
        }.start()
    }

    /// From now on nothing crosses, and nobody is told.
    func die() { isDead.withLock { $0 = true } }

    deinit { listener.close() }
}
