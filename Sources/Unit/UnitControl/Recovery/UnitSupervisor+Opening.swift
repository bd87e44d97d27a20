internal import UnitProtocol
internal import UnitTransport

extension UnitSupervisor {
    /// A line's path can belong to another unit, or to none, when the unit comes back: then the serial number finds it.
    private var selectorNow: UnitSelector {
        guard case .serial = selector, let serial, lineIsLost else { return selector }
        return .anywhere(serial: serial)
    }

    /// Looks for the unit until it is open, for as long as a caller waits or, in a recovery, within a limit.
    func connect(within limit: Duration? = nil) async throws(UnitError) -> Unit {
        await closeUnit()
        let deadline = limit.map { clock.now + $0 }
        var patience = Patience()
        var pause: Duration = .milliseconds(50)
        while true {
            do throws(UnitError) {
                let opened = try await Unit.connect(
                    try await finder.open(selectorNow), access: access, hostName: hostName, serial: serial,
                    clock: clock)
                if let role, opened.identity.role != role {
                    await opened.close()
                    throw .wrongRole(needed: role, found: opened.identity.role, serial: opened.identity.serial)
                }
                (serial, role, unit) = (opened.identity.serial, opened.identity.role, opened)
                lineIsLost = false
                enter(.usable)
                return opened
            } catch {
                if case .serial = selector, serial != nil, error.isMisplaced { lineIsLost.toggle() }
                let now = clock.now
                work?.dismissOverdue(error, now: now)
                let isOver = deadline.map { $0 <= now } ?? false
                guard patience.accepts(error, now: now), !isOver, !Task.isCancelled, state != .closed else {
                    enter(.absent)
                    throw Task.isCancelled ? .cancelled : error
                }
            }
            // Looking costs a walk through sysfs: less and less often, for a unit that stays away.
            let soon = clock.now + pause
            try? await clock.sleep(until: [soon, deadline, work?.nextDeadline].compactMap { $0 }.min() ?? soon)
            pause = min(pause * 2, .milliseconds(500))
        }
    }
}

/// How long which refusals are waited out while a unit comes back.
private struct Patience {
    /// udev's rules need a moment for the group, another program for a look, a unit for its time-out of heartbeats.
    static let refusals: Duration = .seconds(5)
    private var refusedSince: HostClock.Instant?

    mutating func accepts(_ error: UnitError, now: HostClock.Instant) -> Bool {
        if error.isAbsence {
            refusedSince = nil
            return true
        }
        switch error {
        case .transport(.noPermission), .transport(.busy), .controlledElsewhere, .wrongSerialNumber:
            let since = refusedSince ?? now
            refusedSince = since
            return now - since < Self.refusals
        default: return false
        }
    }
}

extension UnitError {
    /// The unit is not there, or only its bootloader is.
    var isAbsence: Bool {
        switch self {
        case .transport(.notFound), .transport(.gone), .inBootloader: true
        default: false
        }
    }

    /// The path leads nowhere, or to another unit.
    fileprivate var isMisplaced: Bool {
        switch self {
        case .wrongSerialNumber, .transport(.notFound): true
        default: false
        }
    }
}
