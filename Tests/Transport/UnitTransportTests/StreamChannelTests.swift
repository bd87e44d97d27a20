import Testing
import UnitTransport

struct StreamChannelTests {
    private func channel(buffers: Int = 4, onSpare: @escaping @Sendable () -> Void = {}) throws -> StreamChannel {
        try StreamChannel(
            bufferCount: buffers, bufferBytes: 4096, geometry: StreamGeometry(frameBytes: 1024, secret: true),
            onSpare: onSpare)
    }

    private func fill(_ channel: StreamChannel, _ byte: UInt8, count: Int = 1024) throws {
        let slot = try #require(channel.takeSpare())
        channel.buffer(slot).initializeMemory(as: UInt8.self, repeating: byte)
        channel.commit(slot, count: count)
    }

    @Test func `blocks come in the order in which they were filled`() async throws {
        let channel = try channel()
        for byte in UInt8(1)...3 { try fill(channel, byte) }
        for byte in UInt8(1)...3 {
            let block = try await channel.next()
            #expect(block.count == 1024)
            #expect(block.bytes.unsafeLoad(fromByteOffset: 1023, as: UInt8.self) == byte)
        }
    }

    @Test func `memory is bounded and a returned buffer is announced once the producer starved`() async throws {
        let announced = Guarded(0)
        let channel = try channel(buffers: 2) { announced.withLock { $0 += 1 } }
        try fill(channel, 1)
        try fill(channel, 2)
        #expect(channel.takeSpare() == nil)
        #expect(announced.withLock { $0 } == 0)
        _ = try await channel.next()
        #expect(announced.withLock { $0 } == 1)
        #expect(channel.takeSpare() != nil)
    }

    @Test func `a secret buffer is overwritten when it comes back`() async throws {
        let channel = try channel(buffers: 1)
        try fill(channel, 0xAA)
        _ = try await channel.next()
        let slot = try #require(channel.takeSpare())
        #expect(channel.buffer(slot)[..<1024].allSatisfy { $0 == 0 })
    }

    @Test func `what was filled before the end is still delivered, then the reason`() async throws {
        let channel = try channel()
        try fill(channel, 1)
        channel.finish(.gone(path: "/dev/x"))
        channel.finish(.closed)
        _ = try await channel.next()
        await #expect(throws: TransportError.gone(path: "/dev/x")) { _ = try await channel.next() }
    }

    @Test func `a cancelled reader comes back at once`() async throws {
        let channel = try channel()
        let reader = Task {
            do throws(TransportError) {
                _ = try await channel.next()
                return nil as TransportError?
            } catch {
                return error
            }
        }
        reader.cancel()
        #expect(await reader.value == .cancelled)
    }

    @Test func `a reader that waits is woken by a block from another thread`() async throws {
        let channel = try channel()
        for round in 0..<200 {
            let producer = try IOThread(name: "producer") {
                guard let slot = channel.takeSpare() else { return }
                channel.commit(slot, count: 1024)
            }
            let block = try await channel.next()
            #expect(block.count == 1024, "round \(round)")
            producer.join()
        }
    }
}

struct ControlQueueTests {
    private func frame(_ channel: UInt8, _ number: UInt8) -> [UInt8] { [0x43, 0x51, 1, channel, number] }

    @Test func `a full queue drops the oldest event and never a reply`() async throws {
        let queue = ControlQueue(capacity: 3)
        queue.append(frame(2, 1))
        queue.append(frame(3, 2))
        queue.append(frame(3, 3))
        queue.append(frame(2, 4))
        queue.append(frame(2, 5))
        #expect(queue.droppedEvents == 2)
        for expected in [UInt8(1), 4, 5] { #expect(try await queue.next()[4] == expected) }
    }
}
