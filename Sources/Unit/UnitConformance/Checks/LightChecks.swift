internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    static let lightChecks = [
        ConformanceCheck(
            "light-up", "Light on leads from Dark through WarmingUp to Ready, announced", .states,
            says: "light on: WarmingUp until stable, then Ready (StateChanged, cause WarmUpDone)"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let start = unit.wire.mark
            let begun = unit.clock.now
            let reply = try await unit.receive(unit.light(true)).block(Acknowledge.self)
            trial.expect(reply.state == .warmingUp, "Acknowledge says \(reply.state) after light on")
            let limit = try await unit.warmUpLimit()
            let ready = try await unit.reaches(.ready, within: .seconds(limit))
            try trial.require(ready, "the unit is not Ready \(limit) s after light on")
            trial.measure("warm_up_time", (unit.clock.now - begun).inSeconds, "s", ConformanceLimits(high: limit))
            let changes = try await changes(unit, since: start, until: .ready)
            trial.expect(
                changes.map { [$0.before, $0.after] } == [[.dark, .warmingUp], [.warmingUp, .ready]],
                "the announced changes are \(words(changes)), not Dark → WarmingUp → Ready")
            trial.expect(
                changes.map(\.cause) == [.command, .warmUpDone],
                "their causes are \(changes.map { "\($0.cause)" }.joined(separator: ", "))")
            let light = try await unit.status().light
            trial.expect(
                light.contains(unit.isAlice ? .signalLaser : .localOscillator), "Status says that no light is on")
        },
        ConformanceCheck(
            "light-off", "Switching the last light off leads to Dark, with the shutter closed", .states,
            says: "Dark: signal laser and LO off, shutter closed; also reached when a host switches the last light off"
        ) { unit, trial in
            try await unit.bring(to: .ready)
            if unit.can(.shutter) { try await unit.acknowledged(SetShutter(position: .open)) }
            try await unit.clock.sleep(for: LightReadBack.pace)
            let lit = try await LightReadBack.read(unit)
            let start = unit.wire.mark
            let reply = try await unit.receive(unit.light(false)).block(Acknowledge.self)
            trial.expect(reply.state == .dark, "Acknowledge says \(reply.state) after light off")
            let changes = try await changes(unit, since: start, until: .dark)
            trial.expect(
                changes.last?.after == .dark && changes.last?.cause == .command,
                "the announced changes are \(words(changes)), not one to Dark by Command")
            try await unit.clock.sleep(for: .milliseconds(100))
            let state = try await unit.optics()
            trial.expect(state.light.isEmpty, "light is \(state.light.rawValue) in state Dark")
            trial.expect(state.shutterSet == .closed, "the shutter is set \(state.shutterSet) in state Dark")
            try await lit.expectDark(unit, trial)
        },
        ConformanceCheck(
            "event-after-reply", "A change of state is announced after the reply of the request that caused it",
            .states,
            says: "each change is announced by StateChanged after the reply of the request that caused it"
        ) { unit, trial in
            try await unit.bring(to: .dark)
            for isOn in [true, false] {
                let start = unit.wire.mark
                let reply = try await unit.receive(unit.light(isOn))
                let wanted: UnitState = isOn ? .warmingUp : .dark
                let event = try await unit.wire.first(since: start, within: .milliseconds(500)) {
                    stateChange($0)?.after == wanted
                }
                guard let event else { throw Violation("no StateChanged to \(wanted) came") }
                trial.expect(event.order > reply.order, "StateChanged to \(wanted) came before the reply")
            }
        },
        ConformanceCheck(
            "shutter", "The shutter opens in light only, and its read-back follows", .states,
            says: "opens on SetShutter in WarmingUp or Ready; in Dark, Open gets ConditionNotMet", needs: .bob,
            capabilities: .shutter
        ) { unit, trial in
            try await unit.bring(to: .dark)
            try await expect(
                unit, trial, RawRequest(SetShutter(position: .open)), .conditionNotMet, "in state Dark")
            try await unit.bring(to: .ready)
            let settling = try await unit.capabilities().shutterSettling
            for position in [ShutterPosition.open, .closed] {
                try await unit.acknowledged(SetShutter(position: position))
                try await unit.clock.sleep(for: .seconds(settling + 0.1))
                let state = try await unit.optics()
                trial.expect(state.shutterSet == position, "set \(position), shutterSet is \(state.shutterSet)")
                trial.expect(
                    state.shutterReadBack == position,
                    "\(state.shutterReadBack) is read back 0.1 s after \(position) should have settled")
                trial.expect(
                    state.light.contains(.shutterOpen) == (position == .open), "light does not show the shutter")
            }
        },
        ConformanceCheck(
            "no-shutter-report", "A unit without a shutter reports Open while its laser is on, else Closed", .states,
            says: "a unit without a shutter reports Open while its laser is on, else Closed", needs: .alice
        ) { unit, trial in
            guard !unit.can(.shutter) else { throw Inapplicable("the unit has a shutter") }
            for (state, position) in [(UnitState.dark, ShutterPosition.closed), (.ready, .open)] {
                try await unit.bring(to: state)
                let seen = try await unit.optics().shutterReadBack
                trial.expect(seen == position, "\(seen) is read back in state \(state)")
            }
        },
        ConformanceCheck(
            "attenuator", "The attenuator is set as asked, and V_A follows it", .session,
            says: "SetModulation.variance is V_A at the lowest attenuation; the attenuator changes the V_A in force",
            needs: .alice, capabilities: [.variableAttenuator, .modulation]
        ) { unit, trial in
            let range = try await unit.capabilities()
            let (low, high) = (range.minimumAttenuation, range.maximumAttenuation)
            let variance = min(2, range.maximumModulationVariance)
            try await unit.acknowledged(SetAttenuation(attenuation: high))
            try await unit.acknowledged(SetModulation(format: .gaussian, variance: variance))
            try trial.require(
                low >= 0 && low <= high && high <= 200, "an attenuator of \(low) to \(high) dB")
            for attenuation in [low, min(high, low + 10)] {
                try await unit.acknowledged(SetAttenuation(attenuation: attenuation))
                let state = try await unit.optics()
                trial.expect(
                    state.attenuationSet == attenuation, "set \(attenuation) dB, it is \(state.attenuationSet)")
                trial.measure(
                    "attenuation_error_at_\(Int(attenuation))_dB", state.attenuationReadBack - attenuation, "dB",
                    ConformanceLimits(low: -1, high: 1, marginalLow: -0.5, marginalHigh: 0.5))
                let expected = variance * Decibel.factor(-(attenuation - low))
                trial.measure(
                    "variance_in_force_per_expected_at_\(Int(attenuation))_dB", state.modulationVariance / expected,
                    "1",
                    ConformanceLimits(low: 0.9, high: 1.1))
            }
            try await unit.acknowledged(SetAttenuation(attenuation: low))
        },
        ConformanceCheck(
            "modulation", "V_A in force is what was asked for, with and without light, and 0 without modulation",
            .session,
            says:
                "SetModulation.variance is V_A with the attenuator at its lowest setting, whether the laser is on or not",
            needs: .alice, capabilities: .modulation
        ) { unit, trial in
            try await unit.bring(to: .dark)
            let range = try await unit.capabilities()
            if unit.can(.variableAttenuator) {
                try await unit.acknowledged(SetAttenuation(attenuation: range.minimumAttenuation))
            }
            let variance = min(4, range.maximumModulationVariance)
            try await unit.acknowledged(SetModulation(format: .gaussian, variance: variance))
            let state = try await unit.optics()
            trial.expect(state.modulation == .gaussian, "the modulation is \(state.modulation)")
            trial.measure(
                "variance_in_force", state.modulationVariance, "SNU",
                ConformanceLimits(low: 0.9 * variance, high: 1.1 * variance))
            try await unit.bring(to: .ready)
            let lit = try await unit.optics().modulationVariance
            trial.measure(
                "variance_in_force_in_light", lit / state.modulationVariance, "1",
                ConformanceLimits(low: 0.95, high: 1.05))
            try await unit.acknowledged(SetModulation(format: .off, variance: variance))
            let off = try await unit.optics()
            trial.expect(
                off.modulation == .off && off.modulationVariance == 0,
                "without modulation, V_A in force is \(off.modulationVariance)")
            try await unit.acknowledged(SetModulation(format: .gaussian, variance: variance))
        },
        ConformanceCheck(
            "local-oscillator-power", "The LO's power is set as asked without leaving Ready", .states,
            says: "0 means nominal; a change of LO power while it is on does not leave Ready", needs: .bob,
            capabilities: .localOscillator
        ) { unit, trial in
            try await unit.bring(to: .ready)
            let nominal = try await unit.capabilities().nominalLocalOscillatorPower
            for (name, asked, wanted) in [("reduced", 0.7 * nominal, 0.7 * nominal), ("nominal", 0, nominal)] {
                let reply = try await unit.ask(SetLocalOscillator(on: true, power: asked), for: Acknowledge.self)
                trial.expect(reply.state == .ready, "the state is \(reply.state) after a change of power")
                try await unit.clock.sleep(for: .milliseconds(100))
                let seen = try await unit.optics().localOscillatorPower
                trial.measure(
                    "local_oscillator_power_\(name)", seen / wanted, "1", ConformanceLimits(low: 0.9, high: 1.1))
            }
        },
    ]

    /// Announced changes since a mark, up to one to `state` or for half a second.
    static func changes(
        _ unit: TestedUnit, since start: Int, until state: UnitState, within limit: Duration = .milliseconds(500)
    ) async throws -> [StateChanged] {
        _ = try await unit.wire.first(since: start, within: limit) { stateChange($0)?.after == state }
        return unit.wire.arrivals(since: start).compactMap(stateChange)
    }

    static func words(_ changes: [StateChanged]) -> String {
        changes.isEmpty ? "none" : changes.map { "\($0.before) → \($0.after)" }.joined(separator: ", ")
    }
}
