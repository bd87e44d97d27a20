import ExternalInstruments

// A file from another maker's instrument. What is read fits into what was there, and every figure is a number or absent.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
    do throws(OTDRError) {
        check(try OTDRFile(parsing: bytes), bytes: count)
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
    return 0
}

private func check(_ file: OTDRFile, bytes: Int) {
    precondition(2 * (file.trace?.levels.count ?? 0) <= bytes, "more points than the file has bytes for")
    precondition(file.events.count <= bytes, "more events than the file has bytes for")
    let figures = [file.totalLoss, file.returnLoss, file.length, file.lossOfEvents, file.trace?.spacing]
    for figure in figures.compactMap(\.self) { precondition(figure.isFinite, "a figure is \(figure)") }
    for event in file.events {
        precondition(event.position.isFinite && event.slope.isFinite && event.loss.isFinite, "an event is not a number")
    }
}
