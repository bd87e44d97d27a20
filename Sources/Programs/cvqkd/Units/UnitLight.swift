import UnitControl
import UnitProtocol
import UnitTransport

/// Brings a unit's light up and puts it out, for commands that work on one unit, and after another program's sudden end.
enum UnitLight {
    /// Ends whatever session runs, light off, until the unit says Dark. Throws if it stays lit or is out of service.
    static func putOut(_ unit: Unit) async throws(UnitError) {
        let status = try await unit.status()
        switch status.state {
        case .dark: return
        case .fault, .zeroised, .bootloader, .starting: throw outOfService(status)
        case .streaming:
            _ = try await unit.ask(
                StopStream(sessionId: status.sessionId), for: StreamStopped.self, deadline: .seconds(3), attempts: 2)
        default: break
        }
        if unit.identity.role == .alice {
            try await unit.set(SetSignalLaser(on: false))
        } else {
            try await unit.set(SetLocalOscillator(on: false, power: 0))
        }
        try await unit.waitUntil(.dark, within: .seconds(3))
    }

    /// Light on and stable, Bob's shutter open. A unit that is ready already stays as it is.
    static func bringUp(_ unit: Unit, modulationVariance: Double, within limit: Duration) async throws(UnitError) {
        let status = try await unit.status()
        guard status.state != .ready else { return }
        guard status.state == .dark || status.state == .warmingUp else { throw outOfService(status) }
        if unit.identity.role == .alice {
            try await unit.set(SetModulation(format: .gaussian, variance: modulationVariance))
            if unit.identity.capabilities.contains(.modulatorBiasLock) {
                try await unit.set(SetModulatorBiasLock(enabled: true))
            }
            try await unit.set(SetSignalLaser(on: true))
            try await unit.waitUntil(.ready, within: limit)
        } else {
            try await unit.set(SetLocalOscillator(on: true, power: 0))
            try await unit.waitUntil(.ready, within: limit)
            if unit.identity.capabilities.contains(.shutter) { try await unit.set(SetShutter(position: .open)) }
        }
    }

    /// Whether the unit says within two seconds that no light is on, in whatever state it is.
    static func isOut(_ unit: Unit) async -> Bool {
        for _ in 0..<20 {
            guard let status = try? await unit.status() else { return false }
            if status.light.isEmpty { return true }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    private static func outOfService(_ status: Status) -> UnitError {
        let text =
            switch status.state {
            case .fault:
                "fault \(status.faultCode) is latched: look at 'cvqkd telemetry', then switch the unit off and on"
            case .zeroised: "its secrets are erased: switch it off and on"
            case .starting: "it is starting: wait a moment"
            default: "another session runs on it: 'cvqkd link status' shows whose"
            }
        return .refused(request: "light", code: .wrongState, state: status.state, fieldID: 0, field: nil, text: text)
    }

    /// How long warm-up may take if nobody said: twice what the unit declares, and a little.
    static func warmUpLimit(_ capabilities: Capabilities...) -> Double {
        2 * (capabilities.map { $0.warmUpTime.isFinite ? $0.warmUpTime : 0 }.max() ?? 0) + 10
    }
}
