internal import Glibc
internal import UnitProtocol

extension UnitFirmware {
    func sampleTelemetry() {
        guard machine.state != .bootloader, machine.state != .starting else { return }
        guard now >= telemetry.sampled + TelemetryBoard.interval || telemetry.sampled == 0 else { return }
        let crossings = telemetry.sample(now: now, measured)
        for crossing in crossings {
            let event = RangeEvent(
                id: crossing.quantity.rawValue, before: crossing.before, after: crossing.after, value: crossing.value,
                deviceTime: deviceTime)
            emit { (builder) throws(MessageFault) in try builder.write(event) }
        }
    }

    /// What the sensor of this quantity shows.
    private func measured(_ quantity: TelemetryQuantity) -> Double {
        if faults.missingSensor == quantity.rawValue { return .nan }
        let seconds = Double(deviceTime) * 1e-9
        // The board warms up by 8 K after a start; everything stabilised stays where it is.
        let board = 33 - 8 * exp(-seconds / 300)
        switch quantity {
        case .laserTemperature, .detectorTemperature: return faults.temperature ?? 25 + 0.02 * sin(seconds / 97)
        case .laserTECCurrent, .modulatorTECCurrent, .detectorTECCurrent: return 0.12 + 0.01 * sin(seconds / 61)
        case .modulatorTemperature: return 35
        case .boardTemperature: return board
        case .laserBiasCurrent: return settings.isLit ? 0.12 : 0
        case .laserPower: return settings.signalLaserIsOn ? 0.01 : 0
        case .laserFrequency: return 193.4e12
        case .beatFrequency: return settings.localOscillatorIsOn ? 1.2e5 * sin(seconds / 31) : .nan
        case .localOscillatorPower:
            return has(.telemetryPowerStays) ? configuration.nominalLocalOscillatorPower : localOscillatorPower
        case .modulatorBiasError: return unlockedBias + biasDrift
        case .polarisationLock: return settings.localOscillatorIsOn && machine.state != .warmingUp ? 1 : 0
        case .attenuationSet: return settings.attenuation
        case .attenuationReadBack: return attenuationReadBack
        case .shutterReadBack:
            let isClosed =
                settings.shutterReadBack(now: now, settling: shutterSettling) == .closed && !isShutterStuck
            return isClosed != has(.shutterTelemetryInverted) ? 1 : 0
        case .monitorPower: return monitorPower
        case .inputWatchdogPower: return 2e-9 + inputPower
        case .pilotSNR: return settings.localOscillatorIsOn ? 32 : .nan
        case .residualPhaseVariance: return settings.localOscillatorIsOn ? optics.model.phaseVariance : .nan
        case .syncReceivedPower: return 4e-5 * syncTransmission
        case .clockOffset: return 3e-11 * sin(seconds / 13)
        case .clockHoldover: return faults.peerIsLost ? 1 : 0
        case .entropyHealth: return entropyHealth
        case .rail3V3: return 3.3
        case .rail5V0: return 5.02
        case .uptime: return has(.uptimeInMilliseconds) ? 1_000 * seconds : seconds
        case .bootCount: return Double(bootCount)
        case .tamper: return 0
        case .boardHumidity: return 35 - (board - 25)
        case .detectorPhotocurrent: return photocurrent
        }
    }

    /// Measured LO power at Bob's detector, W.
    var localOscillatorPower: Double {
        configuration.role == .bob && settings.localOscillatorIsOn
            ? optics.localOscillatorPower(at: optics.seconds(now)) : 0
    }

    static let photonEnergy = 6.626e-34 * 193.4e12

    /// What the attenuator's own sensor shows, dB: what it really does, a little off.
    var attenuationReadBack: Double { optics.model.attenuatorScale * settings.attenuation + 0.02 }

    private var unlockedBias: Double { settings.biasLockIsOn ? 0 : 0.02 }

    /// Alice's monitor photodiode, W: mean photons per symbol (half of V_A, and what the modulator lets through
    /// unmodulated) times photon energy and rate, through a coupler that sees ten thousand times what leaves.
    var monitorPower: Double {
        guard settings.signalLaserIsOn else { return 0 }
        let model = optics.model
        let modulated = settings.modulation == .gaussian ? settings.variance / 2 : 0
        let carrier =
            configuration.maximumModulationVariance / 2
            * (pow(10, -model.modulatorExtinction / 10) + unlockedBias * unlockedBias)
        let passed = pow(10, -model.attenuatorScale * settings.attenuation / 10)
        return (modulated * relativeMonitorPower + carrier) * passed * Self.photonEnergy
            * configuration.maximumSymbolRate * 1e4
    }

    func sendCatalogue(_ request: GetTelemetryCatalog, _ asker: Asker) throws(Refusal) {
        let total = telemetry.quantities.count
        let first = min(Int(request.firstIndex), total)
        if has(.catalogueEndRefused) && first == total { throw Refusal(.outOfRange, field: 1, "behind the end") }
        let fixed =
            Frame.headerBytes + MessageHeader.length + TelemetryCatalog.blockLength
            + TelemetryCatalog.ItemsEntry.dimensionLength
        let room = (4_096 - fixed) / TelemetryCatalog.ItemsEntry.blockLength
        let items = telemetry.quantities[first..<min(total, first + room)].map { measured in
            let quantity = measured.quantity
            let isForeign = has(.foreignTelemetryUnit) && quantity == .boardTemperature
            return TelemetryCatalog.ItemsEntry(
                id: quantity.rawValue, maximumAge: TelemetryBoard.maximumAge,
                name: FixedText(quantity.name) ?? FixedText(),
                unit: FixedText(isForeign ? "K" : quantity.unit) ?? FixedText(),
                operatingMinimum: measured.operating.lowerBound,
                operatingMaximum: measured.operating.upperBound, absoluteMinimum: measured.absolute.lowerBound,
                absoluteMaximum: measured.absolute.upperBound)
        }
        let message = TelemetryCatalog(total: UInt16(total), firstIndex: request.firstIndex)
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(group: items)
        }
    }

    func sendTelemetry(_ asker: Asker) {
        let age = UInt32(clamping: (now - telemetry.sampled) / 1_000_000) + (has(.staleTelemetry) ? 5_000 : 0)
        let items = telemetry.quantities.indices.map { index in
            let isMissing = telemetry.statuses[index] == .unavailable && !has(.unavailableAged)
            return Telemetry.ItemsEntry(
                id: telemetry.quantities[index].quantity.rawValue,
                status: has(.statusAlwaysNormal) ? .normal : telemetry.statuses[index], age: isMissing ? 0 : age,
                value: telemetry.values[index])
        }
        let message = Telemetry(deviceTime: deviceTime)
        reply(to: asker) { (builder) throws(MessageFault) in
            try builder.write(message)
            try builder.write(group: items)
        }
    }
}
