internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What is known once a session of one unit has been ended.
struct UnitStreamEnd: Sendable {
    /// What the unit said of the end; nil if it said nothing.
    var said: FinalCount?
    /// What ended the reading, or what the unit says of its end and cannot be.
    var failure: UnitError?
    /// Why there is no final count of the unit's although its end frame came; nil if there is one.
    var unanswered: UnitError?
}

extension Unit {
    /// Ends a session that `reader` reads: asks the unit to stop, reads what is left and gives the buffers back. Returns what
    /// the unit said of its end, and what went wrong.
    ///
    /// A unit that could not be stopped streams on: without its buffers the reading ends, or it would never. In a task of
    /// its own: a cancelled one cannot ask a unit.
    func end(_ stream: UnitStream, readBy reader: Task<UnitError?, Never>) async -> UnitStreamEnd {
        await Task(executorPreference: clock.executor) { () -> UnitStreamEnd in
            do throws(UnitError) {
                let stopped = try await self.stopStream()
                // An end frame that was lost on the way is a declared gap at most, because the unit's answer names the end.
                let failure = await reader.value
                await self.finishStream(stopped)
                return UnitStreamEnd(said: stream.finalCount, failure: failure ?? stream.finalContradiction)
            } catch {
                let streamsOn = stream.isRunning
                await self.finishStream(nil)
                let failure = await reader.value
                let said = stream.finalCount
                // What the unit says and cannot be is a fault of its own, whether the end frame came before it or not.
                if streamsOn || said != nil { return UnitStreamEnd(said: said, failure: error) }
                return UnitStreamEnd(failure: failure, unanswered: error)
            }
        }.value
    }
}

extension Capabilities {
    /// The unit's highest rate, Hz, if it can be one: whatever is divided by it, or lasts as long as it says, needs that.
    func plausibleRate(_ rate: Double) throws(UnitError) -> Double {
        guard rate >= 1, rate <= 1e12 else {
            throw .badReply(
                request: "GetCapabilities",
                reason: "symbol rates of \(minimumSymbolRate) to \(maximumSymbolRate) Hz, which no session can have")
        }
        return rate
    }
}

extension StreamPlan {
    /// The shortest stride of the protocol.
    private static let leastFrameBytes = 1_024

    /// Symbols of a slot for frames of this stride: a multiple of 8, because basis bits come in bytes.
    static func wholeSymbols(frameBytes: Int) throws(UnitError) -> UInt32 {
        guard (leastFrameBytes...Frame.maximumStride).contains(frameBytes) else {
            throw .outOfRange(
                what: "frame size", value: "\(frameBytes) B", range: "\(leastFrameBytes)…\(Frame.maximumStride) B")
        }
        return symbolsPerFrame(frameBytes: frameBytes, format: .xp16) / 8 * 8
    }
}
