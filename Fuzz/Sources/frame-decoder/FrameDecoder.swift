import StreamChecks
import UnitProtocol

// Bytes of a transfer: as they come, and with every checksum made right, since a fuzzer does not find a CRC by chance and
// what lies behind the CRC must not trust it either.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: data, count: count)
    // SAFETY: libFuzzer keeps the bytes until this function returns.
    let bytes = RawSpan(_unsafeBytes: input)
    checkHeader(bytes)
    var stride = 1024
    while true {
        checkAccount(bytes, stride: stride, format: .xp16)
        var repaired = [UInt8](input)
        repairChecksums(&repaired, stride: stride)
        checkAccount(repaired.span.bytes, stride: stride, format: .xp16)
        guard stride < min(count, Frame.maximumStride) else { return 0 }
        stride *= 2
    }
}

/// A header that decodes fits its bytes, and written again reads the same.
private func checkHeader(_ bytes: RawSpan) {
    guard let header = try? Frame.decode(bytes) else { return }
    precondition((Frame.minimumBytes...Frame.maximumBytes).contains(header.length))
    precondition(header.length <= bytes.byteCount, "the frame is longer than its bytes")
    var copy = bytes.extracting(first: header.length).withUnsafeBytes { [UInt8]($0) }
    var elements = copy.mutableSpan
    var raw = elements.mutableBytes
    Frame.seal(header, into: &raw)
    precondition((try? Frame.decode(raw.bytes)) == header, "a sealed header reads otherwise")
}

/// Writes the right CRC into every header that states a possible length.
private func repairChecksums(_ block: inout [UInt8], stride: Int) {
    var elements = block.mutableSpan
    var raw = elements.mutableBytes
    var offset = 0
    while offset < raw.byteCount {
        let end = min(offset + stride, raw.byteCount)
        var frame = raw._mutatingExtracting(offset..<end)
        if let header = try? Frame.peek(frame.bytes), header.length <= frame.byteCount {
            Frame.seal(header, into: &frame)
        }
        offset = end
    }
}
