public import Foundation
public import LinkControl
internal import UnitTransport

/// Link messages over a Unix socket: each as JSON behind its length, 32 bits, little-endian.
public final class SocketChannel: LinkChannel, @unchecked Sendable {
    // SAFETY: `descriptor` is a constant until `close`, which is done once, behind `state`'s lock.
    private let descriptor: Int32
    private let state = Guarded(State())
    private let wake = DispatchSemaphore(value: 0)
    private let incoming: AsyncStream<Result<LinkEnvelope, PeerFault>>
    private let arrivals: AsyncStream<Result<LinkEnvelope, PeerFault>>.Continuation
    /// Every message as it was sent and came, if somebody wants to look for what must not cross.
    private let record: (@Sendable (Data) -> Void)?

    private struct State {
        var outbox: [Data] = []
        var isClosed = false
    }

    /// Messages that may wait for a peer that takes none.
    private static let depth = 256
    private static let longest = 4 << 20

    /// Takes over a connected socket.
    public init(_ descriptor: Int32, record: (@Sendable (Data) -> Void)? = nil) {
        self.descriptor = descriptor
        self.record = record
        (incoming, arrivals) = AsyncStream.makeStream()
        Thread { [self] in receiveAll() }.start()
        Thread { [self] in sendAll() }.start()
    }

    /// Waits for one peer at a path, or connects to one that waits there, within the limit, s.
    public static func open(_ path: String, listens: Bool, within limit: Double = 20) throws -> SocketChannel {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        func call(_ function: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    function($0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        if listens {
            guard call({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1) == 0 else {
                throw POSIXError(.EADDRINUSE)
            }
            let peer = accept(descriptor, nil, nil)
            Glibc.close(descriptor)
            unlink(path)
            guard peer >= 0 else { throw POSIXError(.ECONNABORTED) }
            return SocketChannel(peer)
        }
        let deadline = ContinuousClock.now + .seconds(limit)
        while call({ connect(descriptor, $0, $1) }) != 0 {
            guard .now < deadline else { throw POSIXError(.ECONNREFUSED) }
            usleep(20_000)
        }
        return SocketChannel(descriptor)
    }

    /// Two ends of one connection.
    public static func pair(record: (@Sendable (Data) -> Void)? = nil) -> (SocketChannel, SocketChannel) {
        var descriptors: [Int32] = [0, 0]
        let made = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors)
        precondition(made == 0, "socketpair: \(errno)")
        return (SocketChannel(descriptors[0], record: record), SocketChannel(descriptors[1], record: record))
    }

    /// Puts a message behind the others.
    public func send(_ envelope: LinkEnvelope) throws(PeerFault) {
        let data: Data
        do { data = try JSONEncoder().encode(envelope) } catch { throw .unreadable(reason: "\(error)") }
        try send(raw: data)
    }

    /// The same for bytes that somebody else made.
    public func send(raw data: Data) throws(PeerFault) {
        let problem = state.withLock { state -> String? in
            if state.isClosed { return "closed" }
            guard state.outbox.count < Self.depth else { return "it takes nothing" }
            state.outbox.append(data)
            return nil
        }
        if let problem { throw .lost(reason: problem) }
        record?(data)
        wake.signal()
    }

    /// The next message.
    public func receive() async throws(PeerFault) -> LinkEnvelope {
        for await arrival in incoming { return try arrival.get() }
        throw .lost(reason: "closed")
    }

    /// Hangs up when what waits is sent.
    public func close() async {
        state.withLock { $0.isClosed = true }
        wake.signal()
    }

    private func sendAll() {
        while true {
            wake.wait()
            let (next, isClosed) = state.withLock { state in
                (state.outbox.isEmpty ? nil : state.outbox.removeFirst(), state.isClosed)
            }
            if let next {
                let length = (0..<4).map { UInt8(truncatingIfNeeded: next.count >> (8 * $0)) }
                guard write(Data(length) + next) else { break }
            } else if isClosed {
                break
            }
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func write(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(
                    descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                if count <= 0 { return false }
                sent += count
            }
            return true
        }
    }

    private func receiveAll() {
        while let header = read(4) {
            let length = header.reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= Self.longest, let data = read(length) else { break }
            do {
                arrivals.yield(.success(try JSONDecoder().decode(LinkEnvelope.self, from: data)))
            } catch {
                arrivals.yield(.failure(.unreadable(reason: "\(error)")))
            }
        }
        arrivals.yield(.failure(.lost(reason: "it hung up")))
        arrivals.finish()
        state.withLock { $0.isClosed = true }
        wake.signal()
    }

    private func read(_ count: Int) -> Data? {
        var data = Data(count: count)
        let read = data.withUnsafeMutableBytes { bytes in
            var read = 0
            while read < count {
                let got = recv(descriptor, bytes.baseAddress?.advanced(by: read), count - read, 0)
                if got <= 0 { return read }
                read += got
            }
            return read
        }
        return read == count ? data : nil
    }
}
