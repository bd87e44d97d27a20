import Foundation
import RawKey
import RawKeyMessages
import SwiftProtobuf

// The record of a window as a stranger keeps it, and a statement behind a right signature, which can have anything in it.
// What is wrong is told, never a trap; and nothing that nobody signed holds.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Data(UnsafeBufferPointer(start: data, count: count))
    _ = SessionAudit(records: [bytes, bytes], pinned: nil)
    precondition(!SessionAudit(records: [bytes], pinned: []).holds || isRevoked(bytes), "a stranger's signature holds")
    if let record = try? Cvqkd_Rawkey_V1_WindowRecord(serializedBytes: bytes) {
        look(record.receiver.statement)
        look(record.transmitter.statement)
    }
    look(bytes)
    return 0
}

/// A record without a statement claims nothing.
func isRevoked(_ bytes: Data) -> Bool {
    guard let record = try? Cvqkd_Rawkey_V1_WindowRecord(serializedBytes: bytes) else { return false }
    return !record.hasReceiver && !record.hasTransmitter && record.outcome == .revoked
}

func look(_ bytes: Data) {
    guard let statement = try? Cvqkd_Rawkey_V1_WindowStatement(serializedBytes: bytes) else { return }
    if (try? StatementForm.check(statement)) != nil {
        precondition(
            statement.passes == (EvidenceVerdict(statement.judged) == .passed), "a verdict that does not follow")
        var other = statement
        other.end = statement.end == .bob ? .alice : .bob
        precondition((try? WindowComparison.compare(own: statement, other: other)) == nil, "one evidence for both ends")
    }
    _ = try? EvidencePolicy(bytes: bytes)
}
