internal import UnitProtocol

extension Unit {
    /// Heartbeats in a row without an answer that make a unit count as mute.
    static let muteAfter = ConnectionState.doubtfulHeartbeatsBorne + 1

    /// Ends whatever session this program runs on the unit, and makes sure that the unit still answers.
    ///
    /// Throws `.timedOut` if it does not, `.transport` if the connection is over.
    func endSession() async throws(UnitError) {
        if case .ended(let error) = phase { throw .transport(error) }
        if connection.missedHeartbeats >= Self.muteAfter { throw mute }
        var stopped: StreamStopped?
        if stream != nil {
            do throws(UnitError) { stopped = try await stopStream() } catch {
                // It has ended the session by itself; that is what was wanted.
                guard case .refused = error else { throw error }
            }
            await finishStream(stopped)
        }
        _ = try await status()
    }

    /// Suspends until the connection ends or the unit answers no heartbeats; nil when the task is cancelled.
    func trouble() async -> UnitError? {
        while !Task.isCancelled {
            if case .ended(let error) = phase { return .transport(error) }
            if connection.missedHeartbeats >= Self.muteAfter { return mute }
            do { try await pace.sleep(for: .milliseconds(50)) } catch { return nil }
        }
        return nil
    }

    /// Each was waited for half of the unit's time-out.
    var mute: UnitError {
        .timedOut(
            request: "Heartbeat", milliseconds: (identity.heartbeatTimeout / 2 * Self.muteAfter).wholeMilliseconds)
    }
}
