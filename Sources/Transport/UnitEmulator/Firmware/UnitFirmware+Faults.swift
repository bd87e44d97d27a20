internal import UnitProtocol

extension UnitFirmware {
    /// Makes something go wrong.
    func inject(_ fault: Fault, value: Double, now: UInt64) {
        self.now = now
        let count = value.isFinite ? Int(max(0, min(value, 1e9))) : 0
        switch fault {
        case .unplug: unplug()
        case .replug: replug()
        case .hang: faults.isHanging = true
        case .lateReplies: faults.lateMilliseconds = Double(count)
        case .duplicateReplies: faults.duplicates = true
        case .wrongCorrelation: faults.wrongNumbers = count
        case .garbage: faults.garbageBytes = count
        case .truncateFrame: faults.truncateNext = count
        case .corruptFrame: fifo.withFaults { $0.corruptEvery = count }
        case .dropStreamFrame: fifo.withFaults { $0.dropNext = count }
        case .reorder: fifo.withFaults { $0.reorderNext = true }
        case .staleSession: fifo.withFaults { $0.staleNext = count }
        case .oversizeFrame: fifo.withFaults { $0.oversizeNext = true }
        case .fifoOverflow: faults.overflowSlots += count
        case .wrongFingerprint: faults.foreignMessage = UInt16(clamping: count)
        case .oldSchema: faults.shortMessage = UInt16(clamping: count)
        case .unknownRole: faults.role = UInt8(clamping: count)
        case .brownOut: brownOut(milliseconds: Double(count))
        case .stall: orders.append(.spoil(.stall, count: 1))
        case .protocolError: orders.append(.spoil(.protocolError, count: count))
        case .shortTransfer: orders.append(.spoil(.shortTransfer, count: count))
        case .babble: orders.append(.spoil(.babble, count: count))
        case .wedge: orders.append(.spoil(.wedge, count: 1))
        case .lineNoise: orders.append(.spoil(.noise, count: count))
        case .ignoreHeartbeat: faults.ignoresHeartbeat = true
        case .temperature: faults.temperature = value
        case .sensorMissing: faults.missingSensor = UInt16(clamping: count)
        case .hardwareFault:
            perform(machine.handle(.faultFound(code: UInt16(clamping: count))))
            log(.error, "hardware fault \(machine.faultCode)")
        case .peerLost: faults.peerIsLost = true
        case .logMessage:
            for index in 0..<min(count, 1_000) { log(.info, "message \(index + 1) of \(count), for the test") }
        case .clear:
            faults = ControlFaults()
            fifo.withFaults { $0.clear() }
            orders.append(.spoil(.nothing, count: 0))
        }
        releaseEvents()
    }
}
