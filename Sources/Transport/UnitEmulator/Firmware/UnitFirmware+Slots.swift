internal import Glibc
internal import UnitProtocol

extension UnitFirmware {
    // MARK: Alice

    /// Makes Alice's next slot and tells Bob's unit where she was. Ends the session at its limit.
    func transmitSlot() {
        guard var session, session.isRunning else { return }
        let first = session.nextSymbol
        let count = session.slotLength
        if fifo.free >= 1 && !takeOverflow() {
            let memory = fifo.nextFrame
            var samples = samples(in: memory, count: 2 * count).mutableSpan
            session.link.transmit(
                Slot(session: session.id, firstSymbol: Int64(first), symbols: count), transmitter: optics.transmitter,
                into: &samples)
            let isTraining = session.plan.isTraining(first / UInt64(session.slotSymbols))
            session.nextSymbol += UInt64(count)
            seal(
                FramePart(first: first, count: count, kind: isTraining ? .training : .signal, format: .xp16),
                of: &session)
        } else {
            lose(count, &session)
        }
        self.session = session
    }

    /// Ends the session if its limit is reached.
    func endAtLimit() {
        guard let session, session.isRunning, session.nextSymbol >= session.limit else { return }
        finishSession(.symbolLimit)
    }

    func lose(_ count: Int, _ session: inout StreamSession) {
        fifo.withRecord { $0?.noteDropped(first: session.nextSymbol, count: UInt64(count)) }
        let flags: StreamFlags = has(.overflowSilent) ? [] : has(.overflowUnflagged) ? .gap : [.gap, .overflow]
        session.lose(UInt64(count), flags)
        if has(.lossesUndeclared) || has(.overflowSilent) || has(.overflowUncounted) {
            session.dropped -= UInt64(count)
        }
    }

    func takeOverflow() -> Bool {
        if has(.lossesUndeclared), let session, session.nextSymbol / UInt64(session.slotSymbols) % 50 == 49 {
            return true
        }
        guard faults.overflowSlots > 0 else { return false }
        faults.overflowSlots -= 1
        return true
    }

    // MARK: Bob

    /// Frames that Bob's next slot can need at most: guard, measured, disclosed.
    var framesPerSlot: Int {
        guard configuration.role == .bob, let session else { return 1 }
        return session.options.contains(.deliverDisclosed) ? 3 : 2
    }

    /// Makes Bob's next slot. `isLocked`: Alice's counter is known. `count` cuts the slot where her session ended.
    func receiveSlot(isLocked: Bool, count: Int) {
        guard var session, session.isRunning else { return }
        let first = session.nextSymbol
        let kind = session.plan.receiverKind(first / UInt64(session.slotSymbols))
        setShutter(isOpen: kind == .signal, first, &session)
        switchOscillator(isLit: kind != .dark, first, &session)
        let guardCount = Int(min(UInt64(count), session.guardUntil > first ? session.guardUntil - first : 0))
        guard fifo.free >= framesPerSlot && !takeOverflow() else {
            lose(count, &session)
            self.session = session
            return
        }
        session.nextSymbol += UInt64(count)
        if guardCount > 0 {
            seal(FramePart(first: first, count: guardCount, kind: .guard, format: .none), of: &session)
        }
        if guardCount < count {
            measure(
                kind, first + UInt64(guardCount), count - guardCount, isLocked: isLocked, of: &session)
        }
        self.session = session
    }

    /// Sends the shutter to its place for a slot; the symbols until it has settled are guard.
    private func setShutter(isOpen: Bool, _ first: UInt64, _ session: inout StreamSession) {
        guard isOpen != session.shutter.isOpen else { return }
        session.shutter = PhysicsState.Shutter(
            isOpen: isOpen, movedAt: optics.seconds(session.start) + Double(first) / session.rate)
        session.guardUntil = isUnguarded(first) ? 0 : first + session.settlingSymbols
        settings.shutterIsOpen = isOpen
        // A slot is made when its time is over. The read-back belongs to the time at which the shutter moved.
        settings.shutterMoved = min(now, session.start + UInt64(Double(first) / session.rate * 1e9))
    }

    /// Switches the local oscillator for a slot; the symbols until it has settled are guard, before and after dark slots.
    private func switchOscillator(isLit: Bool, _ first: UInt64, _ session: inout StreamSession) {
        guard settings.localOscillatorIsOn, isLit != session.isLit else { return }
        session.isLit = isLit
        session.guardUntil = isUnguarded(first) ? 0 : first + session.settlingSymbols
    }

    private func isUnguarded(_ first: UInt64) -> Bool { has(.noGuard) || has(.firstSlotUnguarded) && first == 0 }

    private func measure(
        _ kind: SymbolKind, _ first: UInt64, _ count: Int, isLocked: Bool, of session: inout StreamSession
    ) {
        var state = optics.state(sessionStart: optics.seconds(session.start))
        state.shutter = session.shutter
        if kind == .dark && !has(.darkWithLight) || !settings.localOscillatorIsOn { state.localOscillator = .off }
        let slot = Slot(session: session.id, firstSymbol: Int64(first), symbols: count)
        let sums = receive(slot, state, of: session)
        if kind == .dark && has(.streamDarkNoisy) {
            let words = samples(in: fifo.nextFrame, count: configuration.detection == .homodyne ? count : 2 * count)
            for index in words.indices { words[index] = Int16(clamping: Int(words[index]) * 17 / 10) }
        }
        let time = state.sessionStart + Double(first) / session.rate
        var part = FramePart(
            first: first, count: count, kind: kind, format: configuration.sampleFormat,
            localOscillatorPower: session.link.localOscillatorPower(at: time, state: state))
        guard kind == .signal else {
            optics.truth.add(session.id, slot, kind, sums)
            seal(part, of: &session)
            // Her words of a vacuum slot show whether the closed shutter leaks.
            guard kind == .vacuum, isLocked, session.options.contains(.deliverDisclosed),
                askForDisclosure(recorded(slot, session)) == true
            else { return }
            part.kind = .training
            return deliverDisclosure(part, of: &session)
        }
        guard isLocked, let isTraining = askForDisclosure(recorded(slot, session)) else {
            if has(.unlockedAsSignal) { return seal(part, of: &session) }
            part.kind = .unlocked
            part.flags = .clockUnlocked
            return seal(part, of: &session)
        }
        optics.truth.add(session.id, slot, kind, sums)
        part.kind = isTraining != has(.trainingInverted) ? .training : .signal
        seal(part, of: &session)
        if isTraining && session.options.contains(.deliverDisclosed) { deliverDisclosure(part, of: &session) }
    }

    private func receive(_ slot: Slot, _ state: PhysicsState, of session: StreamSession) -> Truth.Sums {
        let memory = fifo.nextFrame
        var slot = slot
        // Light of another session's words: as strong, and of nobody.
        if has(.lightIgnoresAlice) { slot.session ^= 1 << 40 }
        guard configuration.detection == .homodyne else {
            let words = samples(in: memory, count: 2 * slot.symbols)
            var samples = words.mutableSpan
            let sums = session.link.receive(slot, state: state, into: &samples)
            if has(.quadraturesSwapped) { for index in 0..<slot.symbols { words.swapAt(2 * index, 2 * index + 1) } }
            return sums
        }
        var samples = samples(in: memory, count: slot.symbols).mutableSpan
        let start = StreamSession.samplesOffset + 2 * slot.symbols
        let bits = UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + (slot.symbols + 7) / 8])
        var basis = bits.bindMemory(to: UInt8.self).mutableSpan
        let sums = session.link.receive(slot, state: state, into: &samples, basis: &basis)
        spoilBasis(bits, slot.symbols)
        return sums
    }

    private func spoilBasis(_ plane: UnsafeMutableRawBufferPointer, _ symbols: Int) {
        if has(.unusedBasisBits) && symbols % 8 != 0 { plane[plane.count - 1] |= 0x80 }
        for index in 0..<symbols where has(.basisInverted) { plane[index / 8] ^= 1 << UInt8(index % 8) }
        for index in 0..<symbols / 8 where has(.basisBitsReversed) {
            plane[index] = (0..<8).reduce(0) { $0 | (plane[index] >> UInt8($1) & 1) << UInt8(7 - $1) }
        }
    }

    /// Tells Alice's unit that the symbols are recorded, and learns whether they were training; nil if she does not
    /// answer. Her samples then lie in the channel's buffer.
    private func askForDisclosure(_ slot: Slot) -> Bool? {
        peer?.record(
            ReceptionRecord(
                sessionId: slot.session, firstSymbol: UInt64(slot.firstSymbol), count: UInt32(slot.symbols)))
    }

    /// The symbols that a record names: those that came with samples.
    private func recorded(_ slot: Slot, _ session: StreamSession) -> Slot {
        guard has(.wholeSlotRecorded) else { return slot }
        let guardCount = Int(slot.firstSymbol) % session.slotSymbols
        return Slot(
            session: slot.session, firstSymbol: slot.firstSymbol - Int64(guardCount), symbols: slot.symbols + guardCount
        )
    }

    private func deliverDisclosure(_ part: FramePart, of session: inout StreamSession) {
        var part = part
        if has(.wholeSlotRecorded) {
            let guardCount = Int(part.first) % session.slotSymbols
            part.first -= UInt64(guardCount)
            part.count += guardCount
        }
        guard let disclosed = peer?.disclosedSamples, disclosed.count == 4 * part.count else { return }
        let memory = fifo.nextFrame
        UnsafeMutableRawBufferPointer(rebasing: memory[StreamSession.samplesOffset...]).copyMemory(from: disclosed)
        if has(.disclosureChanged) { memory[StreamSession.samplesOffset] ^= 1 }
        part.format = .xp16
        part.content = .disclosed
        seal(part, of: &session)
    }
}
