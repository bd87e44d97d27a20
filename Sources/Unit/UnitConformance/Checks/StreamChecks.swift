internal import Glibc
internal import UnitProtocol

extension ConformanceSuite {
    static let streamChecks = [
        ConformanceCheck(
            "stream-started", "StreamStarted echoes what was asked for, with the format of the unit's samples",
            .session,
            says: "session and purpose echoed; X16Basis for a homodyne Bob, XP16 for a heterodyne one and Alice",
            capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            let (asked, started) = (recording.request, recording.started)
            trial.expect(
                started.sessionId == asked.sessionId, "session \(started.sessionId) instead of \(asked.sessionId)")
            trial.expect(started.purpose == asked.purpose, "purpose \(started.purpose) instead of \(asked.purpose)")
            trial.expect(started.frameBytes == asked.frameBytes, "frameBytes \(started.frameBytes)")
            trial.measure(
                "symbol_rate_in_force", started.symbolRate / asked.symbolRate, "1",
                ConformanceLimits(low: 0.99, high: 1.01))
            if let clock = recording.clock {
                trial.expect(
                    clock.contains(started.deviceTime),
                    "deviceTime \(started.deviceTime) is not the start, which was between \(clock.lowerBound) and "
                        + "\(clock.upperBound)")
            }
            let detection = try await unit.capabilities().detection
            let formats: [SampleFormat] = detection == .homodyne ? [.x16Basis, .x16] : [.xp16]
            trial.expect(formats.contains(started.sampleFormat), "format \(started.sampleFormat) of a \(detection)")
            trial.expect(
                unit.isAlice == (started.sampleScale > 0), "sampleScale of \(unit.subject) is \(started.sampleScale)")
        },
        ConformanceCheck(
            "stream-conserved", "Every symbol is in a frame or declared as lost", .session,
            says: "Σ count of frames sent + droppedSymbols = index one past the last frame's symbols",
            capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            let delivered = recording.deliveredSymbols
            judgeConservation(recording, trial)
            trial.expect(!recording.measured.isEmpty, "no frame came")
            trial.measure("delivered_symbols", Double(delivered), "1")
            guard let stopped = recording.stopped else { return }
            trial.measure("dropped_symbols", Double(stopped.droppedSymbols), "1")
            trial.expect(
                stopped.deliveredSymbols == delivered,
                "StreamStopped says \(stopped.deliveredSymbols) delivered symbols, \(delivered) came")
            if let end = recording.ending?.message {
                trial.expect(
                    end.droppedSymbols == stopped.droppedSymbols,
                    "the end frame declares \(end.droppedSymbols) lost symbols, StreamStopped \(stopped.droppedSymbols)"
                )
            }
            trial.expect(
                UnitNumber.sum(stopped.deliveredSymbols, stopped.droppedSymbols) == stopped.nextSymbol,
                "delivered \(stopped.deliveredSymbols) + dropped \(stopped.droppedSymbols) is not \(stopped.nextSymbol)"
            )
        },
        ConformanceCheck(
            "stream-numbers", "Stream frames are numbered from 0 without holes, and counted", .frames,
            says: "stream numbers count from 0 for each session, without holes; framesSent counts all stream frames",
            capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            for fault in recording.faults { trial.expect(false, "what came is no stream frame: \(fault)") }
            for (index, frame) in recording.frames.enumerated() {
                trial.expect(
                    frame.header.number == UInt32(index), "frame \(index) has number \(frame.header.number)")
            }
            let sent = Double(recording.stopped?.framesSent ?? 0)
            trial.measure("frames", Double(recording.frames.count), "1", .exactly(sent))
        },
        ConformanceCheck(
            "end-frame", "A session ends with an end frame", .session,
            says: "end frame: kind None, format None, count 0, firstSymbol one past the last symbol, flag EndOfSession",
            capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            guard let end = recording.ending else { throw Violation("no frame has the flag EndOfSession") }
            let message = end.message
            trial.expect(
                message.kind == .none && message.format == .none && message.count == 0 && end.sampleBytes == 0,
                "its kind is \(message.kind), format \(message.format), count \(message.count), \(end.sampleBytes) bytes"
            )
            trial.expect(
                message.firstSymbol == recording.stopped?.nextSymbol,
                "it is at \(message.firstSymbol), StreamStopped says \(recording.stopped?.nextSymbol ?? 0)")
            trial.expect(recording.frames.last?.header.number == end.header.number, "frames follow the end frame")
        },
        ConformanceCheck(
            "stream-frames", "Each frame holds symbols of one slot and one kind, in its format", .session,
            says: "a frame holds symbols of one slot and one kind; guard and end frames have no samples",
            capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            for frame in recording.measured { judge(frame, recording, unit, trial) }
            for frame in recording.frames {
                let isOurs = frame.header.session == recording.request.sessionId
                trial.expect(isOurs, "frame \(frame.header.number) is of session \(frame.header.session)")
                trial.expect(
                    frame.message.purpose == recording.request.purpose,
                    "frame \(frame.header.number) has purpose \(frame.message.purpose)")
            }
        },
        ConformanceCheck(
            "stream-times", "A frame's time is that of its first symbol", .session,
            says: "deviceTime belongs to the first symbol", capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            let frames = recording.measured
            guard let first = frames.first, let last = frames.last, frames.count > 10 else {
                throw Violation("\(frames.count) frames came")
            }
            let symbols = Double(last.message.firstSymbol) - Double(first.message.firstSymbol)
            let seconds = (Double(last.message.deviceTime) - Double(first.message.deviceTime)) * 1e-9
            // Both are the unit's own: what remains is when it looks at its clock, some ms in a second or more.
            trial.measure(
                "symbol_rate_by_device_time", symbols / max(seconds, 1e-9) / recording.started.symbolRate, "1",
                ConformanceLimits(low: 0.995, high: 1.005))
            if let clock = recording.clock {
                trial.expect(
                    clock.contains(first.message.deviceTime) && clock.contains(last.message.deviceTime),
                    "frames of \(first.message.deviceTime) to \(last.message.deviceTime) ns in a session between "
                        + "\(clock.lowerBound) and \(clock.upperBound)")
            }
            for (before, after) in zip(frames, frames.dropFirst()) {
                trial.expect(
                    after.message.deviceTime >= before.message.deviceTime,
                    "frame \(after.header.number) is earlier than the one before it")
            }
        },
        ConformanceCheck(
            "standalone-unlocked", "A standalone Bob's signal slots are Unlocked, and only they have the flag",
            .session,
            says: "Standalone: slots that are neither vacuum nor dark are Unlocked, only they have ClockUnlocked",
            needs: .bob, capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            for frame in recording.measured {
                let (kind, flags) = (frame.message.kind, frame.message.flags)
                trial.expect(kind != .signal && kind != .training, "frame \(frame.header.number) is \(kind)")
                trial.expect(
                    flags.contains(.clockUnlocked) == (kind == .unlocked),
                    "frame \(frame.header.number) of kind \(kind) has flags \(flags.rawValue)")
            }
        },
        ConformanceCheck(
            "guard", "Symbols are Guard while the shutter settles", .session,
            says: "until the read-back is at rest and shutterSettling has passed since the command, symbols are Guard",
            needs: .bob, capabilities: [.standalone, .shutter]
        ) { unit, trial in
            let recording = try await unit.standalone()
            let needed = try await unit.capabilities().shutterSettling * recording.request.symbolRate
            guard needed >= 1 else { throw Inapplicable("the shutter settles within one symbol") }
            let frames = recording.measured
            var (changes, fewest) = (0, Double.infinity)
            for (index, frame) in frames.enumerated().dropFirst() where frame.message.kind != .guard {
                let before = frames[..<index].last { $0.message.kind != .guard }
                guard let before, isOpen(before) != isOpen(frame) else { continue }
                let guards = frames[..<index].reversed().prefix { $0.message.kind == .guard }
                // Loss between the two may have taken guard symbols with it.
                guard frame.message.droppedSymbols == before.message.droppedSymbols else { continue }
                changes += 1
                fewest = min(fewest, Double(guards.reduce(UInt64(0)) { $0 + UInt64($1.message.count) }))
            }
            trial.measure("shutter_changes", Double(changes), "1", .atLeast(1))
            // One symbol less: the command may fall between two of them.
            if changes > 0 { trial.measure("fewest_guard_symbols", fewest, "1", .atLeast(needed.rounded(.down) - 1)) }
        },
        ConformanceCheck(
            "guard-first", "The first slot has guard symbols too if the shutter has to move for it", .session,
            says: "a session that begins with another position of the shutter than it has begins with Guard",
            needs: .bob, capabilities: [.standalone, .shutter]
        ) { unit, trial in
            try await unit.bring(to: .ready)
            try await unit.clock.sleep(for: .seconds(try await unit.capabilities().shutterSettling + 0.02))
            let request = try await unit.plan(vacuum: 0, dark: 0)
            let needed = try await unit.capabilities().shutterSettling * request.symbolRate
            guard needed >= 1 else { throw Inapplicable("the shutter settles within one symbol") }
            let frames = try await unit.record(request, slots: 4).measured
            let guards = frames.prefix { $0.message.kind == .guard }
            guard frames.first?.message.droppedSymbols == 0 else { throw Inapplicable("the first symbols were lost") }
            let count = Double(guards.reduce(UInt64(0)) { $0 + UInt64($1.message.count) })
            trial.measure("guard_symbols_at_first", count, "1", .atLeast(needed.rounded(.down) - 1))
        },
        ConformanceCheck(
            "vacuum-and-dark", "Vacuum is noisier than dark, and dark frames have no LO", .session,
            says: "vacuum has variance N0 (1 + v_el), dark N0 v_el; localOscillatorPower is the mean over the frame",
            needs: .bob, capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            let vacuum = recording.sums[SymbolKind.vacuum.rawValue] ?? SampleSums()
            let dark = recording.sums[SymbolKind.dark.rawValue] ?? SampleSums()
            trial.measure("vacuum_variance", vacuum.variance, "LSB^2", ConformanceLimits(low: 0))
            trial.measure("dark_variance", dark.variance, "LSB^2", ConformanceLimits(low: 0))
            trial.measure("vacuum_per_dark", vacuum.variance / max(dark.variance, 1e-9), "1", .atLeast(1.1))
            let nominal = try await unit.capabilities().nominalLocalOscillatorPower
            for frame in recording.measured where frame.message.kind != .guard {
                let power = frame.message.localOscillatorPower
                let isDark = frame.message.kind == .dark
                trial.expect(
                    isDark ? power < 0.1 * nominal : power > 0.5 * nominal,
                    "frame \(frame.header.number) of kind \(frame.message.kind) has an LO of \(power) W")
            }
        },
        ConformanceCheck(
            "modulation-scale", "Alice's samples have the variance that she says", .session,
            says: "x (√SNU) = sample × sampleScale, x² averaging to OpticalState.modulationVariance", needs: .alice,
            capabilities: [.standalone, .modulation]
        ) { unit, trial in
            let low = try await unit.capabilities().minimumAttenuation
            if unit.can(.variableAttenuator) { try await unit.acknowledged(SetAttenuation(attenuation: low)) }
            try await unit.acknowledged(SetModulation(format: .gaussian, variance: 3))
            try await unit.bring(to: .ready)
            let stated = try await unit.optics().modulationVariance
            let recording = try await unit.record(try await unit.plan(), slots: 100)
            let kinds = [SymbolKind.signal, .training].compactMap { recording.sums[$0.rawValue] }
            let scale = recording.started.sampleScale * recording.started.sampleScale
            for sums in kinds {
                let deviation = (sums.squares / Double(sums.samples) * scale - stated) / (sums.squareSigma * scale)
                // Six σ: a right unit fails this twice in 10⁹; samples from a pool of numbers scatter more, hence twelve.
                trial.measure(
                    "variance_deviation_of_\(sums.samples)_samples", deviation, "1", .within(12))
            }
            trial.expect(kinds.count == 2, "training and signal did not both come")
        },
    ]

    /// Frame by frame: what came before a frame, and what it declares lost, are its first symbol. The end frame too.
    static func judgeConservation(_ recording: Recording, _ trial: Trial) {
        var delivered: UInt64 = 0
        for frame in recording.measured + (recording.ending.map { [$0] } ?? []) {
            let message = frame.message
            trial.expect(
                UnitNumber.sum(delivered, message.droppedSymbols) == message.firstSymbol,
                "frame \(frame.header.number) begins at \(message.firstSymbol) after \(delivered) delivered and "
                    + "\(message.droppedSymbols) dropped symbols")
            // From there on, so that one mistake is told once.
            delivered = message.firstSymbol &+ UInt64(message.count) &- message.droppedSymbols
        }
    }

    private static func isOpen(_ frame: FrameSeen) -> Bool {
        frame.message.kind != .vacuum && frame.message.kind != .dark
    }

    private static func judge(_ frame: FrameSeen, _ recording: Recording, _ unit: TestedUnit, _ trial: Trial) {
        let (message, slot) = (frame.message, UInt64(recording.request.symbolsPerFrame))
        let name = "frame \(frame.header.number)"
        let allowed: [SymbolKind] = unit.isAlice ? [.signal, .training] : [.vacuum, .dark, .guard, .unlocked]
        trial.expect(
            allowed.contains(message.kind), "\(name) is of kind \(message.kind) from a standalone \(unit.subject)")
        trial.expect(message.content == .measured, "\(name) has content \(message.content)")
        guard message.count > 0, UInt64(message.count) <= slot else {
            return trial.expect(false, "\(name) has \(message.count) symbols, a slot has \(slot)")
        }
        trial.expect(
            message.firstSymbol % slot + UInt64(message.count) <= slot, "\(name) reaches over a slot's border")
        let format = message.kind == .guard ? SampleFormat.none : recording.started.sampleFormat
        trial.expect(message.format == format, "\(name) of kind \(message.kind) has format \(message.format)")
        let count = Int(message.count)
        let bytes =
            switch format {
            case .xp16: 4 * count
            case .x16Basis: 2 * count + (count + 7) / 8
            case .x16: 2 * count
            default: 0
            }
        let values = format == .xp16 ? 2 * count : format == .none ? 0 : count
        trial.expect(
            Int(message.clippedSamples) <= values, "\(name): \(message.clippedSamples) clipped of \(values) samples")
        trial.expect(!frame.hasUnusedBits, "\(name): basis bits behind the last of \(count) symbols are set")
        trial.expect(frame.sampleBytes == bytes, "\(name): \(count) symbols of \(format) in \(frame.sampleBytes) bytes")
        trial.expect(!unit.isAlice || message.localOscillatorPower == 0, "\(name) of Alice's has an LO power")
        trial.expect(
            message.flags.contains(.clipped) == (message.clippedSamples > 0),
            "\(name): \(message.clippedSamples) clipped samples with flags \(message.flags.rawValue)")
    }
}
