internal import UnitProtocol

/// A request that changes nothing: where its state allows it, something that is looked for later stops it.
private struct Probe {
    let request: RawRequest
    /// States of the table in section 4 in which it is allowed.
    let states: Set<UnitState>
    var capability: CapabilitySet = []
    /// What it gets where it is allowed.
    let otherwise: ErrorCode
}

extension ConformanceSuite {
    static let gatingChecks = [
        gating("gating-dark", .dark), gating("gating-warming-up", .warmingUp), gating("gating-ready", .ready),
        gating("gating-streaming", .streaming),
    ]

    private static let settings: Set<UnitState> = [.dark, .warmingUp, .ready]

    private static let probes: [Probe] = [
        Probe(
            request: RawRequest(SetSignalLaser(on: true)).setting(UInt8(2), at: 0), states: settings,
            capability: .signalLaser, otherwise: .outOfRange),
        Probe(
            request: RawRequest(SetLocalOscillator(on: true, power: 0)).setting(Double.nan, at: 8), states: settings,
            capability: .localOscillator, otherwise: .outOfRange),
        Probe(
            request: RawRequest(SetShutter(position: .closed)).setting(UInt8(9), at: 0), states: settings,
            capability: .shutter, otherwise: .outOfRange),
        Probe(
            request: RawRequest(SetAttenuation(attenuation: 0)).setting(Double.nan, at: 0), states: settings,
            capability: .variableAttenuator, otherwise: .outOfRange),
        Probe(
            request: RawRequest(SetModulatorBiasLock(enabled: true)).setting(UInt8(2), at: 0), states: settings,
            capability: .modulatorBiasLock, otherwise: .outOfRange),
        Probe(
            request: RawRequest(SetModulation(format: .gaussian, variance: 1)).setting(Double.nan, at: 8),
            states: settings, capability: .modulation, otherwise: .outOfRange),
        Probe(request: RawRequest(nothingStream), states: [.ready], otherwise: .outOfRange),
        Probe(
            request: RawRequest(Capture(sampleCount: 0)), states: [.dark, .ready, .streaming], capability: .capture,
            otherwise: .outOfRange),
        Probe(
            request: RawRequest(MeasureMoments(samples: 0, kind: .vacuum)), states: [.dark, .ready],
            capability: .moments, otherwise: .outOfRange),
        Probe(
            request: RawRequest(Zeroise(confirmation: 1)),
            states: [.dark, .warmingUp, .ready, .streaming, .fault, .zeroised], capability: .zeroise,
            otherwise: .notConfirmed),
        Probe(
            request: RawRequest(Reset(kind: .warm, confirmation: 1)), states: Set(UnitState.known),
            otherwise: .notConfirmed),
        Probe(request: RawRequest(GetBootloaderIdentity()), states: [.bootloader], otherwise: .unknownMessage),
    ]

    /// StartStream without a session.
    private static let nothingStream = StartStream(
        sessionId: 0, purpose: .test, options: [], frameBytes: 1_024, symbolsPerFrame: 64, symbolRate: 1e4,
        vacuumFraction: 0, trainingFraction: 0, darkFraction: 0, symbolLimit: 0)

    private static func gating(_ id: String, _ state: UnitState) -> ConformanceCheck {
        ConformanceCheck(
            id, "In state \(state), each request is allowed or refused as the table says", .requests,
            says: "the table of requests and the states in which each is allowed; otherwise WrongState"
        ) { unit, trial in
            let session = try await enter(state, unit)
            for probe in probes {
                let found = trial.findings.count
                try await tryOut(probe, in: state, unit, trial)
                // The state passes by itself: what was asked behind its end says nothing.
                if state == .warmingUp, trial.findings.count > found, try await unit.status().state != state {
                    trial.takeBack(to: found)
                    throw Inapplicable("warm-up was over before all requests were tried")
                }
            }
            for request in everyGet {
                let answer = try await unit.wire.exchange(request)
                guard case .reply = answer else {
                    trial.expect(false, "\(request.name) in \(state) got \(answer.description)")
                    continue
                }
            }
            if state != .dark && unit.can(.selfTest) {
                try await expect(unit, trial, RawRequest(RunSelfTest()), .wrongState, "in state \(state)")
            }
            if state == .streaming {
                let other = RawRequest(StopStream(sessionId: 1))
                try await expect(unit, trial, other, .sessionUnknown, "of another session")
            }
            let after = try await unit.status().state
            if let session { _ = try await unit.finish(session) }
            guard after == state else {
                if state == .warmingUp { throw Inapplicable("warm-up was over before all requests were tried") }
                throw Violation("the unit is \(after) after requests that change nothing")
            }
        }
    }

    private static func enter(_ state: UnitState, _ unit: TestedUnit) async throws -> RunningSession? {
        switch state {
        case .warmingUp:
            try await unit.bring(to: .dark)
            _ = try await unit.receive(unit.light(true))
        case .streaming:
            guard unit.can(.standalone) else { throw Inapplicable("the unit cannot stream without its peer") }
            try await unit.bring(to: .ready)
            return try await unit.start(try await unit.plan())
        default: try await unit.bring(to: state)
        }
        return nil
    }

    private static func tryOut(_ probe: Probe, in state: UnitState, _ unit: TestedUnit, _ trial: Trial) async throws {
        let code: ErrorCode =
            !probe.states.contains(state)
            ? .wrongState : unit.can(probe.capability) ? probe.otherwise : .notSupported
        try await expect(unit, trial, probe.request, code, "in state \(state)")
    }
}
