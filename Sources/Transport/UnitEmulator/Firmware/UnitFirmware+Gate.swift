internal import UnitProtocol

extension UnitFirmware {
    /// A whole frame has arrived on a port.
    func receive(_ frame: [UInt8], port: Int, now: UInt64) {
        self.now = now
        // Bytes that are not a frame are dropped without an answer.
        guard isPlugged, let header = try? decode(frame), header.channel == .request || has(.channelsIgnored) else {
            return
        }
        if has(.reservedInsistedOn) && frame[12..<16].contains(where: { $0 != 0 }) { return }
        if has(.numberZeroDropped) && header.number == 0 { return }
        let asker = Asker(port: port, number: header.number)
        let message = MessageHeader.read(frame)
        do {
            let (rule, fields) = try check(frame, message, asker)
            if has(.anyRequestHolds) && connections.controller == asker.port { connections.heartbeat(now: now) }
            try carryOut(rule, fields, frame, asker)
        } catch {
            refuse(asker, request: message?.templateID ?? 0, error)
        }
        releaseEvents()
    }

    private func decode(_ frame: [UInt8]) throws(FrameFault) -> FrameHeader {
        if has(.crcIgnored) { return try Frame.peek(frame.span.bytes) }
        guard has(.versionIgnored), frame.count > 2 else { return try Frame.decode(frame.span.bytes) }
        return try Frame.peek(Array(frame[..<2] + [1] + frame[3...]).span.bytes)
    }

    /// What is wrong with a request, in the order of README, section 4.
    private func check(
        _ frame: [UInt8], _ header: MessageHeader?, _ asker: Asker
    ) throws(Refusal) -> (RequestRule, RequestFields) {
        guard frame.count <= configuration.maximumControlFrame || has(.longRequestsAccepted) else {
            throw Refusal(.tooLarge, "frame of \(frame.count) bytes, \(configuration.maximumControlFrame) are allowed")
        }
        guard let header, header.schemaID == UnitMessages.schemaID || has(.foreignSchemaAccepted) else {
            throw Refusal(.unknownMessage, "schema \(header?.schemaID ?? 0) instead of \(UnitMessages.schemaID)")
        }
        guard let rule = rules[header.templateID] else {
            throw Refusal(
                has(.unknownAsMalformed) ? .malformed : .unknownMessage,
                "message \(header.templateID) is not a request that this unit knows")
        }
        guard let block = ControlFrame.block(of: frame, header), block.count >= rule.minimumBlock, asker.number != 0
        else {
            let length = header.blockLength
            throw Refusal(
                has(.shortBlockAsRange) ? .outOfRange : .malformed,
                asker.number == 0
                    ? "request number 0" : "\(rule.name): block of \(length) bytes, \(rule.minimumBlock) are wanted")
        }
        if has(.longerBlockRefused) && block.count > rule.minimumBlock { throw Refusal(.malformed, "a later version") }
        let fields = RequestFields(block: block)
        try checkAccess(rule, fields, asker)
        if has(.rangeBeforeState) { try checkRanges(rule, fields) }
        try checkState(rule, fields)
        try checkCapability(rule, fields)
        try checkRanges(rule, fields)
        try checkPurpose(rule)
        return (rule, fields)
    }

    private func checkRanges(_ rule: RequestRule, _ fields: RequestFields) throws(Refusal) {
        for field in rule.fields {
            guard let objection = field.objection(fields) else { continue }
            if has(.nanAccepted) && objection.contains("nan") { continue }
            if has(.fractionsUnchecked) && field.name.hasSuffix("Fraction") { continue }
            let id = has(.wrongFieldNamed) ? field.id + 1 : field.id
            throw Refusal(.outOfRange, field: id, "\(rule.name).\(field.name) \(objection)")
        }
    }

    private func checkAccess(_ rule: RequestRule, _ fields: RequestFields, _ asker: Asker) throws(Refusal) {
        switch rule.need {
        case .nothing:
            guard rule.template == Hello.templateID, fields.byte(at: 0) == Access.control.rawValue else { return }
            if !has(.controlStolen),
                let holder = connections.holder(against: asker.port, now: now, timeout: controlTimeout)
            {
                throw Refusal(.busy, retryAfter: configuration.heartbeatTimeout, "controlled by \(holder)")
            }
        case .connection:
            guard connections.byPort[asker.port] != nil || has(.helloNotNeeded) else {
                throw Refusal(.noControl, "\(rule.name) before Hello on this port")
            }
        case .control:
            let observes = has(.observerControls) && connections.byPort[asker.port] != nil
            guard connections.controller == asker.port || observes else {
                throw Refusal(.noControl, "\(rule.name) needs a Hello with access Control on this port")
            }
        }
    }

    private func checkState(_ rule: RequestRule, _ fields: RequestFields) throws(Refusal) {
        let state = machine.state
        var isAllowed = rule.states.contains(state)
        if rule.template == StartStream.templateID, state == .dark {
            let isStandalone = StreamOptions(rawValue: fields.byte(at: 9)).contains(.standalone)
            isAllowed =
                configuration.role == .bob && isStandalone && fields.real(at: 48) == 1 && !has(.darkSessionRefused)
        }
        if rule.template == StopStream.templateID { isAllowed = isAllowed && session != nil }
        guard !isAllowed else { return }
        if state == .zeroised && !has(.zeroisedAsWrongState) {
            throw Refusal(.zeroised, "\(rule.name): secrets are erased, a cold reset is needed")
        }
        throw Refusal(.wrongState, "\(rule.name) is not allowed in state \(self.state)")
    }

    private func checkCapability(_ rule: RequestRule, _ fields: RequestFields) throws(Refusal) {
        var wanted = rule.capability
        if rule.template == StartStream.templateID {
            let options = StreamOptions(rawValue: fields.byte(at: 9))
            if options.contains(.standalone) { wanted.insert(.standalone) }
            if options.contains(.deliverDisclosed) { wanted.insert(.disclosure) }
        }
        guard configuration.capabilities.isSuperset(of: wanted) else {
            // What StartStream can lack is an option.
            let field: UInt16 = rule.template == StartStream.templateID ? 3 : 0
            throw Refusal(
                has(.lackingAsUnknown) ? .unknownMessage : .notSupported, field: field,
                "\(rule.name): a unit of role \(configuration.role) cannot do this")
        }
    }

    private func checkPurpose(_ rule: RequestRule) throws(Refusal) {
        guard machine.state == .streaming, session?.purpose == .key, !has(.keyCaptured) else { return }
        if rule.template == Capture.templateID || rule.template == ReadCapture.templateID {
            throw Refusal(.purposeForbids, "\(rule.name) in a session of purpose Key")
        }
    }
}

extension MessageHeader {
    /// The header of a frame's message; nil only if the frame is shorter than every frame is.
    static func read(_ frame: [UInt8]) -> MessageHeader? {
        guard frame.count >= Frame.minimumBytes else { return nil }
        return try? MessageHeader(frame.span.bytes.extracting(Frame.headerBytes..<frame.count))
    }
}
