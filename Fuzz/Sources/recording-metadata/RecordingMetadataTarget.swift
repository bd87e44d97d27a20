import Foundation
import SignalRecordings

// Metadata of a foreign recording over data of 256 bytes: refused with a reason, or read without leaving the file, run by run,
// and paired with itself at any delay.

private let base = "/dev/shm/cvqkd-fuzz-\(getpid())"

private let prepared: Void = {
    guard FileManager.default.createFile(atPath: base + ".sigmf-data", contents: Data(repeating: 0x5A, count: 256))
    else { preconditionFailure("/dev/shm is not writable") }
    atexit {
        unlink(base + ".sigmf-data")
        unlink(base + ".sigmf-meta")
    }
}()

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    prepared
    let text = Data(UnsafeBufferPointer(start: data, count: count))
    guard FileManager.default.createFile(atPath: base + ".sigmf-meta", contents: text) else {
        preconditionFailure("/dev/shm is full")
    }
    do throws(RecordingError) {
        let recording = try SignalRecording(base)
        precondition((1...256).contains(recording.symbols), "\(recording.symbols) symbols in 256 bytes")
        precondition(recording.metadata.missingSymbols >= 0, "a negative number of symbols is missing")
        for delay in [Int.min, -(1 << 60), 0, 3, 1 << 60, .max, recording.metadata.delay ?? 0] {
            let runs = SymbolRuns(
                alice: recording.metadata, symbols: recording.symbols, bob: recording.metadata,
                symbols: recording.symbols, delay: delay)
            precondition(runs.symbols <= recording.symbols, "more pairs than symbols")
        }
        guard recording.metadata.layout != .bytes else { return 0 }
        let starts = recording.metadata.segments.map(\.start)
        for (start, end) in zip(starts, starts.dropFirst() + [recording.symbols]) {
            try recording.forEachBlock(start..<end) { (_, _) throws(RecordingError) in }
        }
        let count = Int(recording.symbols)
        var values = [Int16](repeating: 0, count: count * recording.metadata.layout.valuesPerSymbol)
        try recording.read(from: 0, count: count, into: &values)
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
    return 0
}
