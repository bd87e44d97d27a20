internal import UnitProtocol

extension UnitFirmware {
    /// Sends a reply.
    func reply(to asker: Asker, _ body: (inout MessageBuilder) throws(MessageFault) -> Void) {
        if faults.isHanging { return }
        var number = asker.number
        if faults.wrongNumbers > 0 {
            faults.wrongNumbers -= 1
            number = number &+ 0x4000_0000
        }
        let session: UInt64 = has(.sessionInReplies) ? 1 : 0
        let frame = ControlFrame.make(.reply, number: number, session: session, body)
        queue(port: asker.port, frame: frame)
        if faults.duplicates || has(.repliesTwice) { queue(port: asker.port, frame: frame) }
    }

    func refuse(_ asker: Asker, request: UInt16, _ refusal: Refusal) {
        if has(.errorsChangeSettings) && refusal.code == .outOfRange { settings.attenuation = 1 }
        let request = has(.errorsNameNoRequest) ? 0 : request
        let message = ErrorMessage(
            code: refusal.code, state: state, requestId: request, fieldId: refusal.field,
            retryAfter: refusal.retryAfter)
        let text = ControlFrame.clipped(refusal.text, to: 200)
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(ErrorMessage.text, text: text)
        }
    }

    /// Sends an event on every connection, after the reply that is being worked on.
    func emit(_ body: @escaping (inout MessageBuilder) throws(MessageFault) -> Void) {
        heldEvents.append(body)
        if has(.eventsBeforeReplies) { releaseEvents() }
    }

    func log(_ level: LogLevel, _ text: String) {
        let message = LogMessage(level: level, deviceTime: deviceTime)
        emit { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(LogMessage.text, text: text)
        }
    }

    func releaseEvents() {
        guard !heldEvents.isEmpty else { return }
        for event in heldEvents {
            for port in connections.byPort.keys.sorted() {
                if has(.eventNumberHoles) { _ = connections.takeEventNumber(port) }
                let number = connections.takeEventNumber(port)
                let frame = ControlFrame.make(.event, number: number, event)
                if !faults.isHanging { queue(port: port, frame: frame) }
            }
        }
        heldEvents.removeAll()
    }

    private func queue(port: Int, frame: [UInt8]) {
        var frame = frame
        if faults.garbageBytes > 0 {
            // No zero byte among it: on a serial line that would be several pieces of garbage.
            let bytes = (0..<faults.garbageBytes).map { UInt8(truncatingIfNeeded: 1 + $0 * 37 % 255) }
            faults.garbageBytes = 0
            orders.append(.garbage(port: port, bytes: bytes))
        }
        if faults.truncateNext > 0 {
            faults.truncateNext -= 1
            frame.removeLast(frame.count / 3)
        }
        let order = PortOrder.send(port: port, frame: frame)
        let isReply = frame.count > 3 && frame[3] == Channel.reply.rawValue
        let delay = has(.slowReplies) ? 300 : faults.lateMilliseconds
        if delay > 0, isReply {
            late.append((due: now + UInt64(delay * 1e6), order: order))
        } else {
            orders.append(order)
        }
    }

    func releaseLate() {
        guard !late.isEmpty else { return }
        orders += late.filter { $0.due <= now }.map(\.order)
        late.removeAll { $0.due <= now }
    }
}
