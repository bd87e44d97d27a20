internal import UnitProtocol

extension UnitFirmware {
    func setSignalLaser(_ request: SetSignalLaser, _ asker: Asker) throws(Refusal) {
        try refuseWhileMeasuring()
        switchLight(request.on, \.signalLaserIsOn)
        acknowledge(SetSignalLaser.templateID, asker)
    }

    func setLocalOscillator(_ request: SetLocalOscillator, _ asker: Asker) throws(Refusal) {
        try refuseWhileMeasuring()
        settings.localOscillatorPower =
            request.power == 0 || has(.powerIgnored) ? configuration.nominalLocalOscillatorPower : request.power
        switchLight(request.on, \.localOscillatorIsOn)
        acknowledge(SetLocalOscillator.templateID, asker)
    }

    /// A measurement says which light it was made with; the light stays until it is done.
    private func refuseWhileMeasuring() throws(Refusal) {
        guard !has(.settingsWhileMeasuring) else { return }
        if let measurement { throw Refusal(.inProgress, "\(measurement.activity) runs") }
    }

    private func switchLight(_ isOn: Bool, _ light: WritableKeyPath<OpticalSettings, Bool>) {
        let wasLit = settings.isLit
        settings[keyPath: light] = isOn
        if !wasLit && settings.isLit { perform(machine.handle(.firstLight)) }
        if wasLit && !settings.isLit { perform(machine.handle(.lastLightOff)) }
        applyOptics()
    }

    func setShutter(_ request: SetShutter, _ asker: Asker) throws(Refusal) {
        try refuseWhileMeasuring()
        let isOpen = request.position == .open
        if isOpen && machine.state == .dark && !has(.shutterOpensInDark) {
            throw Refusal(.conditionNotMet, "the shutter opens only when light is on")
        }
        if isOpen != settings.shutterIsOpen {
            settings.shutterIsOpen = isOpen
            settings.shutterMoved = now
        }
        applyOptics()
        acknowledge(SetShutter.templateID, asker)
    }

    func setAttenuation(_ request: SetAttenuation, _ asker: Asker) throws(Refusal) {
        try refuseWhileMeasuring()
        settings.attenuation = request.attenuation
        applyOptics()
        acknowledge(SetAttenuation.templateID, asker)
    }

    func setBiasLock(_ request: SetModulatorBiasLock, _ asker: Asker) throws(Refusal) {
        try refuseWhileMeasuring()
        settings.biasLockIsOn = request.enabled
        acknowledge(SetModulatorBiasLock.templateID, asker)
    }

    func setModulation(_ request: SetModulation, _ asker: Asker) throws(Refusal) {
        try refuseWhileMeasuring()
        settings.modulation = has(.modulationStaysOn) ? .gaussian : request.format
        settings.variance = request.variance
        applyOptics()
        acknowledge(SetModulation.templateID, asker)
    }

    private var varianceInForce: Double {
        if has(.varianceNeedsLight) && !settings.signalLaserIsOn { return 0 }
        return has(.attenuatorNotCounted) ? settings.variance : settings.varianceInForce
    }

    /// The shutter's settling time, ns.
    var shutterSettling: UInt64 { UInt64(configuration.shutterSettling * 1e9) }

    func sendOpticalState(_ asker: Asker) {
        let isAlice = configuration.role == .alice
        // Alice has no shutter: what a host sees is whether signal can leave.
        let signal = settings.signalLaserIsOn && !has(.laserNotReported) ? ShutterPosition.open : .closed
        send(
            OpticalState(
                light: settings.light, shutterSet: isAlice ? signal : settings.shutterIsOpen ? .open : .closed,
                shutterReadBack: isAlice ? signal : settings.shutterReadBack(now: now, settling: shutterSettling),
                biasLocked: isAlice && settings.biasLockIsOn, modulation: isAlice ? settings.modulation : .off,
                localOscillatorPower: has(.opticalPowerStays)
                    ? configuration.nominalLocalOscillatorPower : localOscillatorPower,
                signalPower: isAlice ? monitorPower : 0,
                attenuationSet: settings.attenuation,
                attenuationReadBack: isAlice ? attenuationReadBack : 0,
                modulationVariance: isAlice ? varianceInForce : 0),
            asker)
    }
}
