internal import LinkControl
internal import LinkMonitors
internal import QuadratureAnalysis
internal import RawKeyMessages
internal import SwiftProtobuf

/// LINK HEALTH, NOT SECURITY: what training of a session has shown so far, and which monitors are beyond a limit. It stands in
/// headers for people who look for a fault, and releases nothing.
struct LinkMoment: Sendable {
    var health: LinkHealth?
    var alarms: [String]

    /// As headers have it; nil if nothing is known yet.
    var message: Cvqkd_Rawkey_V1_Health? {
        guard health != nil || !alarms.isEmpty else { return nil }
        return .with { message in
            message.alarms = alarms
            guard let health else { return }
            let (transmittance, noise) = (health.transmittance, health.excessNoise)
            message.transmittance = .with {
                ($0.value, $0.sigma) = (transmittance.value.value, transmittance.sigma.value)
            }
            message.excessNoise = .with { ($0.value, $0.sigma) = (noise.value.value, noise.sigma.value) }
            // The signal goes with T, the noise hardly: SNR is known about as well as T is.
            let share = transmittance.sigma.value / abs(transmittance.value.value)
            message.signalToNoise = .with {
                ($0.value, $0.sigma) = (health.signalToNoise.value, abs(health.signalToNoise.value) * share)
            }
        }
    }
}
