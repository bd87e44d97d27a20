internal import SignalRecordings
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension RecordingMetadata {
    /// Adds what a unit says about itself. Values that no unit can have are left out.
    mutating func describe(_ identity: UnitIdentity, _ capabilities: Capabilities) {
        unitSerial = identity.serial
        emulated = identity.isEmulated
        if identity.role == .bob {
            detection = capabilities.detection == .homodyne ? "homodyne" : "heterodyne"
            let (value, sigma) = (capabilities.detectorEfficiency, capabilities.detectorEfficiencySigma)
            efficiency = value.isFinite && value > 0 ? value : nil
            efficiencySigma = sigma.isFinite && sigma >= 0 ? sigma : nil
            (clipLow, clipHigh) = (capabilities.clipLow, capabilities.clipHigh)
            filter = UInt32(capabilities.filterId)
        }
        hardware = "\(identity.model), firmware \(identity.firmware)" + (identity.isEmulated ? ", emulated" : "")
    }

    /// Adds what a unit says about a capture.
    mutating func describe(_ header: CaptureReady, of role: UnitRole) {
        symbolRate = header.sampleRate.isFinite && header.sampleRate > 0 ? header.sampleRate : nil
        if role == .bob, header.localOscillatorPower.isFinite { localOscillatorPower = header.localOscillatorPower }
    }
}
