internal import UnitProtocol

/// One unit's firmware: requests and time in, orders to its ports and frames in its FIFO out. It reads no clock and
/// starts no thread; the pair calls it, under its lock.
final class UnitFirmware {
    let configuration: UnitConfiguration
    let optics: PairOptics
    let fifo: StreamFIFO
    let rules: [UInt16: RequestRule]

    var machine = StateMachine()
    var settings: OpticalSettings
    var connections = Connections()
    var faults = ControlFaults()
    var telemetry: TelemetryBoard
    var measurement: LongRequest?
    var capture: CaptureMemory?
    var captureCount: UInt32 = 0

    /// The running session, else the last one.
    var session: StreamSession?
    /// The last 64 session numbers: kept over restarts, as a real unit keeps them in its flash memory.
    var recentSessions: [UInt64] = []
    /// Records of earlier sessions, oldest first.
    var finishedRecords: [SentSession] = []
    /// StopStream requests that wait until the FIFO is empty.
    var stops: [Asker] = []
    var drain = DrainWatch()

    /// When the unit started, ns of the clock.
    var started: UInt64
    var bootCount: UInt32
    var resetCause = ResetCause.powerOn
    /// When the boot is over.
    var bootEnds: UInt64
    /// A restart that was acknowledged and has not happened.
    var restart: PlannedRestart?
    /// When the firmware follows the bootloader by itself.
    var comeback: UInt64?
    /// When the ports come back.
    var reappears: UInt64?
    var isPlugged = true

    /// What the ports are to do next.
    var orders: [PortOrder] = []
    /// Frames that are late.
    var late: [(due: UInt64, order: PortOrder)] = []
    /// Events that follow the reply of the request that caused them.
    var heldEvents: [(inout MessageBuilder) throws(MessageFault) -> Void] = []
    /// The way to the other unit.
    weak var peer: PeerChannel?
    /// The time of the call that is being carried out.
    var now: UInt64

    /// Who asked, and where the answer goes.
    struct Asker {
        var port: Int
        var number: UInt32
    }

    /// Why the unit went dark last.
    private(set) var darkCause: StateMachine.Cause?
    /// A restart that waits until its acknowledgement is out.
    struct PlannedRestart {
        var due: UInt64
        var kind: StateMachine.Restart
        var cause: ResetCause
    }

    /// How long the FIFO has not become emptier, for StopStream.
    struct DrainWatch {
        var waiting = 0
        var since: UInt64 = 0
    }

    init(_ configuration: UnitConfiguration, optics: PairOptics, now: UInt64) {
        self.configuration = configuration
        self.optics = optics
        self.now = now
        fifo = StreamFIFO(depth: configuration.streamBufferBytes)
        rules = RequestRule.table(configuration)
        settings = OpticalSettings(variance: optics.model.modulationVariance)
        telemetry = TelemetryBoard(configuration)
        started = now
        bootCount = 17
        bootEnds = now + UInt64(configuration.bootTime * 1e9)
    }

    /// Whether the unit breaks this rule on purpose.
    func has(_ defect: FirmwareDefect) -> Bool { configuration.defects.contains(defect) }

    /// The unit's own time, ns since it started.
    var deviceTime: UInt64 { now - started }

    var state: UnitState { UnitState(rawValue: machine.state.rawValue) }

    /// Hands over what the ports are to do.
    func takeOrders() -> [PortOrder] {
        defer { orders.removeAll(keepingCapacity: true) }
        return orders
    }

    // MARK: Time

    /// Whatever has become due. To be called every few milliseconds: the 50 ms of the heartbeat time-out depend on it.
    func tick(now: UInt64) {
        self.now = now
        releaseLate()
        advanceRestart()
        if machine.state == .starting, restart == nil, now >= bootEnds { perform(machine.handle(.booted)) }
        let warmUp = UInt64(configuration.warmUpTime * 1e9)
        if machine.state == .warmingUp, now >= settings.lightSince + warmUp { perform(machine.handle(.stable)) }
        watchController()
        finishMeasurement()
        sampleTelemetry()
        finishStops()
        releaseEvents()
    }

    /// How long control lasts without a sign of its host. A bootloader knows no heartbeat: there it lasts.
    var controlTimeout: UInt64 {
        let late: UInt64 = has(.deadManLate) ? 300 : 0
        return machine.state == .bootloader ? .max / 2 : (UInt64(configuration.heartbeatTimeout) + late) * 1_000_000
    }

    private func watchController() {
        guard connections.controller != nil || machine.state.mayEmit else { return }
        guard connections.isSilent(now: now, timeout: controlTimeout) else { return }
        if !has(.deadManKeepsControl) { connections.releaseControl() }
        if machine.state.mayEmit {
            log(.warning, "no heartbeat for \(configuration.heartbeatTimeout) ms: light goes off")
        }
        loseControl(.heartbeatLost)
    }

    private func loseControl(_ cause: StateMachine.Cause) {
        if !has(.measuresWithoutControl) { cancelMeasurement() }
        perform(machine.handle(.controlLost(cause)))
    }

    /// A port has lost its host.
    func portClosed(_ port: Int, now: UInt64) {
        self.now = now
        guard connections.close(port), !has(.portClosingUnnoticed) else { return }
        loseControl(.portClosed)
        if fifo.port == port { abandonStream() }
        releaseEvents()
    }

    // MARK: Actions

    func perform(_ actions: [StateMachine.Action]) {
        for action in actions {
            switch action {
            case .endSession(let cause): endSession(cause)
            case .goDark: goDark()
            case .beginWarmUp: settings.lightSince = now
            case .eraseSecrets:
                capture = nil
                fifo.erase()
            case .restart(let kind): plan(kind)
            case .announce(let before, let after, let cause): announce(before, after, cause)
            }
        }
    }

    private func goDark() {
        let wasOpen = settings.shutterIsOpen
        settings.goDark(now: now)
        if has(.shutterStaysOpen) { settings.shutterIsOpen = wasOpen }
        cancelMeasurement()
        applyOptics()
    }

    private func announce(_ before: FirmwareState, _ after: FirmwareState, _ cause: StateMachine.Cause) {
        if after == .dark { darkCause = cause }
        if has(.readyUnannounced) && after == .ready { return }
        let event = StateChanged(
            before: UnitState(rawValue: before.rawValue), after: UnitState(rawValue: after.rawValue),
            cause: StateCause(rawValue: cause.rawValue), faultCode: machine.faultCode, deviceTime: deviceTime,
            sessionId: before == .streaming || after == .streaming ? session?.id ?? 0 : 0)
        emit { (builder) throws(MessageFault) in try builder.write(event) }
    }

    /// Tells the physics how this end is set.
    func applyOptics() {
        if configuration.role == .alice {
            optics.transmitter = settings.transmitter(optics.model)
        } else {
            optics.localOscillator =
                settings.localOscillatorIsOn
                ? .on(power: settings.localOscillatorPower, since: optics.seconds(settings.lightSince)) : .off
            optics.shutter = PhysicsState.Shutter(
                isOpen: settings.shutterIsOpen, movedAt: optics.seconds(settings.shutterMoved))
        }
    }
}
