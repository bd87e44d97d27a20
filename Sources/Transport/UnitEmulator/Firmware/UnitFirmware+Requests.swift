internal import UnitProtocol

extension UnitFirmware {
    /// Carries out a request that has passed the gate. One place that names every message and its handler.
    func carryOut(
        _ rule: RequestRule, _ fields: RequestFields, _ frame: [UInt8], _ asker: Asker
    ) throws(Refusal) {
        switch rule.template {
        case Hello.templateID: try hello(read(frame), asker)
        case GetSchema.templateID: try sendSchema(read(frame), asker)
        case GetStatus.templateID: sendStatus(asker)
        case Heartbeat.templateID: try heartbeat(read(frame), asker)
        case GetCapabilities.templateID: sendCapabilities(asker)
        case GetTelemetryCatalog.templateID: try sendCatalogue(read(frame), asker)
        case GetTelemetry.templateID: sendTelemetry(asker)
        case GetOpticalState.templateID: sendOpticalState(asker)
        case GetClock.templateID: try sendClock(read(frame), asker)
        case SetSignalLaser.templateID: try setSignalLaser(read(frame), asker)
        case SetLocalOscillator.templateID: try setLocalOscillator(read(frame), asker)
        case SetShutter.templateID: try setShutter(read(frame), asker)
        case SetAttenuation.templateID: try setAttenuation(read(frame), asker)
        case SetModulatorBiasLock.templateID: try setBiasLock(read(frame), asker)
        case SetModulation.templateID: try setModulation(read(frame), asker)
        case StartStream.templateID: try startStream(read(frame), asker)
        case StopStream.templateID: try stopStream(read(frame), asker)
        case Capture.templateID: try startCapture(read(frame), asker)
        case ReadCapture.templateID: try readCapture(read(frame), asker)
        case MeasureMoments.templateID: try measureMoments(read(frame), asker)
        case RunSelfTest.templateID: try runSelfTest(asker)
        case Reset.templateID: try reset(read(frame), asker)
        case Zeroise.templateID: try zeroise(read(frame), asker)
        case GetBootloaderIdentity.templateID: sendBootloaderIdentity(asker)
        default: throw Refusal(.unknownMessage, "\(rule.name) has no handler")
        }
    }

    /// The message of a frame. The gate has looked at all of its fields, so a fault here is one of the table.
    private func read<Message: UnitMessage>(
        _ frame: [UInt8], as type: Message.Type = Message.self
    ) throws(Refusal) -> Message {
        do {
            let reader = try MessageReader(frame.span.bytes.extracting(Frame.headerBytes..<frame.count))
            return try reader.block()
        } catch {
            throw Refusal(.malformed, "\(error)")
        }
    }

    func acknowledge(_ request: UInt16, _ asker: Asker) {
        let message = Acknowledge(requestId: request, state: state)
        reply(to: asker) { (builder) throws(MessageFault) in try builder.write(message) }
    }

    func send<Message: UnitMessage>(_ message: Message, _ asker: Asker) {
        reply(to: asker) { (builder) throws(MessageFault) in try builder.write(message) }
    }
}
