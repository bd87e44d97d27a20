import Foundation
import SignalRecordings

// Metadata of a foreign recording over data of 256 bytes: refused with a reason, or read without leaving the file.

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
        guard recording.metadata.layout != .bytes else { return 0 }
        let count = Int(recording.symbols)
        var values = [Int16](repeating: 0, count: count * recording.metadata.layout.valuesPerSymbol)
        try recording.read(from: 0, count: count, into: &values)
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
    return 0
}
