import Glibc
import UnitProtocol

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: data, count: count)
    // SAFETY: libFuzzer keeps the bytes until this function returns.
    let bytes = RawSpan(_unsafeBytes: input)
    checkRoundTrip(bytes)
    // As an encoding: whole, and into buffers that are too small.
    guard let decoded = decode(bytes, capacity: count) else { return 0 }
    precondition(decoded.count < max(count, 1), "decoding took nothing away")
    checkRoundTrip(decoded.span.bytes)
    precondition(decode(bytes, capacity: decoded.count) == decoded, "a buffer that just fits changes the result")
    if !decoded.isEmpty {
        precondition(decode(bytes, capacity: decoded.count - 1) == nil, "more was decoded than there is room for")
    }
    return 0
}

/// What is encoded has no zero, is as short as promised, and decodes to the same.
private func checkRoundTrip(_ bytes: RawSpan) {
    var encoded = [UInt8](repeating: 0xA5, count: COBS.maximumEncodedBytes(for: bytes.byteCount))
    var elements = encoded.mutableSpan
    var raw = elements.mutableBytes
    let length = COBS.encode(bytes, into: &raw)
    precondition(length > bytes.byteCount && length <= encoded.count, "an encoding of \(length) bytes")
    precondition(memchr(encoded, 0, length) == nil, "an encoding holds the delimiter")
    let decoded = decode(encoded.span.bytes.extracting(first: length), capacity: bytes.byteCount)
    precondition(decoded.map { isEqual($0, bytes) } == true, "an encoding decodes to something else")
}

/// Array's own comparison is slow in a debug build.
private func isEqual(_ left: [UInt8], _ right: RawSpan) -> Bool {
    guard left.count == right.byteCount else { return false }
    return left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
            guard let first = left.baseAddress, let second = right.baseAddress else { return true }
            return memcmp(first, second, left.count) == 0
        }
    }
}

private func decode(_ bytes: RawSpan, capacity: Int) -> [UInt8]? {
    var decoded = [UInt8](repeating: 0xA5, count: capacity)
    var elements = decoded.mutableSpan
    var raw = elements.mutableBytes
    guard let length = try? COBS.decode(bytes, into: &raw) else { return nil }
    return [UInt8](decoded.prefix(length))
}
