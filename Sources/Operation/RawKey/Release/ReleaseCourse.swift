/// How a window ends at one end: a value, events in, actions out.
///
/// Bob states his evidence. Alice compares, states hers as the answer, and waits. Bob has his outcome on disk, releases, and
/// says so; only then has Alice hers, and releases. So nothing is released without the consent of both, a message that is
/// withheld stops key and never makes it, and cells that were released at one end only are Bob's: they become *orphaned*
/// when the ends meet again.
public struct ReleaseCourse: Sendable, Hashable {
    /// Which end.
    public enum End: Sendable, Hashable {
        /// Sends first, releases last.
        case alice
        /// States first, releases first.
        case bob
    }

    /// Where it stands.
    public enum State: Sendable, Hashable {
        /// Cells are being filled. Exits: `closed`, or any reason to revoke.
        case filling
        /// Alice has closed the window and waits for Bob's statement; Bob for Alice's answer. Exits: her `answered`, his
        /// `committing`, or a reason to revoke.
        case closed
        /// Alice has answered and waits for Bob's `released`. Exits: `committing`, or `revoked` by a time-out.
        case answered
        /// The outcome is on its way to the disk. Exit: `ended`, when it is there.
        case committing(WindowOutcome)
        /// The outcome is on the disk.
        case ended(WindowOutcome)
    }

    /// What happens.
    public enum Event: Sendable, Hashable {
        /// The window has its samples, and this end's evidence was judged.
        case closed(passes: Bool)
        /// The other end's statement, compared with this end's record and its pinned key.
        case peerStated(holds: Bool, passes: Bool)
        /// Bob's signed word that he has released.
        case peerReleased(holds: Bool)
        /// The other end has revoked this window, for this reason of its own.
        case peerRevoked(RevocationReason)
        /// The time for the present state is over.
        case deadline
        /// The channel to the other end is gone.
        case peerLost
        /// The session ended, and the window is not closed.
        case sessionEnded
        /// An operator, or a tamper alarm.
        case zeroised
        /// The outcome is on the disk.
        case committed
    }

    /// What is to be done, in this order.
    public enum Action: Sendable, Hashable {
        /// Send this end's signed statement.
        case sendStatement
        /// Write the outcome where it survives, then send `committed`.
        case commit(WindowOutcome)
        /// Hand the keys over.
        case release
        /// Destroy the keys and tell the consumer.
        case revoke(RevocationReason)
        /// Tell the other end that this one has released.
        case sendReleased
        /// Tell the other end that this one has revoked.
        case sendRevoked
        /// Begin to wait for the other end, for a limited time.
        case startDeadline
        /// Tell the consumer that the other end cannot have what was released.
        case markOrphaned
    }

    /// Which end this is.
    public let end: End
    /// Where it stands.
    public private(set) var state = State.filling
    /// Bob's statement can come before Alice has closed her own record: the fibre is faster than her disk.
    private var early: Event?

    /// A window that is being filled.
    public init(_ end: End) { self.end = end }

    /// Takes an event.
    public mutating func handle(_ event: Event) -> [Action] {
        switch (state, event) {
        case (.committing(let outcome), .committed): return conclude(outcome)
        case (.committing, _): return []
        case (.ended(let outcome), _): return afterwards(outcome, event)

        case (_, .zeroised): return revoke(.zeroised)
        case (_, .peerRevoked(let reason)): return revoke(reason.atTheOtherEnd)
        case (_, .peerLost): return revoke(.peerLost)
        case (.filling, .sessionEnded): return revoke(.insufficient)
        case (.filling, .closed(let passes)): return close(passes)
        case (.filling, .peerStated) where end == .alice && early == nil:
            early = event
            return []

        case (.closed, .peerStated(let holds, let passes)): return compare(holds: holds, passes: passes)
        case (.answered, .peerReleased(let holds)):
            return holds ? commit(.released) : revoke(.peerStatement)
        case (.closed, .deadline), (.answered, .deadline): return revoke(.deadline)

        // What cannot be here is a lie or a mistake of the other end's, and both stop key.
        case (_, .peerStated), (_, .peerReleased): return revoke(.peerStatement)
        case (_, .deadline), (_, .sessionEnded), (_, .closed), (_, .committed): return []
        }
    }

    private mutating func close(_ passes: Bool) -> [Action] {
        guard passes else { return revoke(.ownEvidence) }
        state = .closed
        if end == .bob { return [.sendStatement, .startDeadline] }
        guard let early else { return [.startDeadline] }
        return [.startDeadline] + handle(early)
    }

    private mutating func compare(holds: Bool, passes: Bool) -> [Action] {
        guard holds else { return revoke(.peerStatement) }
        guard passes else { return revoke(.peerEvidence) }
        if end == .bob { return commit(.released) }
        state = .answered
        return [.sendStatement, .startDeadline]
    }

    private mutating func commit(_ outcome: WindowOutcome) -> [Action] {
        state = .committing(outcome)
        return [.commit(outcome)]
    }

    /// A key may be destroyed before the disk knows: after a crash the keys of a window without outcome are gone as well.
    private mutating func revoke(_ reason: RevocationReason) -> [Action] {
        state = .committing(.revoked(reason))
        return [.revoke(reason), .commit(.revoked(reason))]
    }

    private mutating func conclude(_ outcome: WindowOutcome) -> [Action] {
        state = .ended(outcome)
        switch outcome {
        case .released: return end == .bob ? [.release, .sendReleased] : [.release]
        case .revoked: return [.sendRevoked]
        }
    }

    /// The outcome stands. The other end is told again what it seems not to know.
    private func afterwards(_ outcome: WindowOutcome, _ event: Event) -> [Action] {
        switch (outcome, event) {
        case (.released, .peerStated) where end == .bob: [.sendReleased]
        case (.released, .peerRevoked) where end == .bob: [.markOrphaned]
        case (.revoked, .peerStated), (.revoked, .peerReleased): [.sendRevoked]
        default: []
        }
    }
}
