/// Consistent Overhead Byte Stuffing (Cheshire and Baker 1999): removes zero bytes, so that a zero ends a frame on a
/// serial line. The delimiter itself is not part of the encoding here.
public enum COBS {
    /// Why bytes between two delimiters are not an encoding.
    public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// A code byte points behind the end.
        case truncated
        /// A zero byte inside.
        case zeroInside(offset: Int)
        /// The result does not fit.
        case tooLong(capacity: Int)

        /// One sentence for a person.
        public var description: String {
            switch self {
            case .truncated: "COBS block ends early"
            case .zeroInside(let offset): "zero byte inside a COBS frame at offset \(offset)"
            case .tooLong(let capacity): "decoded frame is longer than \(capacity) bytes"
            }
        }
    }

    /// The longest encoding of `count` bytes.
    public static func maximumEncodedBytes(for count: Int) -> Int { count + count / 254 + 1 }

    /// Encodes `input` into the start of `output` and returns how many bytes were written.
    ///
    /// Precondition: `output` has room for `maximumEncodedBytes(for:)`.
    public static func encode(_ input: RawSpan, into output: inout MutableRawSpan) -> Int {
        precondition(output.byteCount >= maximumEncodedBytes(for: input.byteCount))
        return input.withUnsafeBytes { source in
            output.withUnsafeMutableBytes { target in
                // SAFETY: `write` never passes maximumEncodedBytes, which the precondition has reserved.
                var codeAt = 0
                var write = 1
                var code: UInt8 = 1
                for byte in source {
                    if byte != 0 {
                        target[write] = byte
                        write &+= 1
                        code &+= 1
                        if code != 0xFF { continue }
                    }
                    target[codeAt] = code
                    codeAt = write
                    write &+= 1
                    code = 1
                }
                // A full block that ends the input needs no empty block behind it.
                if codeAt == write &- 1 && code == 1 && !source.isEmpty && source.last != 0 { return codeAt }
                target[codeAt] = code
                return write
            }
        }
    }

    /// Decodes `input` (without delimiter) into the start of `output` and returns how many bytes were written.
    public static func decode(_ input: RawSpan, into output: inout MutableRawSpan) throws(Fault) -> Int {
        var fault: Fault?
        let count = input.withUnsafeBytes { source in
            output.withUnsafeMutableBytes { target in
                decode(source, into: target, fault: &fault)
            }
        }
        if let fault { throw fault }
        return count
    }

    private static func decode(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, fault: inout Fault?
    ) -> Int {
        var read = 0
        var write = 0
        while read < source.count {
            let code = Int(source[read])
            guard code != 0 else {
                fault = .zeroInside(offset: read)
                return 0
            }
            let run = code - 1
            guard read + run < source.count else {
                fault = .truncated
                return 0
            }
            guard write + run <= target.count else {
                fault = .tooLong(capacity: target.count)
                return 0
            }
            for i in 0..<run {
                let byte = source[read &+ 1 &+ i]
                guard byte != 0 else {
                    fault = .zeroInside(offset: read + 1 + i)
                    return 0
                }
                target[write &+ i] = byte
            }
            read += code
            write += run
            if code != 0xFF && read < source.count {
                guard write < target.count else {
                    fault = .tooLong(capacity: target.count)
                    return 0
                }
                target[write] = 0
                write += 1
            }
        }
        return write
    }
}
