internal import UnitProtocol

/// The serial form of frames: COBS, ended by a zero (README, section 3).
struct SerialDecoder {
    /// What has come since the last delimiter.
    private var collected: [UInt8] = []
    /// More than the longest encoded frame has come without a delimiter: skip to the next one.
    private var isSkipping = false
    private var decoded = [UInt8](repeating: 0, count: Frame.maximumBytes + 1)

    /// Takes bytes from the line and hands whole decoded frames to `body`; what does not decode is dropped.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: ([UInt8]) -> Void) {
        for byte in bytes {
            if byte == 0 {
                if !isSkipping, !collected.isEmpty, let frame = decode() { body(frame) }
                collected.removeAll(keepingCapacity: true)
                isSkipping = false
            } else if collected.count < COBS.maximumEncodedBytes(for: Frame.maximumBytes) {
                collected.append(byte)
            } else {
                isSkipping = true
            }
        }
    }

    private mutating func decode() -> [UInt8]? {
        let input = collected
        var span = decoded.mutableSpan
        var room = span.mutableBytes
        guard let count = try? COBS.decode(input.span.bytes, into: &room) else { return nil }
        return Array(decoded[..<count])
    }
}

/// Encoding for a serial line.
enum SerialEncoder {
    /// A control frame with its delimiter.
    static func encode(_ frame: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        frame.withUnsafeBytes { append($0, to: &output) }
        return output
    }

    /// Appends a frame with its delimiter.
    static func append(_ frame: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: COBS.maximumEncodedBytes(for: frame.count) + 1))
        let count = output.withUnsafeMutableBytes { bytes in
            var room = UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).mutableBytes
            return COBS.encode(frame.bytes, into: &room)
        }
        // The byte behind the encoding: the delimiter.
        output[start + count] = 0
        output.removeLast(output.count - start - count - 1)
    }
}
