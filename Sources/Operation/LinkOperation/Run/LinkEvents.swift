internal import UnitTransport

/// What a run tells, for one listener: what happens, all of it as far as it fits, and how it goes, of which only the newest
/// moment counts.
final class LinkEvents: Sendable {
    /// Events that wait for a slow listener.
    static let depth = 1_024

    let events: AsyncStream<LinkEvent>
    let moments: AsyncStream<LinkMoment>
    private let told: AsyncStream<LinkEvent>.Continuation
    private let shown: AsyncStream<LinkMoment>.Continuation
    private let dropped = Guarded(0)

    init() {
        (events, told) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.depth))
        (moments, shown) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Events that a slow listener did not hear: the oldest go first.
    var unheard: Int { dropped.withLock { $0 } }

    func tell(_ event: LinkEvent) {
        if case .dropped = told.yield(event) { dropped.withLock { $0 += 1 } }
    }

    func show(_ moment: LinkMoment) { shown.yield(moment) }

    func finish() {
        told.finish()
        shown.finish()
    }
}
