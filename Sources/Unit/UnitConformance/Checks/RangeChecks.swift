internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let rangeChecks = [
        ConformanceCheck(
            "ranges-of-settings", "A setting outside its range is OutOfRange, and its field is named", .requests,
            says: "range of each field in order: OutOfRange with fieldId; NaN is out of every range"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            for (request, field, what) in try await wrongSettings(unit) {
                try await expect(unit, trial, request, .outOfRange, field: field, what)
            }
        },
        ConformanceCheck(
            "ranges-of-a-session", "A session with a field outside its range is OutOfRange", .session,
            says: "StartStream: range of each field, fractions that are not the role's, frames that do not fit"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            for (request, field, what) in try await wrongSessions(unit) {
                try await expect(unit, trial, request, .outOfRange, field: field, what)
            }
            let state = try await unit.status().state
            trial.expect(state == .ready, "the unit is \(state) after sessions that were all refused")
        },
        ConformanceCheck(
            "error-order", "What is wrong is looked for in the document's order", .requests,
            says:
                "length, message, block, access, state, capability, range, purpose, the rest: the first finding is answered"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let session = RawRequest(try await unit.plan()).setting(Double.nan, at: 24)
            try await expect(unit, trial, session, .wrongState, "out of range in a wrong state")
            let foreign =
                unit.isAlice
                ? RawRequest(SetLocalOscillator(on: true, power: 0)).setting(Double.nan, at: 8)
                : RawRequest(SetSignalLaser(on: true)).setting(UInt8(7), at: 0)
            if !unit.can(unit.isAlice ? .localOscillator : .signalLaser) {
                try await expect(unit, trial, foreign, .notSupported, "out of range without the capability")
            }
            try await unit.greet(.observe)
            try await expect(unit, trial, session, .noControl, "out of range, in a wrong state, without control")
            var short = session
            short.block.removeLast(8)
            try await expect(unit, trial, short, .malformed, "too short, without control")
        },
        ConformanceCheck(
            "not-supported", "What a unit lacks it refuses by that name", .requests,
            says: "capability: NotSupported; fieldId is set for an option that is NotSupported"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let requests: [(RawRequest, CapabilitySet)] = [
                (RawRequest(SetSignalLaser(on: false)), .signalLaser),
                (RawRequest(SetLocalOscillator(on: false, power: 0)), .localOscillator),
                (RawRequest(SetShutter(position: .closed)), .shutter),
                (RawRequest(SetAttenuation(attenuation: 0)), .variableAttenuator),
                (RawRequest(SetModulatorBiasLock(enabled: true)), .modulatorBiasLock),
                (RawRequest(SetModulation(format: .off, variance: 0)), .modulation),
                (RawRequest(Capture(sampleCount: 2)), .capture),
                (RawRequest(MeasureMoments(samples: 10, kind: .dark)), .moments),
                (RawRequest(RunSelfTest()), .selfTest),
            ]
            for (request, capability) in requests where !unit.can(capability) {
                try await expect(unit, trial, request, .notSupported, "which HelloReply does not claim")
            }
            guard !unit.can(.disclosure) else { return }
            try await unit.bring(to: .ready)
            let session = RawRequest(try await unit.plan(options: .deliverDisclosed))
            try await expect(unit, trial, session, .notSupported, field: 3, "with option DeliverDisclosed")
        },
        ConformanceCheck(
            "count-limits", "Counts above a capability are TooLarge, and the field is named", .requests,
            says: "counts above a capability are TooLarge; fieldId is also set for a count that is TooLarge"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let data = try await unit.capabilities()
            if unit.can(.capture), data.maximumCaptureSamples < UInt32.max - 2 {
                let request = RawRequest(Capture(sampleCount: (data.maximumCaptureSamples + 2) & ~1))
                try await expect(unit, trial, request, .tooLarge, field: 1, "above maximumCaptureSamples")
            }
            if unit.can(.moments), data.maximumMomentSamples < UInt64.max {
                let request = RawRequest(MeasureMoments(samples: data.maximumMomentSamples + 1, kind: .dark))
                try await expect(unit, trial, request, .tooLarge, field: 1, "above maximumMomentSamples")
            }
        },
        ConformanceCheck(
            "confirmation", "Reset and Zeroise need their confirmation words", .connection,
            says: "confirmation words are required, else NotConfirmed; fieldId is set for a confirmation that is wrong"
        ) { unit, trial in
            let before = try await unit.status()
            let resets = [ResetKind.warm, .cold, .bootloader].map { RawRequest(Reset(kind: $0, confirmation: 0)) }
            for request in resets {
                try await expect(unit, trial, request, .notConfirmed, field: 3, "without the word")
            }
            if unit.can(.zeroise) {
                let request = RawRequest(Zeroise(confirmation: 0x5445_5352))
                try await expect(unit, trial, request, .notConfirmed, field: 1, "with another request's word")
            }
            try await unit.clock.sleep(for: .milliseconds(100))
            let after = try await unit.status()
            trial.expect(after.state == before.state && after.uptime > before.uptime, "the unit has restarted")
        },
        ConformanceCheck(
            "errors-change-nothing", "A refused request leaves everything as it was", .requests,
            says: "an error changes nothing"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let before = try await unit.optics()
            for (request, _, _) in try await wrongSettings(unit) { _ = try await unit.wire.exchange(request) }
            try await unit.clock.sleep(for: .milliseconds(50))
            let after = try await unit.optics()
            let state = try await unit.status().state
            trial.expect(state == .ready, "the unit is \(state) after refused settings")
            trial.expect(
                after.light == before.light && after.shutterSet == before.shutterSet
                    && after.modulation == before.modulation && after.biasLocked == before.biasLocked,
                "light, shutter, modulation or bias lock changed")
            trial.expect(
                after.attenuationSet == before.attenuationSet,
                "attenuation changed from \(before.attenuationSet) to \(after.attenuationSet) dB")
            let change = abs(after.localOscillatorPower - before.localOscillatorPower)
            trial.expect(
                change <= 0.05 * before.localOscillatorPower,
                "LO power changed from \(before.localOscillatorPower) to \(after.localOscillatorPower) W")
        },
    ]

    private typealias Wrong = (RawRequest, UInt16, String)

    private static func wrongSettings(_ unit: TestedUnit) async throws -> [Wrong] {
        let data = try await unit.capabilities()
        var wrong: [Wrong] = [
            (RawRequest(Reset(kind: .warm, confirmation: 0)).setting(UInt8(9), at: 0), 1, "kind 9")
        ]
        if unit.can(.signalLaser) {
            wrong.append((RawRequest(SetSignalLaser(on: true)).setting(UInt8(2), at: 0), 1, "on 2"))
        }
        if unit.can(.localOscillator) {
            let request = RawRequest(SetLocalOscillator(on: true, power: 0))
            wrong.append((request.setting(UInt8(2), at: 0), 1, "on 2"))
            for power in [Double.nan, -1e-6, 1.01 * data.maximumLocalOscillatorPower, .infinity] {
                wrong.append((request.setting(power, at: 8), 3, "power \(power)"))
            }
        }
        if unit.can(.shutter) {
            for position: UInt8 in [0, 3, 200] {
                let request = RawRequest(SetShutter(position: .closed)).setting(position, at: 0)
                wrong.append((request, 1, "position \(position)"))
            }
        }
        if unit.can(.variableAttenuator) {
            let request = RawRequest(SetAttenuation(attenuation: 0))
            for value in [Double.nan, data.minimumAttenuation - 0.5, data.maximumAttenuation + 0.5] {
                wrong.append((request.setting(value, at: 0), 1, "attenuation \(value)"))
            }
        }
        if unit.can(.modulatorBiasLock) {
            let request = RawRequest(SetModulatorBiasLock(enabled: true)).setting(UInt8(2), at: 0)
            wrong.append((request, 1, "enabled 2"))
        }
        if unit.can(.modulation) {
            let request = RawRequest(SetModulation(format: .gaussian, variance: 1))
            wrong.append((request.setting(UInt8(9), at: 0), 1, "format 9"))
            for value in [Double.nan, -0.1, 1.01 * data.maximumModulationVariance] {
                wrong.append((request.setting(value, at: 8), 3, "variance \(value)"))
            }
        }
        return wrong
    }

    private static func wrongSessions(_ unit: TestedUnit) async throws -> [Wrong] {
        let data = try await unit.capabilities()
        let plan = RawRequest(try await unit.plan(options: unit.can(.standalone) ? .standalone : []))
        var wrong: [Wrong] = [
            (plan.setting(UInt64(0), at: 0), 1, "session 0"), (plan.setting(UInt8(0), at: 8), 2, "purpose 0"),
            (plan.setting(UInt8(4), at: 8), 2, "purpose 4"), (plan.setting(UInt8(0x80), at: 9), 3, "options 0x80"),
        ]
        for bytes: UInt32 in [0, 512, 1_500, 131_072] {
            wrong.append((plan.setting(bytes, at: 12), 5, "frameBytes \(bytes)"))
        }
        for symbols: UInt32 in [0, 15, 32_769, 32_768] {
            let what = "symbolsPerFrame \(symbols) in frames of 1,024 bytes"
            wrong.append((plan.setting(UInt32(1_024), at: 12).setting(symbols, at: 16), 6, what))
        }
        for rate in [Double.nan, 0, 0.5 * data.minimumSymbolRate, 1.01 * data.maximumSymbolRate] {
            wrong.append((plan.setting(rate, at: 24), 8, "symbolRate \(rate)"))
        }
        for (offset, field, name) in [
            (32, UInt16(9), "vacuumFraction"), (40, 10, "trainingFraction"), (48, 11, "darkFraction"),
        ] {
            let isOwn = unit.isAlice == (field == 10)
            for value in [Double.nan, -0.01, 1.01] + (isOwn ? [] : [0.1]) {
                wrong.append((plan.setting(value, at: offset), field, "\(name) \(value)"))
            }
        }
        if !unit.isAlice {
            let sum = plan.setting(0.6, at: 32).setting(0.6, at: 48)
            wrong.append((sum, 11, "vacuumFraction and darkFraction 0.6"))
        }
        return wrong
    }
}
