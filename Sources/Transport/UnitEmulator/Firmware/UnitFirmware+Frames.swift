internal import CUnitIO
internal import UnitProtocol

/// What a stream frame is to hold.
struct FramePart {
    var first: UInt64
    var count: Int
    var kind: SymbolKind
    var format: SampleFormat
    var content = StreamContent.measured
    var localOscillatorPower = 0.0
    var flags: StreamFlags = []
}

extension UnitFirmware {
    /// Writes header and block over the samples that already lie in the ring's frame, and commits it.
    func seal(_ part: FramePart, of session: inout StreamSession, extra: StreamFlags = []) {
        let memory = fifo.nextFrame
        let sampleBytes = part.format.bytes(for: part.count)
        var clipped = part.content == .measured ? clippedSamples(part, memory) : 0
        if has(.clipsBeyondSamples) && part.kind != .none { clipped = UInt64(2 * part.count + 1) }
        var flags = part.flags.union(session.pending).union(extra)
        if clipped > 0 { flags.insert(.clipped) }
        let message = StreamFrame(
            firstSymbol: part.first, droppedSymbols: session.dropped,
            deviceTime: (session.start &- started)
                &+ (has(.frameTimesStand)
                    ? 0 : UInt64(Double(part.first) / session.rate * (has(.frameTimesFast) ? 1.01e9 : 1e9))),
            localOscillatorPower: part.localOscillatorPower, count: UInt32(part.count),
            clippedSamples: UInt32(clipped), kind: part.kind, format: part.format, content: part.content,
            purpose: has(.purposeLost) ? .calibration : session.purpose, flags: flags)
        write(message, length: StreamSession.samplesOffset + sampleBytes, session, to: memory)
        session.pending = []
        session.number &+= has(.frameNumbersSkip) && session.number % 40 == 20 ? 2 : 1
        session.framesCommitted += 1
        if part.content == .measured { session.delivered += UInt64(part.count) }
        fifo.commit(
            StreamFIFO.Entry(
                length: StreamSession.samplesOffset + sampleBytes, kind: part.kind, content: part.content,
                first: part.first, count: UInt32(part.count)))
    }

    private func write(
        _ message: StreamFrame, length: Int, _ session: StreamSession, to memory: UnsafeMutableRawBufferPointer
    ) {
        let block = UnsafeMutableRawBufferPointer(rebasing: memory[Frame.headerBytes..<StreamSession.samplesOffset])
        do {
            _ = try ControlFrame.write(into: block) { (writer) throws(MessageFault) in try writer.write(message) }
        } catch {
            preconditionFailure("the unit's own stream frame is wrong: \(error)")
        }
        var bytes = memory.mutableBytes
        Frame.seal(
            FrameHeader(channel: .stream, length: length, number: session.number, session: session.id), into: &bytes)
        if has(.framesDamaged) && session.number % 50 == 49 { memory[Frame.headerBytes - 3] ^= 1 }
    }

    /// Samples at or beyond the converter's limits. Alice's words are no measurement.
    private func clippedSamples(_ part: FramePart, _ memory: UnsafeMutableRawBufferPointer) -> UInt64 {
        guard configuration.role == .bob, part.format != .none else { return 0 }
        let count = part.format == .xp16 ? 2 * part.count : part.count
        var moments = cu_moments()
        let samples = samples(in: memory, count: count)
        cu_moments_i16(samples.baseAddress, count, configuration.clipLow, configuration.clipHigh, &moments)
        return moments.clipped
    }

    /// The samples' place in a frame. Strides and the offset of 96 keep them aligned.
    func samples(in memory: UnsafeMutableRawBufferPointer, count: Int) -> UnsafeMutableBufferPointer<Int16> {
        let bytes = memory[StreamSession.samplesOffset..<StreamSession.samplesOffset + 2 * count]
        return UnsafeMutableRawBufferPointer(rebasing: bytes).bindMemory(to: Int16.self)
    }
}
