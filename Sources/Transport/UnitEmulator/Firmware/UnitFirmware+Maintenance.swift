internal import UnitProtocol

extension UnitFirmware {
    /// "RESET", without its second E, as a little-endian number.
    private static let resetWord: UInt32 = 0x5445_5352
    private static let zeroiseWord: UInt64 = 0x4553_494F_5245_5A21
    /// Time for the acknowledgement to leave before the ports do, ns.
    private static let farewell: UInt64 = 20_000_000

    func reset(_ request: Reset, _ asker: Asker) throws(Refusal) {
        guard request.confirmation == Self.resetWord || has(.resetUnconfirmed) else {
            throw Refusal(
                .notConfirmed, field: 3, "confirmation word 0x\(String(request.confirmation, radix: 16)) is wrong")
        }
        let asked = StateMachine.Restart(rawValue: request.kind.rawValue) ?? .cold
        let kind = has(.zeroisedWakes) && asked == .warm ? .cold : asked
        perform(machine.handle(.restart(kind)))
        acknowledge(Reset.templateID, asker)
    }

    func zeroise(_ request: Zeroise, _ asker: Asker) throws(Refusal) {
        guard request.confirmation == Self.zeroiseWord else {
            throw Refusal(
                .notConfirmed, field: 1, "confirmation word 0x\(String(request.confirmation, radix: 16)) is wrong")
        }
        perform(machine.handle(.zeroise))
        acknowledge(Zeroise.templateID, asker)
        log(.warning, "secrets erased")
    }

    /// The state machine asks for a restart: it happens when the answer is out.
    func plan(_ kind: StateMachine.Restart) {
        restart = PlannedRestart(due: now + Self.farewell, kind: kind, cause: .command)
    }

    /// The supply drops: the bootloader appears, and after `milliseconds` the firmware again.
    func brownOut(milliseconds: Double) {
        perform(machine.handle(.restart(.bootloader)))
        restart = PlannedRestart(due: now, kind: .bootloader, cause: .brownOut)
        comeback = now + UInt64((configuration.reenumerationTime * 1e3 + milliseconds) * 1e6)
    }

    /// Leaves the ports, comes back, and after a brown-out does so twice.
    func advanceRestart() {
        if let restart, now >= restart.due {
            self.restart = nil
            resetCause = restart.cause
            if !has(.bootCountStands) { bootCount &+= 1 }
            leavePorts()
            started = now
            reappears = now + UInt64(configuration.reenumerationTime * 1e9)
            bootEnds = now + UInt64((configuration.reenumerationTime + configuration.bootTime) * 1e9)
        }
        if let reappears, now >= reappears {
            self.reappears = nil
            isPlugged = true
            orders.append(.appear(isBootloader: machine.state == .bootloader))
        }
        if let comeback, now >= comeback, reappears == nil {
            self.comeback = nil
            guard machine.state == .bootloader else { return }
            perform(machine.handle(.restart(.cold)))
            restart = PlannedRestart(due: now, kind: .cold, cause: .brownOut)
        }
    }

    private func leavePorts() {
        isPlugged = false
        connections.closeAll()
        late.removeAll()
        stops.removeAll()
        abandonStream()
        if !has(.restartKeepsSession) { session = nil }
        capture = nil
        telemetry = TelemetryBoard(configuration)
        let attenuation = settings.attenuation
        settings = OpticalSettings(variance: optics.model.modulationVariance)
        if has(.settingsSurvive) { settings.attenuation = attenuation }
        if has(.restartForgets) { recentSessions = [] }
        applyOptics()
        orders.append(.vanish)
    }

    /// The cable is pulled: every connection ends.
    func unplug() {
        guard isPlugged else { return }
        isPlugged = false
        for port in connections.byPort.keys.sorted() where connections.close(port) {
            perform(machine.handle(.controlLost(.portClosed)))
            cancelMeasurement()
        }
        connections.closeAll()
        abandonStream()
        orders.append(.vanish)
    }

    /// The cable is back.
    func replug() {
        guard !isPlugged, reappears == nil else { return }
        isPlugged = true
        orders.append(.appear(isBootloader: machine.state == .bootloader))
    }
}
