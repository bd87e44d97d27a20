internal import LinkControl
internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// The monitors of a pair's calibration: the rules and the diagnosis of a session, on the windows of its curves.
struct PairMonitoring: Sendable {
    private let session: LinkSession
    private let alice: any CalibratedEnd
    private let bob: any CalibratedEnd
    private let limits: MonitorLimits
    private let sensors = Guarded<[Sensor: Double]>([:])
    private let strongest = Guarded<LinkDiagnosis?>(nil)

    init(_ session: LinkSession, alice: any CalibratedEnd, bob: any CalibratedEnd, secondsPerWindow: Double) {
        (self.session, self.alice, self.bob) = (session, alice, bob)
        limits = MonitorLimits(blockSeconds: max(0.01, secondsPerWindow))
    }

    /// What the windows that were raised point to: of several, the one with the strongest symptom. Nil if none was raised.
    var diagnosis: LinkDiagnosis? { strongest.withLock { $0 } }

    /// Asks both units for their telemetry once a second while `body` goes on: a slow line does not hold up the session.
    func during<Value, Failure: Error>(_ body: () async throws(Failure) -> Value) async throws(Failure) -> Value {
        let asking = Task(executorPreference: bob.clock.executor) {
            while !Task.isCancelled {
                let read = await MonitorSensors.read(alice: alice, bob: bob)
                sensors.withLock { $0 = read.values }
                try? await bob.clock.sleep(for: MonitorSensors.interval)
            }
        }
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
        asking.cancel()
        await asking.value
        return try result.get()
    }

    /// Judges what has come since the last call; nil while it has too few vacuum samples.
    func judgeWindow() async -> WindowVerdict? {
        // Units that went dark because this program slept show nothing of the link.
        guard await alice.pause == nil, await bob.pause == nil else { return nil }
        let now = sensors.withLock { $0 }
        guard let window = await session.judgeWindow(sensors: now, limits: limits, leastVacuum: 1_000) else {
            return nil
        }
        // A reading of the shutter counts once.
        sensors.withLock { $0[.shutterClosed] = nil }
        if let found = window.diagnosis {
            strongest.withLock { known in
                if found.strongestTimes > known?.strongestTimes ?? 0 { known = found }
            }
        }
        return window
    }
}

extension LinkDiagnosis {
    /// How many times its limit the strongest symptom is.
    fileprivate var strongestTimes: Double { symptoms.first.flatMap { sizes[$0]?.times } ?? 1 }
}

extension PairPlan {
    /// What the session is compared with, as far as the plan knows it: the loss of the fibre. Nil if it is not known.
    func baseline(_ bob: Capabilities, modulationVariance: Double) -> LinkBaseline? {
        guard let commissionedLoss else { return nil }
        // T̂ of the session takes η as the unit states it.
        let factor = KnownEfficiency(factoryEfficiency, bob).value / bob.detectorEfficiency
        let transmittance = Transmittance(loss: Decibels(commissionedLoss)).value * factor
        let sensitivity = LinkSensitivity(
            detection: bob.detection == .homodyne ? .homodyne : .heterodyne, efficiency: bob.detectorEfficiency,
            transmittance: Transmittance(transmittance),
            electronicNoise: ShotNoiseUnits(PairForecast.usualElectronicNoise),
            modulationVariance: ShotNoiseUnits(modulationVariance))
        return LinkBaseline(
            sensitivity: sensitivity, vacuum: ReceiverMoments(), dark: ReceiverMoments(), localOscillatorPower: nil,
            transmittance: Estimate(
                Transmittance(transmittance), sigma: Transmittance(Self.relativeSigmaOfLoss * transmittance),
                samples: 0))
    }

    /// 0.05 dB: what a meter or an OTDR is good for.
    private static let relativeSigmaOfLoss = 0.0115
}
