internal import CUnitIO
internal import Glibc
internal import UnitProtocol

extension UnitFirmware {
    func startCapture(_ request: Capture, _ asker: Asker) throws(Refusal) {
        guard request.sampleCount <= configuration.maximumCaptureSamples else {
            throw Refusal(
                .tooLarge, field: has(.countsUnnamed) ? 0 : 1,
                "\(request.sampleCount) samples, \(configuration.maximumCaptureSamples) are kept")
        }
        try refuseWhileBusy()
        let perSymbol = configuration.sampleFormat == .xp16 ? 2 : 1
        let symbols = (Int(request.sampleCount) + perSymbol - 1) / perSymbol
        captureCount &+= 1
        let memory = CaptureMemory(
            id: captureCount, format: perSymbol == 2 ? .xp16 : .x16, light: settings.light,
            localOscillatorPower: localOscillatorPower, sampleRate: optics.model.symbolRate, deviceTime: deviceTime,
            samples: sampleNow(symbols, stream: UInt64(captureCount)))
        let due = now + UInt64(Double(symbols) / optics.model.symbolRate * 1e9)
        measurement = LongRequest(task: .capture(memory), asker: asker, due: due)
    }

    /// Samples with the optics as they are, from randomness of their own.
    private func sampleNow(_ symbols: Int, stream: UInt64) -> [Int16] {
        let slot = Slot(session: 1 << 63 | stream, firstSymbol: 0, symbols: symbols)
        let state = optics.state(sessionStart: optics.seconds(now))
        let isPair = configuration.sampleFormat == .xp16
        var samples = [Int16](repeating: 0, count: isPair ? 2 * symbols : symbols)
        var span = samples.mutableSpan
        if configuration.role == .alice {
            optics.link.transmit(slot, transmitter: state.transmitter, into: &span)
        } else if isPair {
            optics.link.receive(slot, state: state, into: &span)
        } else {
            // One quadrature all the time is not what the random basis gives, but a capture does not tell them apart.
            var basis = [UInt8](repeating: 0, count: (symbols + 7) / 8)
            var bits = basis.mutableSpan
            optics.link.receive(slot, state: state, into: &span, basis: &bits)
        }
        return samples
    }

    func readCapture(_ request: ReadCapture, _ asker: Asker) throws(Refusal) {
        guard let capture, capture.id == request.captureId else {
            throw Refusal(
                has(.missingCaptureAsCondition) ? .conditionNotMet : .outOfRange, field: 1,
                "capture \(request.captureId) is not in memory")
        }
        let total = capture.samples.count
        guard request.offset <= UInt32(total) else {
            throw Refusal(.outOfRange, field: 2, "ReadCapture.offset is \(request.offset), \(total) samples are there")
        }
        let first = has(.captureOffsetIgnored) ? 0 : Int(request.offset)
        let count = min(Int(request.count), total - first, Self.partBytes / 2)
        let part = Array(capture.samples[first..<first + count])
        let message = CaptureData(captureId: capture.id, offset: request.offset)
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(CaptureData.samples, part.span.bytes)
        }
    }

    func measureMoments(_ request: MeasureMoments, _ asker: Asker) throws(Refusal) {
        guard request.samples <= configuration.maximumMomentSamples else {
            throw Refusal(
                .tooLarge, field: 1, "\(request.samples) samples are more than \(configuration.maximumMomentSamples)")
        }
        try refuseWhileBusy()
        let isAtRest = !settings.shutterIsOpen && now >= settings.shutterMoved + shutterSettling
        guard isAtRest || has(.momentsAnytime) else {
            throw Refusal(.conditionNotMet, "the shutter is not closed and at rest")
        }
        let wantsLight = request.kind == .vacuum
        guard settings.localOscillatorIsOn == wantsLight || has(.momentsAnytime) else {
            throw Refusal(.conditionNotMet, wantsLight ? "the LO is off" : "the LO is on")
        }
        let duration = Double(request.samples) / configuration.maximumSymbolRate * 1e9
        measurement = LongRequest(
            task: .moments(request, start: deviceTime), asker: asker, due: now + UInt64(duration))
    }

    func runSelfTest(_ asker: Asker) throws(Refusal) {
        try refuseWhileBusy()
        measurement = LongRequest(
            task: .selfTest, asker: asker, due: now + UInt64(configuration.selfTestTime * 1e9))
    }

    func finishMeasurement() {
        guard let measurement, now >= measurement.due else { return }
        self.measurement = nil
        switch measurement.task {
        case .capture(let memory):
            capture = memory
            send(
                CaptureReady(
                    captureId: memory.id, sampleCount: UInt32(memory.samples.count), format: memory.format,
                    light: memory.light, localOscillatorPower: memory.localOscillatorPower,
                    sampleRate: memory.sampleRate, deviceTime: memory.deviceTime), measurement.asker)
        case .moments(let request, let start):
            send(moments(request, start: start), measurement.asker)
        case .selfTest: sendSelfTest(measurement.asker)
        }
    }

    /// Going dark ends a measurement.
    func cancelMeasurement() {
        guard let measurement else { return }
        self.measurement = nil
        refuse(measurement.asker, request: measurement.request, Refusal(.conditionNotMet, "the unit went dark"))
    }

    private func sendSelfTest(_ asker: Asker) {
        let rails: [(String, Double, Double, Double, String)] = [
            (TelemetryQuantity.rail3V3.name, has(.selfTestPassesAll) ? 2.9 : 3.3, 3.2, 3.4, "V"),
            (TelemetryQuantity.rail5V0.name, 5.02, 4.85, 5.15, "V"),
            (TelemetryQuantity.boardTemperature.name, 28, 0, 60, "degC"), ("converter_pattern", 0, 0, 0, "1"),
            ("memory", 0, 0, 0, "1"), ("entropy_source", 1, 1, 1, "1"),
        ]
        let items = rails.map { name, measured, low, high, unit in
            SelfTestResult.ItemsEntry(
                name: FixedText(name) ?? FixedText(),
                outcome: (low...high).contains(measured) || has(.selfTestPassesAll) ? .passed : .failed,
                measured: measured, low: low, high: high, unit: FixedText(unit) ?? FixedText())
        }
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(SelfTestResult(outcome: .passed))
            try builder.write(group: items)
        }
    }
}
