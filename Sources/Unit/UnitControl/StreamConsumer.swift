public import UnitProtocol

/// Whoever works on the samples of a session: analysis, a recording, raw-key blocks.
///
/// A consumer belongs to the task that reads the stream. It is called from there alone, in the order of the symbols,
/// and never with a lock held: it may wait for a disk. What others are to see of it, it publishes itself.
public protocol StreamConsumer {
    /// A frame of the session, checked, with its samples in place.
    ///
    /// - Parameters:
    ///   - frame: kind, content, first symbol, count; `StreamAccounting` has checked them against the session.
    ///   - samples: of the stated format and count. Valid during the call only.
    /// - Throws: to end the session; `UnitStream.read(into:)` passes it on as `.consumerFailed`.
    mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure)

    /// Symbols that are missing before the next frame, or at the end.
    mutating func lost(_ gap: StreamGap) throws(ConsumerFailure)

    /// The frames of a transfer are worked on; the next one is not asked for before this returns. A consumer that has no
    /// room waits here: that is how it pushes back. The transport's buffers fill then, and at last the unit's FIFO, which
    /// drops whole slots and declares them.
    mutating func betweenTransfers(_ counters: StreamCounters) async throws(ConsumerFailure)

    /// The reading is over: the end frame has come, the unit's final count stands for it, or the reading failed. What is
    /// missing up to the end was told before, as far as anybody knows it. Called once whatever ended the reading, also
    /// for a consumer that ended it itself; nothing follows.
    mutating func ended(_ counters: StreamCounters)
}

extension StreamConsumer {
    /// Gaps are in the account, whether a consumer looks at them or not.
    public mutating func lost(_ gap: StreamGap) {}
    /// Always has room.
    public mutating func betweenTransfers(_ counters: StreamCounters) async {}
    /// Needs no end.
    public mutating func ended(_ counters: StreamCounters) {}
}

/// Symbols of a session that did not come.
public struct StreamGap: Sendable, Hashable {
    /// The first one.
    public var first: UInt64
    /// How many.
    public var count: UInt64
    /// Of these, the ones that neither a missing or refused frame nor the unit explains.
    public var undeclared: UInt64
    /// Of these, the ones in frames that came and were refused.
    public var refused: UInt64

    /// A gap.
    public init(first: UInt64, count: UInt64, undeclared: UInt64 = 0, refused: UInt64 = 0) {
        self.first = first
        self.count = count
        self.undeclared = undeclared
        self.refused = refused
    }
}

/// Why a consumer ends a session.
public struct ConsumerFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Whose work failed, as it stands in messages: "recording", "raw-key blocks".
    public var consumer: String
    /// What happened, and what to do.
    public var reason: String

    /// A failure.
    public init(consumer: String, reason: String) {
        self.consumer = consumer
        self.reason = reason
    }

    /// One sentence for a person.
    public var description: String { "\(consumer): \(reason)" }
}

/// A closure as a consumer, for who wants to see the frames and nothing else.
public struct FrameVisitor: StreamConsumer {
    private let visit: (StreamFrame, RawSpan) -> Void

    /// Shows each frame to `visit`.
    public init(_ visit: @escaping (StreamFrame, RawSpan) -> Void) { self.visit = visit }

    /// Shows the frame.
    public mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) { visit(frame, samples) }
}

/// Two consumers of one stream, one after the other. Either ends the session; both are waited for.
public struct BothConsumers<First: StreamConsumer, Second: StreamConsumer>: StreamConsumer {
    /// Is shown everything first.
    public var first: First
    /// Is shown everything then.
    public var second: Second

    /// Joins two consumers.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// Shows the frame to both, also if one refuses it: it is in the account as delivered.
    public mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
        do throws(ConsumerFailure) { try first.receive(frame, samples) } catch {
            try? second.receive(frame, samples)
            throw error
        }
        try second.receive(frame, samples)
    }

    /// Tells both, whatever one says to it.
    public mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) {
        do throws(ConsumerFailure) { try first.lost(gap) } catch {
            try? second.lost(gap)
            throw error
        }
        try second.lost(gap)
    }

    /// Waits for both.
    public mutating func betweenTransfers(_ counters: StreamCounters) async throws(ConsumerFailure) {
        try await first.betweenTransfers(counters)
        try await second.betweenTransfers(counters)
    }

    /// Tells both.
    public mutating func ended(_ counters: StreamCounters) {
        first.ended(counters)
        second.ended(counters)
    }
}

/// A consumer whose kind is not known to whoever reads the stream.
public struct AnyStreamConsumer: StreamConsumer {
    private var base: any StreamConsumer

    /// Stands for `base`.
    public init(_ base: any StreamConsumer) { self.base = base }

    /// Shows it the frame.
    public mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
        try base.receive(frame, samples)
    }

    /// Tells it.
    public mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) { try base.lost(gap) }

    /// Waits for it.
    public mutating func betweenTransfers(_ counters: StreamCounters) async throws(ConsumerFailure) {
        try await base.betweenTransfers(counters)
    }

    /// Tells it.
    public mutating func ended(_ counters: StreamCounters) { base.ended(counters) }
}
