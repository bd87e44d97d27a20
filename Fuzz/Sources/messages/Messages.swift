import UnitProtocol

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: data, count: count)
    // SAFETY: libFuzzer keeps the bytes until this function returns.
    let bytes = RawSpan(_unsafeBytes: input)
    let refusal = fault { () throws(MessageFault) in try UnitMessages.inspect(bytes) }
    var first: [UInt8] = []
    let refusalToCopy = fault { () throws(MessageFault) in first = try UnitMessages.reencode(bytes) }
    precondition(refusal == refusalToCopy, "reading and copying find different faults")
    guard refusal == nil else {
        precondition(refusal?.description.isEmpty == false, "a fault without a sentence")
        return 0
    }
    // What another version writes longer or shorter, padding, and the many forms of NaN come out in one form; that form
    // is then copied byte for byte.
    precondition(
        fault { () throws(MessageFault) in try UnitMessages.inspect(first.span.bytes) } == nil,
        "what is written cannot be read")
    var second: [UInt8] = []
    let failure = fault { () throws(MessageFault) in second = try UnitMessages.reencode(first.span.bytes) }
    precondition(failure == nil && second == first, "what is written reads otherwise")
    return 0
}

private func fault(_ body: () throws(MessageFault) -> Void) -> MessageFault? {
    do throws(MessageFault) {
        try body()
        return nil
    } catch {
        return error
    }
}
