public import UnitProtocol
public import UnitTransport

/// A unit as far as its light is concerned: one on this machine, or one behind another agent.
public protocol LitUnit: Sendable {
    /// Who it is.
    var identity: UnitIdentity { get }
    /// What whoever works with the unit waits and measures by.
    var clock: HostClock { get }
    /// The time without heartbeats that cost its light, if this program is the cause; nil otherwise.
    var pause: HostPause? { get async }
    /// Why the unit ended a session, as an error.
    func ending(_ cause: StateCause) async -> UnitError
    /// What it is doing.
    func status() async throws(UnitError) -> Status
    /// Settings and read-backs of the optics.
    func opticalState() async throws(UnitError) -> OpticalState
    /// All quantities that the unit measures.
    func telemetry() async throws(UnitError) -> [TelemetryReading]
    /// Changes a setting.
    func set<Request: UnitMessage>(_ request: Request) async throws(UnitError)
    /// Ends a session on the unit, whoever started it.
    func stopSession(_ session: UInt64) async throws(UnitError)
}

extension Unit: LitUnit {
    /// Ends a session on the unit, whoever started it: `stopStream` is for the one that this program reads.
    public func stopSession(_ session: UInt64) async throws(UnitError) {
        _ = try await askToStop(session)
    }
}

/// What a unit's light is to be good for.
public enum LightSetting: Sendable, Equatable {
    /// A session: Alice's laser, modulated with this V_A; Bob's local oscillator, and his shutter open.
    case signal(modulationVariance: Double)
    /// Vacuum: Bob's local oscillator, and his shutter closed. At Alice the same as `sourceOnly`.
    case vacuum
    /// Laser or local oscillator, and nothing else: modulation and shutter stay as they are.
    case sourceOnly

    /// V_A where nobody asked for another: the usual working point of the field. A unit that cannot do it gets its maximum.
    public static let defaultModulationVariance = 5.0
}

extension LitUnit {
    /// The machine's clock.
    public var clock: HostClock { .monotonic }

    /// Of a unit whose heartbeats another program sends nothing is known here.
    public var pause: HostPause? { get async { nil } }

    /// What the unit says.
    public func ending(_ cause: StateCause) async -> UnitError { .sessionEnded(cause: cause) }

    // MARK: Light up

    /// Light on and stable, and what belongs to `setting`. Returns how long it took; `progress` is told how long it takes.
    ///
    /// Throws `.outOfService` if the unit is in no state to be lit, `.notReached` after `limit`, `.lightWentOut` if it goes
    /// dark meanwhile, `.cancelled`. The light is left as it is then.
    @discardableResult
    public func lightUp(
        _ setting: LightSetting, within limit: Duration, progress: (Duration) -> Void = { _ in }
    ) async throws(UnitError) -> Duration {
        let status = try await status()
        guard [.dark, .warmingUp, .ready].contains(status.state) else { throw UnitError(unlit: status) }
        let began = clock.now
        try await switchLightOn(setting)
        let taken = try await waitUntilLit(since: began, within: limit, progress)
        try await setShutter(setting)
        return taken
    }

    /// The requests that switch the light on; the unit warms up then, and the shutter is not touched yet.
    public func switchLightOn(_ setting: LightSetting) async throws(UnitError) {
        guard identity.role == .alice else { return try await set(SetLocalOscillator(on: true, power: 0)) }
        if case .signal(let variance) = setting {
            try await set(SetModulation(format: .gaussian, variance: variance))
            if identity.capabilities.contains(.modulatorBiasLock) {
                try await set(SetModulatorBiasLock(enabled: true))
            }
        }
        try await set(SetSignalLaser(on: true))
    }

    /// Looks every 50 ms, so that a cancellation is quick and a unit that goes dark meanwhile is noticed.
    private func waitUntilLit(
        since began: HostClock.Instant, within limit: Duration, _ progress: (Duration) -> Void
    ) async throws(UnitError) -> Duration {
        while true {
            let state = try await status().state
            let taken = clock.now - began
            switch state {
            case .ready: return taken
            case .warmingUp where taken < limit: progress(taken)
            case .warmingUp: throw .notReached(state: .ready, milliseconds: limit.wholeMilliseconds)
            default: throw .lightWentOut(state: state)
            }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { throw .cancelled }
        }
    }

    /// Bob's shutter as `setting` wants it.
    public func setShutter(_ setting: LightSetting) async throws(UnitError) {
        guard identity.role == .bob, identity.capabilities.contains(.shutter) else { return }
        switch setting {
        case .signal: try await set(SetShutter(position: .open))
        case .vacuum: try await set(SetShutter(position: .closed))
        case .sourceOnly: break
        }
    }

    // MARK: Light down

    /// Ends whatever session runs, light off, until the unit says Dark. A unit that is dark already is left alone.
    ///
    /// Throws `.outOfService` if no command reaches its light, `.notReached` if it does not become dark.
    public func lightDown() async throws(UnitError) {
        let status = try await status()
        switch status.state {
        case .dark: return
        case .fault, .zeroised, .bootloader, .starting: throw UnitError(unlit: status)
        case .streaming: try await stopSession(status.sessionId)
        default: break
        }
        try await switchLightOffPatiently()
        for _ in 0..<30 {
            if try await self.status().state == .dark { return }
            do { try await clock.sleep(for: .milliseconds(100)) } catch { throw .cancelled }
        }
        throw .notReached(state: .dark, milliseconds: 3000)
    }

    /// A capture that nobody waits for any more takes at most so long, and a sum of samples should.
    private static var longestMeasurement: Duration { .seconds(62) }

    /// A measurement that nobody waits for any more runs to its end on the unit, which refuses changes meanwhile: asks
    /// again, because heartbeats go on and would keep the light on.
    private func switchLightOffPatiently() async throws(UnitError) {
        let limit = clock.now + Self.longestMeasurement
        while true {
            do throws(UnitError) { return try await switchLightOff() } catch {
                guard case .refused(_, .inProgress, _, _, _, _) = error, clock.now < limit else { throw error }
            }
            do { try await clock.sleep(for: .milliseconds(100)) } catch { throw .cancelled }
        }
    }

    /// The requests that switch the light off. A shutter that fails does not keep the light on: the first failure is thrown
    /// when all were sent.
    public func switchLightOff() async throws(UnitError) {
        guard identity.role == .bob else { return try await set(SetSignalLaser(on: false)) }
        var failure: UnitError?
        if identity.capabilities.contains(.shutter) {
            do throws(UnitError) { try await set(SetShutter(position: .closed)) } catch { failure = error }
        }
        try await set(SetLocalOscillator(on: false, power: 0))
        if let failure { throw failure }
    }

    /// Does something, then light down, whatever happened and whether or not the task was cancelled. A unit that does not
    /// go dark on command does so by its heartbeat time-out.
    public func lightDownAfter<Value, Failure: Error>(
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
        await Task(executorPreference: clock.executor) { _ = try? await lightDown() }.value
        return try result.get()
    }

    /// Whether the unit says within two seconds that no light is on, in whatever state it is.
    public func confirmsDark() async -> Bool {
        for _ in 0..<20 {
            guard let status = try? await status() else { return false }
            if status.light.isEmpty { return true }
            try? await clock.sleep(for: .milliseconds(100))
        }
        return false
    }
}

extension UnitError {
    fileprivate init(unlit status: Status) {
        self = .outOfService(state: status.state, faultCode: status.faultCode)
    }
}
