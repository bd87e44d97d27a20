extension OpticalLink {
    /// Bob's samples of a slot by his counter, heterodyne: 2n words x, p, x, p….
    ///
    /// - Returns: what the model expects of these samples.
    @discardableResult
    public func receive(
        _ slot: Slot, state: PhysicsState, into samples: inout MutableSpan<Int16>
    ) -> Truth.Sums {
        precondition(model.receiver == .heterodyne, "a homodyne receiver gives basis bits too")
        precondition(samples.count == 2 * slot.symbols, "one x and one p per symbol")
        var unused = InlineArray<1, UInt8>(repeating: 0)
        var basis = unused.mutableSpan
        return receive(slot, state: state, samples: &samples, basis: &basis)
    }

    /// Bob's samples of a slot by his counter, homodyne: n words, and his basis bits drawn from his own random numbers,
    /// bit i (least significant first) for symbol i, 0 = x, ⌈n/8⌉ bytes, unused bits 0.
    ///
    /// - Returns: what the model expects of these samples.
    @discardableResult
    public func receive(
        _ slot: Slot, state: PhysicsState, into samples: inout MutableSpan<Int16>,
        basis: inout MutableSpan<UInt8>
    ) -> Truth.Sums {
        precondition(model.receiver == .homodyne, "a heterodyne receiver gives no basis bits")
        precondition(samples.count == slot.symbols, "one sample per symbol")
        precondition(basis.count == (slot.symbols + 7) / 8, "one basis bit per symbol")
        for index in basis.indices { basis[index] = 0 }
        return receive(slot, state: state, samples: &samples, basis: &basis)
    }

    private func receive(
        _ slot: Slot, state: PhysicsState, samples: inout MutableSpan<Int16>, basis: inout MutableSpan<UInt8>
    ) -> Truth.Sums {
        let keys = ReceptionKeys(seed: model.seed, session: slot.session)
        var scratch = CellScratch()
        var sums = Truth.Sums()
        var position = 0
        while position < slot.symbols {
            let cell = Cell(first: slot.firstSymbol - lag(state), position: position, count: slot.symbols)
            let now = conditions(at: time(of: cell, state), state: state)
            expect(cell, now, state: state, into: &sums)
            prepare(cell, now, state: state, keys: keys, &scratch)
            let mixing = ReceiverMixing(self, now)
            switch model.receiver {
            case .heterodyne: mixing.write(cell, &scratch, to: &samples)
            case .homodyne:
                mixing.write(
                    cell, &scratch, basis: BasisChoice(keys.basis, cell, bias: state.impairments.basisBias),
                    to: &samples, &basis)
            }
            position += cell.range.count
        }
        return sums
    }

    /// Draws light, noise and per-symbol factors of a cell.
    private func prepare(
        _ cell: Cell, _ now: ReceiverConditions, state: PhysicsState, keys: ReceptionKeys, _ scratch: inout CellScratch
    ) {
        let end = cell.range.upperBound
        var noise = scratch.noise.mutableSpan
        var source = GaussianSource(keys.noise, cell: cell.index, ziggurat: ziggurat)
        source.fill(&noise, count: model.receiver.samplesPerSymbol * end)
        setFactors(cell, now, state: state, keys: keys, &scratch)
        let strongest = now.gain * now.transmission * now.modulation * model.modulationVariance
        // Light whose standard deviation is below a millionth of a converter step cannot be seen, and need not be made.
        scratch.isLit = strongest > 1e-12
        guard scratch.isLit else { return }
        var light = scratch.light.mutableSpan
        modulate(cell, state.transmitter, key: keys.modulation, into: &light)
        if !state.transmitter.impairments.isNone { distort(cell, state.transmitter.impairments, &light) }
        guard model.phaseVariance > 0 else { return }
        var angles = scratch.angle.mutableSpan
        var phase = GaussianSource(keys.phase, cell: cell.index, ziggurat: ziggurat)
        phase.fill(&angles, count: end)
        scratch.rotate(deviation: model.phaseVariance.squareRoot(), symbols: end)
    }

    /// Sets the amplitude of the light and the standard deviations of the noise for each symbol of the cell. Given the
    /// intensity of the local oscillator, shot, channel, classical and electronic noise are independent Gaussians: one
    /// deviate stands for their sum.
    private func setFactors(
        _ cell: Cell, _ now: ReceiverConditions, state: PhysicsState, keys: ReceptionKeys, _ scratch: inout CellScratch
    ) {
        let end = cell.range.upperBound
        let settled = settledTransmission(cell, state)
        let intensities = model.powerIntensityNoise > 0 || model.signalIntensityNoise > 0
        if intensities {
            var draws = scratch.intensity.mutableSpan
            var source = GaussianSource(keys.intensity, cell: cell.index, ziggurat: ziggurat)
            source.fill(&draws, count: 2 * end)
        } else if let settled {
            let amplitude = settled.squareRoot()
            let compression = now.compression(shutter: settled).squareRoot()
            let (noiseX, noiseP) = deviations(now, shutter: settled, oscillator: 1)
            for symbol in 0..<end {
                scratch.amplitude[symbol] = amplitude * compression
                scratch.noiseX[symbol] = noiseX
                scratch.noiseP[symbol] = noiseP
            }
            return
        }
        let powerDepth = model.powerIntensityNoise.squareRoot() / 2
        let signalDepth = model.signalIntensityNoise.squareRoot() / 2
        for symbol in 0..<end {
            let shutter = settled ?? transmission(symbol, of: cell, state)
            let oscillator = intensities ? 1 + powerDepth * scratch.intensity[2 * symbol] : 1
            let signal = intensities ? 1 + signalDepth * scratch.intensity[2 * symbol + 1] : 1
            scratch.amplitude[symbol] =
                shutter.squareRoot() * oscillator * signal * now.compression(shutter: shutter).squareRoot()
            (scratch.noiseX[symbol], scratch.noiseP[symbol]) = deviations(now, shutter: shutter, oscillator: oscillator)
        }
    }

    /// Standard deviations of x and p noise, LSB; `oscillator` is the amplitude factor of the local oscillator.
    private func deviations(
        _ now: ReceiverConditions, shutter: Double, oscillator: Double
    ) -> (x: Double, p: Double) {
        let channel = now.transmission * shutter * now.excessNoise
        let sound = oscillator * oscillator * (now.gain * (1 + channel) + now.classical)
        let optical = sound * now.compression(shutter: shutter) + now.forged * (1 - shutter)
        return (
            (optical * imbalance.gainX * imbalance.gainX + now.electronic).squareRoot(),
            (optical * imbalance.gainP * imbalance.gainP + now.electronic).squareRoot()
        )
    }
}
