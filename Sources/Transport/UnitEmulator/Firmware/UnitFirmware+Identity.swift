internal import UnitProtocol

extension UnitFirmware {
    /// Bytes of a schema part and of a capture part that fit in a control frame of 4,096 bytes with their headers.
    static let partBytes = 4_096 - Frame.headerBytes - MessageHeader.length - 8 - 4

    func hello(_ hello: Hello, _ asker: Asker) throws(Refusal) {
        let nextEvent = has(.eventNumbersGoOn) ? connections.byPort[asker.port]?.nextEvent ?? 0 : 0
        if !(has(.observerKeepsControl) && hello.access == .observe && connections.controller == asker.port) {
            connections.open(
                asker.port, access: hello.access, hostName: hello.hostName, now: now, nextEvent: nextEvent)
        }
        if has(.streamFollowsControl) && hello.access == .control { fifo.port = asker.port }
        if has(.helloEndsSession) && machine.state == .streaming { finishSession(.command) }
        let role = faults.role.map { UnitRole(rawValue: $0) } ?? configuration.role
        let message = HelloReply(
            role: role, emulated: true, state: state, access: hello.access, resetCause: resetCause,
            bootCount: bootCount, serial: FixedText(has(.badSerial) ? "NOVA 1" : configuration.serial) ?? FixedText(),
            model: FixedText(configuration.model) ?? FixedText(),
            firmware: FixedText(configuration.firmware) ?? FixedText(), capabilities: configuration.capabilities,
            heartbeatInterval: configuration.heartbeatInterval,
            heartbeatTimeout: has(.tightHeartbeat)
                ? configuration.heartbeatInterval * 3 / 2 : configuration.heartbeatTimeout,
            maximumControlFrame: configuration.maximumControlFrame,
            maximumFrameBytes: configuration.maximumFrameBytes,
            streamBufferBytes: UInt64(configuration.streamBufferBytes), response: FixedArray(repeating: 0))
        var fingerprints = SchemaIdentity.made(by: faults).fingerprints
        if has(.wrongFingerprint), let index = fingerprints.firstIndex(where: { $0.templateId == Status.templateID }) {
            fingerprints[index].fingerprint ^= 1
        }
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(group: fingerprints)
        }
    }

    func sendSchema(_ request: GetSchema, _ asker: Asker) throws(Refusal) {
        var faults = faults
        if has(.foreignSchemaText) { faults.foreignMessage = Status.templateID }
        let text = SchemaIdentity.made(by: faults).text
        if has(.schemaEndRefused) && request.offset >= UInt32(text.count) {
            throw Refusal(.outOfRange, field: 1, "offset \(request.offset)")
        }
        let start = min(Int(request.offset), text.count)
        let count = min(text.count - start, Int(request.maximumBytes), Self.partBytes)
        let message = SchemaText(totalBytes: UInt32(text.count), offset: request.offset)
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(SchemaText.text, text.span.extracting(start..<start + count).bytes)
        }
    }

    func sendStatus(_ asker: Asker) {
        let isRunning = machine.state == .streaming
        let session = has(.statusForgets) && !isRunning ? nil : session
        let controller =
            has(.controllerHidden) ? nil : connections.controller.flatMap { connections.byPort[$0]?.hostName }
        send(
            Status(
                state: state, activity: measurement?.activity ?? .idle, light: settings.light,
                purpose: isRunning ? session?.purpose.rawValue ?? 0 : 0, faultCode: machine.faultCode,
                sessionId: session?.id ?? 0, nextSymbol: session?.nextSymbol ?? 0,
                droppedSymbols: session?.dropped ?? 0, framesSent: session?.framesCommitted ?? 0, uptime: deviceTime,
                controller: controller ?? FixedText()),
            asker)
    }

    func heartbeat(_ request: Heartbeat, _ asker: Asker) throws(Refusal) {
        if !faults.ignoresHeartbeat && !has(.heartbeatsIgnored) { connections.heartbeat(now: now) }
        send(
            HeartbeatReply(
                count: has(.countNotEchoed) ? 0 : request.count, state: state, light: settings.light,
                deviceTime: deviceTime,
                sessionId: machine.state == .streaming ? session?.id ?? 0 : 0),
            asker)
    }

    func sendClock(_ request: GetClock, _ asker: Asker) throws(Refusal) {
        // One instant serves for both: nothing happens between receiving and sending.
        if has(.clockAcknowledged) { return acknowledge(GetClock.templateID, asker) }
        let time = has(.coarseClock) ? deviceTime / 1_000_000 * 1_000_000 : deviceTime
        send(ClockMessage(hostTime: request.hostTime, receivedTime: time, sentTime: time), asker)
    }

    func sendCapabilities(_ asker: Asker) {
        let unit = configuration
        let isAlice = unit.role == .alice
        send(
            Capabilities(
                detection: unit.detection, localOscillator: isAlice ? .notApplicable : .local,
                coupling: isAlice ? .notApplicable : .dc, adcBits: unit.adcBits,
                sampleFormats: unit.sampleFormat == .xp16 ? .xp16 : .x16Basis, filterId: 1,
                maximumDelay: unit.maximumDelay, maximumCaptureSamples: unit.maximumCaptureSamples,
                maximumMomentSamples: isAlice ? 0 : unit.maximumMomentSamples,
                minimumSymbolRate: has(.ratesReversed) ? 2 * unit.maximumSymbolRate : unit.minimumSymbolRate,
                maximumSymbolRate: unit.maximumSymbolRate,
                shutterSettling: isAlice ? 0 : unit.shutterSettling,
                shutterExtinction: isAlice ? 0 : unit.shutterExtinction,
                detectorEfficiency: isAlice ? 0 : unit.detectorEfficiency,
                detectorEfficiencySigma: isAlice ? 0 : unit.detectorEfficiencySigma,
                nominalLocalOscillatorPower: isAlice ? 0 : unit.nominalLocalOscillatorPower,
                maximumLocalOscillatorPower: isAlice ? 0 : unit.maximumLocalOscillatorPower,
                maximumModulationVariance: isAlice ? unit.maximumModulationVariance : 0,
                sampleScale: isAlice ? unit.sampleScale : 0, minimumAttenuation: isAlice ? unit.minimumAttenuation : 0,
                maximumAttenuation: isAlice ? unit.maximumAttenuation : 0, warmUpTime: unit.warmUpTime,
                clipLow: unit.clipLow, clipHigh: unit.clipHigh),
            asker)
    }

    func sendBootloaderIdentity(_ asker: Asker) {
        send(
            BootloaderIdentity(
                serial: FixedText(configuration.serial) ?? FixedText(), bootloader: FixedText("1.0") ?? FixedText(),
                hardware: FixedText("emulated") ?? FixedText(), applicationPresent: true),
            asker)
    }
}
