internal import UnitControl
internal import UnitTransport

/// Notices that this program did not run while it sent no heartbeats that would show it: a unit that is looked for has none.
enum PauseWatch {
    /// How often the clocks are read.
    private static let interval: Duration = .milliseconds(200)

    /// Does something. Throws `.heartbeatsMissed` in place of its result if this program stood still meanwhile for as long
    /// as a unit waits for heartbeats: whatever was done before it, somebody may have touched a fibre since.
    static func during<Value: Sendable>(
        _ timeout: Duration, by clock: HostClock, _ body: @Sendable () async throws(UnitError) -> Value
    ) async throws(UnitError) -> Value {
        let seen = Guarded(Seen(latest: clock.readings))
        let watch = Task(executorPreference: clock.executor) {
            while !Task.isCancelled {
                seen.withLock { $0.look(clock.readings, timeout) }
                try? await clock.sleep(for: interval)
            }
        }
        let result: Result<Value, UnitError>
        do throws(UnitError) { result = .success(try await body()) } catch { result = .failure(error) }
        watch.cancel()
        await watch.value
        let longest = seen.withLock { seen in
            seen.look(clock.readings, timeout)
            return seen.longest
        }
        if let longest { throw .heartbeatsMissed(longest) }
        return try result.get()
    }

    private struct Seen {
        var latest: ClockReadings
        var longest: HostPause?

        mutating func look(_ readings: ClockReadings, _ timeout: Duration) {
            let pause = HostPause(since: latest, until: readings, timeout: timeout, least: timeout)
            latest = readings
            if let pause, pause.duration > longest?.duration ?? .zero { longest = pause }
        }
    }
}
