import ProcessResources

struct EnduranceFailure: Error, CustomStringConvertible {
    let description: String
}

/// Repeats something and compares what the process holds.
enum Endurance {
    /// The emulator's queues and records breathe by some 200 KiB, however many cycles there are: a loss of more than
    /// 52 bytes per cycle shows in 10,000 of them.
    private static let heapSlack = 512 << 10

    /// Runs `cycle` `count` times. What is held is compared between the end of the first tenth, when every table has
    /// reached its size, and the end. Returns a sentence with the figures.
    static func run(
        _ count: Int, on bench: EnduranceBench, _ cycle: @Sendable (EnduranceBench, Int) async throws -> Void
    ) async throws -> String {
        let warm = max(1, min(count / 10, 1000))
        let began = ContinuousClock.now
        var before = Resources.now()
        for number in 0..<count {
            if number == warm { before = await settled(bench) }
            do {
                try await cycle(bench, number)
            } catch {
                throw EnduranceFailure(
                    description: "cycle \(number + 1) of \(count): \(error)\n      \(await bench.circumstances())")
            }
        }
        let seconds = ContinuousClock.now - began
        _ = await settled(bench)
        if let excess = await Resources.leak(since: before, heapSlack: heapSlack) {
            throw EnduranceFailure(description: "after \(count) cycles there is more than after \(warm): \(excess)")
        }
        let after = Resources.now()
        return "\(count) cycles in \(seconds), \(seconds / count) each; after cycle \(warm) and at the end: "
            + "\(before.threads.values.reduce(0, +)) and \(after.threads.values.reduce(0, +)) threads, "
            + "\(before.descriptors) and \(after.descriptors) descriptors, "
            + "\(before.heap >> 10) and \(after.heap >> 10) KiB of heap, "
            + "\(before.resident >> 10) and \(after.resident >> 10) KiB resident"
    }

    /// Closes the unit, so that both measurements find the same parts alive.
    private static func settled(_ bench: EnduranceBench) async -> Resources {
        await bench.close()
        return await Resources.settled()
    }
}
