internal import UnitProtocol

extension UnitFirmware {
    /// A whole frame has arrived on a port.
    func receive(_ frame: [UInt8], port: Int, now: UInt64) {
        self.now = now
        // A frame that is none is dropped without an answer.
        guard isPlugged, let header = try? Frame.decode(frame.span.bytes), header.channel == .request else { return }
        let asker = Asker(port: port, number: header.number)
        let message = MessageHeader.read(frame)
        do {
            let (rule, fields) = try check(frame, message, asker)
            try carryOut(rule, fields, frame, asker)
        } catch {
            refuse(asker, request: message?.templateID ?? 0, error)
        }
        releaseEvents()
    }

    /// What is wrong with a request, in the order of README, section 4.
    private func check(
        _ frame: [UInt8], _ header: MessageHeader?, _ asker: Asker
    ) throws(Refusal) -> (RequestRule, RequestFields) {
        guard frame.count <= configuration.maximumControlFrame else {
            throw Refusal(.tooLarge, "frame of \(frame.count) bytes, \(configuration.maximumControlFrame) are allowed")
        }
        guard let header, header.schemaID == UnitMessages.schemaID else {
            throw Refusal(.unknownMessage, "schema \(header?.schemaID ?? 0) instead of \(UnitMessages.schemaID)")
        }
        guard let rule = rules[header.templateID] else {
            throw Refusal(.unknownMessage, "message \(header.templateID) is not a request that this unit knows")
        }
        guard let block = ControlFrame.block(of: frame, header), block.count >= rule.minimumBlock, asker.number != 0
        else {
            let length = header.blockLength
            throw Refusal(
                .malformed,
                asker.number == 0
                    ? "request number 0" : "\(rule.name): block of \(length) bytes, \(rule.minimumBlock) are wanted")
        }
        let fields = RequestFields(block: block)
        try checkAccess(rule, fields, asker)
        try checkState(rule, fields)
        try checkCapability(rule, fields)
        for field in rule.fields {
            if let objection = field.objection(fields) {
                throw Refusal(.outOfRange, field: field.id, "\(rule.name).\(field.name) \(objection)")
            }
        }
        try checkPurpose(rule)
        return (rule, fields)
    }

    private func checkAccess(_ rule: RequestRule, _ fields: RequestFields, _ asker: Asker) throws(Refusal) {
        switch rule.need {
        case .nothing:
            guard rule.template == Hello.templateID, fields.byte(at: 0) == Access.control.rawValue else { return }
            if let holder = connections.holder(against: asker.port, now: now, timeout: controlTimeout) {
                throw Refusal(.busy, retryAfter: configuration.heartbeatTimeout, "controlled by \(holder)")
            }
        case .connection:
            guard connections.byPort[asker.port] != nil else {
                throw Refusal(.noControl, "\(rule.name) before Hello on this port")
            }
        case .control:
            guard connections.controller == asker.port else {
                throw Refusal(.noControl, "\(rule.name) needs a Hello with access Control on this port")
            }
        }
    }

    private func checkState(_ rule: RequestRule, _ fields: RequestFields) throws(Refusal) {
        let state = machine.state
        var isAllowed = rule.states.contains(state)
        if rule.template == StartStream.templateID, state == .dark {
            let isStandalone = StreamOptions(rawValue: fields.byte(at: 9)).contains(.standalone)
            isAllowed = configuration.role == .bob && isStandalone && fields.real(at: 48) == 1
        }
        if rule.template == StopStream.templateID { isAllowed = isAllowed && session != nil }
        guard !isAllowed else { return }
        if state == .zeroised { throw Refusal(.zeroised, "\(rule.name): secrets are erased, a cold reset is needed") }
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
                .notSupported, field: field, "\(rule.name): a unit of role \(configuration.role) cannot do this")
        }
    }

    private func checkPurpose(_ rule: RequestRule) throws(Refusal) {
        guard machine.state == .streaming, session?.purpose == .key else { return }
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
