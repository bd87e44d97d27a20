import Glibc
import SerialTransport
import Testing
import UnitProtocol
import UnitTransport

struct SerialTransportTests {
    private let heartbeat = Heartbeat(count: 7)

    @Test func `a frame arrives as it was sent, in both directions`() async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path)
        let request = try frame(heartbeat, channel: .request, number: 5)
        try await transport.send(request)
        #expect(unit.receive() == request)
        let reply = try frame(heartbeat, channel: .reply, number: 5)
        unit.send(reply)
        #expect(try await transport.receiveControl() == reply)
        await transport.close()
    }

    @Test func `garbage, a torn frame and an endless one are skipped, and counted`() async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path)
        let reply = try frame(heartbeat, channel: .reply, number: 1)
        unit.write(Array("U-Boot 2021.04 starting".utf8) + [0])
        unit.write([0, 0, 0])
        unit.write([0x43, 0x51, 0x01, 0])
        unit.write([UInt8](repeating: 0x55, count: 150_000) + [0])
        unit.send(reply)
        #expect(try await transport.receiveControl() == reply)
        #expect(transport.counters.undecodable >= 3)
        #expect(transport.counters.discardedBytes > 150_000)
        await transport.close()
    }

    @Test func `a hang-up fails whoever waits with gone, within 250 ms`() async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path)
        try await transport.openStream(StreamGeometry(frameBytes: 1024, secret: false))
        let control = Task { try await transport.receiveControl() }
        let stream = Task {
            do throws(TransportError) {
                let block = try await transport.receiveStream()
                return block.count == 0 ? nil : TransportError?.none
            } catch {
                return error
            }
        }
        // Both wait by now, most of the time; whoever comes later has to hear of it too.
        try await Task.sleep(for: .milliseconds(50))
        let clock = ContinuousClock()
        let start = clock.now
        unit.hangUp()
        await #expect(throws: TransportError.gone(path: unit.path)) { _ = try await control.value }
        #expect(await stream.value == .gone(path: unit.path))
        #expect(clock.now - start < .milliseconds(250))
        await #expect(throws: TransportError.gone(path: unit.path)) { try await transport.send([1]) }
        await transport.close()
    }

    @Test func `stream frames go to the stream, replies past them`() async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path)
        try await transport.openStream(StreamGeometry(frameBytes: 1024, secret: true))
        let frames = try (0..<3).map { try streamFrame(first: UInt64($0) * 200, count: 200, number: UInt32($0)) }
        let reply = try frame(heartbeat, channel: .reply, number: 9)
        unit.send(frames[0])
        unit.send(reply)
        unit.send(frames[1])
        unit.send(frames[2])
        #expect(try await transport.receiveControl() == reply)
        var seen: [UInt32] = []
        while seen.count < 3 {
            let block = try await transport.receiveStream()
            #expect(block.stride == 1024)
            for offset in stride(from: 0, to: block.count, by: 1024) {
                seen.append(try Frame.decode(block.bytes.extracting(offset..<offset + 1024)).number)
            }
        }
        #expect(seen == [0, 1, 2])
        await transport.closeStream()
        await transport.close()
    }

    @Test func `frames that no buffer takes are dropped and counted, and control goes on`() async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path)
        try await transport.openStream(StreamGeometry(frameBytes: 65_536, secret: false))
        let count = 80
        for number in 0..<count {
            unit.send(try streamFrame(first: UInt64(number) * 16, count: 16, number: UInt32(number)))
        }
        let reply = try frame(heartbeat, channel: .reply, number: 3)
        unit.send(reply)
        #expect(try await transport.receiveControl() == reply)
        #expect(transport.counters.droppedStreamFrames == UInt64(count - 64))
        await transport.close()
    }

    @Test func `the second program is told who holds the line`() async throws {
        let unit = try PseudoTerminal()
        let holder = try HoldingProcess(path: unit.path)
        defer { holder.end() }
        #expect(throws: TransportError.self) { try SerialTransport(path: unit.path) }
        do {
            _ = try SerialTransport(path: unit.path)
        } catch {
            #expect(error == .busy(path: unit.path, holder: "sleep (pid \(holder.pid))"))
        }
    }

    @Test(arguments: [
        ("/dev/does-not-exist", TransportError.notFound("/dev/does-not-exist")),
        ("/dev/null", .notAUnit(path: "/dev/null", reason: "it is not a serial line")),
    ])
    func `what cannot be a unit is refused by name`(path: String, error: TransportError) {
        #expect(throws: error) { try SerialTransport(path: path) }
    }

    @Test func `closing gives threads and descriptors back, and fails what comes later`() async throws {
        let unit = try PseudoTerminal()
        for _ in 0..<20 {
            let transport = try SerialTransport(path: unit.path)
            let waiting = Task { try await transport.receiveControl() }
            try await transport.openStream(StreamGeometry(frameBytes: 1024, secret: false))
            await transport.close()
            await transport.close()
            await #expect(throws: TransportError.closed) { _ = try await waiting.value }
            await #expect(throws: TransportError.closed) { try await transport.send([1]) }
        }
        #expect(descriptors(of: unit.path) == 0)
    }

    /// Descriptors of this process that lead to `path`.
    private func descriptors(of path: String) -> Int {
        (0..<1024).count { number in
            var target = [CChar](repeating: 0, count: 256)
            let count = readlink("/proc/self/fd/\(number)", &target, 255)
            return count > 0 && String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) == path
        }
    }
}

/// Another process that has the line open and locked, as a second program would: flock(1) running sleep(1).
final class HoldingProcess {
    let pid: pid_t

    init(path: String) throws {
        let words: [String] = ["flock", "--no-fork", "--nonblock", path, "sleep", "30"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        guard posix_spawnp(&child, "flock", nil, nil, &arguments, environ) == 0 else {
            throw PseudoTerminalError(code: errno)
        }
        pid = child
        // Wait until it has the lock.
        for _ in 0..<200 {
            let descriptor = open(path, O_RDWR | O_NOCTTY)
            let locked = flock(descriptor, LOCK_EX | LOCK_NB) != 0
            close(descriptor)
            if locked { return }
            usleep(10_000)
        }
    }

    func end() {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}
