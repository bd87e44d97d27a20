import CUnitIO
import Glibc
import UnitProtocol

/// The master side of a pseudo-terminal, played by hand: the unit of these tests, where the test is about bytes.
final class PseudoTerminal {
    let path: String
    private(set) var descriptor: Int32
    private var received: [UInt8] = []

    init() throws {
        var name = [CChar](repeating: 0, count: 128)
        descriptor = cu_pty_open(&name, name.count)
        guard descriptor >= 0 else { throw PseudoTerminalError(code: -descriptor) }
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { hangUp() }

    /// What the line is set to: a master shows its slave's settings.
    var state: cu_serial_state {
        var state = cu_serial_state()
        cu_serial_get_state(descriptor, &state)
        return state
    }

    func hangUp() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            if count > 0 { sent += count } else { _ = cu_wait(descriptor, Int32(CU_WRITABLE), -1, 100) }
        }
    }

    /// Writes a frame as it travels on a line.
    func send(_ frame: [UInt8]) {
        var encoded = [UInt8](repeating: 0, count: COBS.maximumEncodedBytes(for: frame.count) + 1)
        var elements = encoded.mutableSpan
        var bytes = elements.mutableBytes
        let count = COBS.encode(frame.span.bytes, into: &bytes)
        write(Array(encoded[...count]))
    }

    /// The next non-empty frame from the host, or nil after a second.
    func receive() -> [UInt8]? {
        for _ in 0..<20 {
            while let end = received.firstIndex(of: 0) {
                let encoded = Array(received[..<end])
                received.removeFirst(end + 1)
                if encoded.isEmpty { continue }
                var frame = [UInt8](repeating: 0, count: 70_000)
                var elements = frame.mutableSpan
                var bytes = elements.mutableBytes
                guard let count = try? COBS.decode(encoded.span.bytes, into: &bytes) else { continue }
                return Array(frame[..<count])
            }
            _ = cu_wait(descriptor, Int32(CU_READABLE), -1, 50)
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 { received += chunk[..<count] }
        }
        return nil
    }
}

struct PseudoTerminalError: Error { let code: Int32 }

/// A sound frame of one message.
func frame<Message: UnitMessage>(
    _ message: Message, channel: Channel, number: UInt32, session: UInt64 = 0, samples: [UInt8] = []
) throws -> [UInt8] {
    var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
    try builder.write(message)
    var bytes = builder.bytes + samples
    var elements = bytes.mutableSpan
    var raw = elements.mutableBytes
    Frame.seal(FrameHeader(channel: channel, length: raw.byteCount, number: number, session: session), into: &raw)
    return bytes
}

func streamFrame(first: UInt64, count: Int, number: UInt32, session: UInt64 = 1) throws -> [UInt8] {
    let block = StreamFrame(
        firstSymbol: first, droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0, count: UInt32(count),
        clippedSamples: 0, kind: .signal, format: .xp16, content: .measured, purpose: .test, flags: [])
    return try frame(
        block, channel: .stream, number: number, session: session,
        samples: (0..<4 * count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
}
