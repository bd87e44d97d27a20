internal import UnitProtocol

extension UnitFirmware {
    /// Bob: Alice's counter has arrived.
    func hear(_ beacon: SymbolBeacon, now: UInt64) {
        self.now = now
        guard var session, session.id == beacon.sessionId || has(.strangersFollowed), !session.isEnded,
            !session.options.contains(.standalone) || has(.standaloneFollows)
        else { return }
        guard beacon.running else {
            if has(.peerEndIgnored) { return }
            // Both end at one index; what he has not taken by then is lost.
            if beacon.symbol > session.nextSymbol { missed(beacon.symbol - session.nextSymbol, &session) }
            self.session = session
            return finishSession(.peerStopped)
        }
        let fits = beacon.symbolRate == session.rate && Int(beacon.symbolsPerFrame) == session.slotSymbols
        guard fits || has(.mismatchIgnored) else {
            if !session.reportedMismatch {
                log(
                    .error,
                    "Alice sends \(beacon.symbolRate) symbols/s in slots of \(beacon.symbolsPerFrame), "
                        + "this session has \(session.rate) in slots of \(session.slotSymbols)")
            }
            session.reportedMismatch = true
            self.session = session
            return
        }
        session.lastBeacon = now
        if session.phase == .armed {
            session.phase = .running
            let elapsed = UInt64(Double(beacon.symbol) / session.rate * 1e9)
            session.start = now - min(elapsed, now - optics.epoch)
        }
        if beacon.symbol > session.nextSymbol { missed(beacon.symbol - session.nextSymbol, &session) }
        self.session = session
    }

    /// Symbols that Bob did not take although she sent them: not for want of room.
    private func missed(_ count: UInt64, _ session: inout StreamSession) {
        fifo.withRecord { $0?.noteDropped(first: session.nextSymbol, count: count) }
        session.lose(count, .gap)
    }

    /// Alice: Bob has recorded symbols. Only what she has sent can be recorded, and only then does she tell. Writes
    /// nothing for a record that cannot be true.
    func disclose(
        _ record: ReceptionRecord, scratch: UnsafeMutableBufferPointer<Int16>, into writer: inout MessageWriter
    ) throws(MessageFault) {
        guard let session, session.id == record.sessionId, record.count > 0,
            record.firstSymbol + UInt64(record.count) <= session.nextSymbol,
            Int(record.count) <= session.slotSymbols, 2 * Int(record.count) <= scratch.count
        else { return }
        let isTraining = session.plan.isTraining(record.firstSymbol / UInt64(session.slotSymbols))
        try writer.write(
            TrainingDisclosure(
                sessionId: session.id, firstSymbol: record.firstSymbol, count: record.count, training: isTraining,
                sampleScale: settings.sampleScale(optics.model)))
        guard isTraining else { return try writer.write(TrainingDisclosure.samples, RawSpan()) }
        // Her samples are a function of their index: they are made again here, as a real unit reads them again.
        let room = UnsafeMutableBufferPointer(rebasing: scratch[..<(2 * Int(record.count))])
        var samples = room.mutableSpan
        session.link.transmit(
            Slot(session: session.id, firstSymbol: Int64(record.firstSymbol), symbols: Int(record.count)),
            transmitter: optics.transmitter, into: &samples)
        let made = UnsafeRawBufferPointer(room)
        try writer.write(TrainingDisclosure.samples, made.bytes)
    }
}
