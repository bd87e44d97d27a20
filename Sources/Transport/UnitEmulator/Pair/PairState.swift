internal import UnitProtocol

/// Both units, the light and the channel between them: one world, under one lock.
final class PairState {
    let alice: UnitFirmware
    let bob: UnitFirmware
    let optics: PairOptics
    let channel: PeerChannel
    /// Whether symbols come at the symbol rate, or as fast as the FIFOs have room.
    let isPaced: Bool
    private var ticked: UInt64 = 0
    /// When Alice's counter was told last.
    private var told: UInt64 = 0

    /// Bob counts by himself when Alice's counter has not come for so long, ns.
    private static let lockLoss: UInt64 = 100_000_000
    /// Alice tells it at least so often, ns, however long a slot is.
    private static let beaconInterval: UInt64 = 50_000_000

    init(_ configuration: PairConfiguration, now: UInt64) {
        optics = PairOptics(configuration.model, epoch: now)
        alice = UnitFirmware(configuration.unit(.alice), optics: optics, now: now)
        bob = UnitFirmware(configuration.unit(.bob), optics: optics, now: now)
        channel = PeerChannel(alice: alice, bob: bob)
        alice.peer = channel
        bob.peer = channel
        isPaced = configuration.isPaced
    }

    /// The unit of a role.
    func unit(_ role: UnitRole) -> UnitFirmware { role == .alice ? alice : bob }

    /// What has become due, and at most one slot at each end. Says whether more is due already.
    func advance(now: UInt64) -> Bool {
        if now >= ticked + 1_000_000 {
            ticked = now
            alice.tick(now: now)
            bob.tick(now: now)
        }
        alice.now = now
        bob.now = now
        let sent = advanceAlice()
        let counted = advanceBobAlone()
        if sent || counted {
            alice.releaseEvents()
            bob.releaseEvents()
        }
        return sent || counted
    }

    private func advanceAlice() -> Bool {
        guard let session = alice.session, session.isRunning else { return false }
        let count = session.slotLength
        if isPaced {
            guard session.symbolsDue(now: alice.now) >= session.nextSymbol + UInt64(count) else {
                // An armed Bob begins at a slot's border: what comes between two of them is for one who counts already.
                if alice.now >= told + Self.beaconInterval, bob.session?.isRunning == true { tell() }
                return false
            }
        } else {
            guard alice.fifo.free > 0, !isFollowing || bob.fifo.free >= bob.framesPerSlot else { return false }
        }
        tell()
        let follows = isFollowing
        alice.transmitSlot()
        if follows, let mine = bob.session {
            bob.receiveSlot(isLocked: true, count: min(count, mine.slotLength))
            bob.endAtLimit()
        }
        alice.endAtLimit()
        return true
    }

    /// Whether a Bob who needs Alice's counter has not heard it for too long.
    private func hasLost(_ session: StreamSession) -> Bool { bob.now > session.lastBeacon + Self.lockLoss }

    private func tell() {
        let begins = alice.session?.nextSymbol == 0
        if alice.has(.beaconsRare), !begins, alice.now < told + 3 * Self.beaconInterval { return }
        told = alice.now
        alice.sendBeacon(isRunning: true)
    }

    /// Whether Bob's next slot is Alice's next slot.
    private var isFollowing: Bool {
        guard let hers = alice.session, let his = bob.session, his.isRunning, his.id == hers.id, !channel.isCut else {
            return false
        }
        return !his.options.contains(.standalone) && !hers.options.contains(.standalone) && his.rate == hers.rate
            && his.slotSymbols == hers.slotSymbols && his.nextSymbol == hers.nextSymbol && !hasLost(his)
    }

    /// A standalone Bob counts by himself, and so does one who has lost Alice's counter.
    private func advanceBobAlone() -> Bool {
        guard let session = bob.session, session.isRunning else { return false }
        guard session.options.contains(.standalone) || hasLost(session) else { return false }
        let count = session.slotLength
        if isPaced {
            guard session.symbolsDue(now: bob.now) >= session.nextSymbol + UInt64(count) else { return false }
        } else {
            guard bob.fifo.free >= bob.framesPerSlot else { return false }
        }
        bob.receiveSlot(isLocked: false, count: count)
        bob.endAtLimit()
        return true
    }
}
