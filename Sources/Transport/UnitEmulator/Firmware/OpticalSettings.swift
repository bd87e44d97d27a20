internal import Glibc
internal import UnitProtocol

/// What a unit's optics have been told, and what they read back.
struct OpticalSettings {
    var signalLaserIsOn = false
    var localOscillatorIsOn = false
    /// Set power at Bob's detector, W.
    var localOscillatorPower = 0.0
    var shutterIsOpen = false
    /// When the shutter was last moved, ns of the clock.
    var shutterMoved: UInt64 = 0
    var attenuation = 0.0
    var biasLockIsOn = true
    var modulation = ModulationFormat.gaussian
    /// V_A that was asked for, SNU.
    var variance: Double
    /// When the present light was switched on, ns of the clock.
    var lightSince: UInt64 = 0

    var light: LightSet {
        var light: LightSet = []
        if signalLaserIsOn { light.insert(.signalLaser) }
        if localOscillatorIsOn { light.insert(.localOscillator) }
        if shutterIsOpen { light.insert(.shutterOpen) }
        return light
    }

    var isLit: Bool { signalLaserIsOn || localOscillatorIsOn }

    /// V_A at the output connector, SNU: the attenuator stands behind the modulator.
    var varianceInForce: Double {
        modulation == .gaussian ? variance * pow(10, -attenuation / 10) : 0
    }

    /// The transmitter as the physics wants it: V_A as attenuation below the model's.
    func transmitter(_ model: PairModel) -> PhysicsState.Transmitter {
        let isModulating = modulation == .gaussian && variance > 0
        let below = isModulating ? 10 * log10(model.modulationVariance / variance) : 0
        return PhysicsState.Transmitter(
            isLaserOn: signalLaserIsOn, isModulating: isModulating,
            attenuation: below + model.attenuatorScale * attenuation)
    }

    /// Quadrature of one sample step at the output connector, √SNU.
    func sampleScale(_ model: PairModel) -> Double {
        guard variance > 0 else { return model.sampleScale }
        return model.sampleScale * (variance / model.modulationVariance).squareRoot() * pow(10, -attenuation / 20)
    }

    /// The shutter's read-back: it rests before it has settled to its full extinction.
    func shutterReadBack(now: UInt64, settling: UInt64) -> ShutterPosition {
        if now < shutterMoved + settling / 2 { return .moving }
        return shutterIsOpen ? .open : .closed
    }

    /// Light off, shutter closed.
    mutating func goDark(now: UInt64) {
        signalLaserIsOn = false
        localOscillatorIsOn = false
        if shutterIsOpen {
            shutterIsOpen = false
            shutterMoved = now
        }
    }
}
