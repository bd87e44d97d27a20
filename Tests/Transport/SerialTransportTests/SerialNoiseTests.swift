import SerialTransport
import Testing
import UnitControl
import UnitProtocol
import UnitTransport

/// What noise does to a stream on a line.
struct NoiseCase: CustomTestStringConvertible, Sendable {
    let name: String
    /// Frames that cannot arrive, of frames 10 and 11 that it meets.
    let lost: [Int]
    /// The bytes on the line for the encodings of frames 10 and 11, delimiters included.
    let bytes: @Sendable (_ first: [UInt8], _ second: [UInt8]) -> [UInt8]

    var testDescription: String { name }

    private static let garbage = (0..<200).map { UInt8(truncatingIfNeeded: 1 + $0 * 89 % 255) }

    static let all = [
        NoiseCase(name: "garbage between frames, with a delimiter", lost: []) { $0 + garbage + [0] + $1 },
        NoiseCase(name: "delimiters between frames", lost: []) { $0 + [0, 0, 0, 0] + $1 },
        NoiseCase(name: "garbage that joins the next frame", lost: [11]) { $0 + garbage + $1 },
        NoiseCase(name: "a delimiter inside a frame", lost: [10]) { first, second in
            Array(first[..<333]) + [0] + first[333...] + second
        },
        NoiseCase(name: "a delimiter just before the end", lost: [10]) { first, second in
            Array(first[..<(first.count - 3)]) + [0] + first[(first.count - 3)...] + second
        },
        NoiseCase(name: "half a frame, delimiter kept", lost: [10]) { first, second in
            Array(first[..<(first.count / 2)]) + [0] + second
        },
        NoiseCase(name: "half a frame without its delimiter", lost: [10, 11]) { first, second in
            Array(first[..<(first.count / 2)]) + second
        },
        NoiseCase(name: "a lost delimiter", lost: [10, 11]) { first, second in Array(first.dropLast()) + second },
        NoiseCase(name: "a changed byte", lost: [10]) { first, second in
            var first = first
            first[400] = first[400] == 0x55 ? 0x56 : 0x55
            return first + second
        },
        NoiseCase(name: "more garbage than any frame has", lost: []) { first, second in
            first + [UInt8](repeating: 0x55, count: 200_000) + [0] + second
        },
        NoiseCase(name: "a frame twice", lost: []) { $0 + $0 + $1 },
    ]
}

struct SerialNoiseTests {
    private static let frames = 30
    private static let symbols = 200

    @Test(arguments: NoiseCase.all)
    func `the loss behind noise is exactly the frames that it met`(noise: NoiseCase) async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path)
        try await transport.openStream(StreamGeometry(frameBytes: 1024, secret: false))
        let encoded = try (0..<Self.frames).map {
            encode(try streamFrame(first: UInt64($0 * Self.symbols), count: Self.symbols, number: UInt32($0)))
        }
        let line =
            encoded[..<10].flatMap { $0 } + noise.bytes(encoded[10], encoded[11]) + encoded[12...].flatMap { $0 }
        let writing = Task.detached { unit.write(line) }
        var accounting = StreamAccounting(
            session: 1, purpose: .test, symbolsPerFrame: UInt32(Self.symbols), sampleFormat: .xp16)
        var seen: [Int] = []
        while seen.last != Self.frames - 1 {
            let block = try await transport.receiveStream()
            accounting.accept(block.bytes, stride: block.stride) { frame, _ in
                seen.append(Int(frame.firstSymbol) / Self.symbols)
            }
        }
        await writing.value
        #expect(seen == (0..<Self.frames).filter { !noise.lost.contains($0) })
        let counters = accounting.counters
        #expect(counters.gapSymbols == UInt64(noise.lost.count * Self.symbols))
        #expect(counters.isConserved)
        await transport.close()
    }

    private func encode(_ frame: [UInt8]) -> [UInt8] {
        var encoded = [UInt8](repeating: 0, count: COBS.maximumEncodedBytes(for: frame.count) + 1)
        var elements = encoded.mutableSpan
        var bytes = elements.mutableBytes
        let count = COBS.encode(frame.span.bytes, into: &bytes)
        return Array(encoded[...count])
    }
}
