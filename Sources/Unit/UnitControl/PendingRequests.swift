internal import UnitProtocol
internal import UnitTransport

/// Requests that wait for their replies, by correlation number. Belongs to the actor.
struct PendingRequests {
    typealias Reply = Result<[UInt8], UnitError>

    private struct Entry {
        let continuation: CheckedContinuation<Reply, Never>
        let deadline: Task<Void, Never>
    }

    private var entries: [UInt32: Entry] = [:]
    private var last: UInt32 = 0
    /// Replies that matched no request: late, repeated, or with a number that was never sent.
    private(set) var unmatched: UInt64 = 0

    /// A number that no pending request has; never 0.
    mutating func nextNumber() -> UInt32 {
        repeat { last &+= 1 } while last == 0 || entries[last] != nil
        return last
    }

    mutating func insert(
        _ number: UInt32, _ continuation: CheckedContinuation<Reply, Never>, deadline: Task<Void, Never>
    ) {
        entries[number] = Entry(continuation: continuation, deadline: deadline)
    }

    mutating func resolve(_ number: UInt32, _ reply: Reply) {
        guard let entry = entries.removeValue(forKey: number) else {
            if case .success = reply { unmatched += 1 }
            return
        }
        entry.deadline.cancel()
        entry.continuation.resume(returning: reply)
    }

    mutating func failAll(_ error: UnitError) {
        for number in entries.keys { resolve(number, .failure(error)) }
    }
}
