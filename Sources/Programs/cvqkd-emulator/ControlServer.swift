import Foundation
import UnitEmulator

/// The operator's side door: newline-delimited JSON over a Unix socket, one answer per line. One client at a time is
/// served; the next waits.
final class ControlServer: @unchecked Sendable {
    // SAFETY: constants after init, but for `thread`, which only the owner uses.
    private let path: String
    private let listener: Int32
    private let rack: Rack
    private var thread: Thread?
    private static let longestLine = 65_536

    init(path: String, rack: Rack) throws {
        self.path = path
        self.rack = rack
        listener = try UnixSocket.listen(path)
        let thread = Thread { [self] in serve() }
        thread.name = "control"
        thread.start()
        self.thread = thread
    }

    /// Closes the socket and removes it. The thread ends with the program.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private func serve() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            var patience = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            talk(client)
            close(client)
        }
    }

    private func talk(_ client: Int32) {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(client, &chunk, chunk.count)
            guard count > 0 else { return }
            for byte in chunk[..<count] {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    guard line.count <= Self.longestLine else { return }
                    continue
                }
                let answer = ControlRequests(rack: rack).answer(Data(line))
                line.removeAll(keepingCapacity: true)
                guard UnixSocket.write(client, answer + [UInt8(ascii: "\n")]) else { return }
            }
        }
    }
}

/// A stream socket in the file system.
enum UnixSocket {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    static func listen(_ path: String) throws -> Int32 {
        let descriptor = try make(path)
        // A socket that a killed emulator left: nobody answers there any more.
        if let old = try? connect(path) {
            close(old)
            close(descriptor)
            throw Fault(description: "\(path): another emulator serves it; choose another --directory or --socket")
        }
        unlink(path)
        let mask = umask(0o177)
        defer { umask(mask) }
        guard withAddress(path, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 8) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Fault(description: "\(path): \(reason)")
        }
        return descriptor
    }

    static func connect(_ path: String) throws -> Int32 {
        let descriptor = try make(path)
        guard withAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Fault(description: "\(path): \(reason). Is 'cvqkd-emulator run' running with this --socket?")
        }
        return descriptor
    }

    static func write(_ descriptor: Int32, _ bytes: Data) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func make(_ path: String) throws -> Int32 {
        guard path.utf8.count < 108 else { throw Fault(description: "\(path): longer than 107 bytes") }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Fault(description: "socket: \(String(cString: strerror(errno)))") }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
