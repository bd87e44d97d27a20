import CalibrationRecords
import Foundation

// A record's file as another station, or whoever had the disk, left it. Damage is told, never a trap; and a signature
// that nobody made does not pass.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Data(UnsafeBufferPointer(start: data, count: count))
    if case .success(let envelopes) = Envelope.read(bytes) {
        for envelope in envelopes {
            precondition(envelope.name.count == 64, "a name that is no SHA-256")
            _ = envelope.record()
        }
    }
    // The record by itself: behind a right signature there can be anything too.
    if let record = try? CalibrationRecord.read(bytes, file: "fuzz") {
        precondition(!record.units.isEmpty, "a record of no unit is accepted")
    }
    return 0
}
