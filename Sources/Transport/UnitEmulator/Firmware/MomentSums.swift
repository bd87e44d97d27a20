internal import CUnitIO
internal import Glibc
internal import UnitProtocol

extension UnitFirmware {
    /// As many samples as are really made and summed; the sums of more are drawn from their distribution. 2.7e8 samples,
    /// as a calibration at 5 dB wants, would take the model minutes and a unit half a minute.
    private static let summedSymbols: UInt64 = 1 << 16

    func moments(_ request: MeasureMoments, start: UInt64) -> Moments {
        captureCount &+= 1
        let quadratures = configuration.detection == .heterodyne ? 2 : 1
        let (x, p) =
            request.samples <= Self.summedSymbols
            ? summed(Int(request.samples), quadratures) : drawn(request.samples, quadratures)
        let isFilled = has(.secondSumsFilled) && quadratures == 1
        return Moments(
            kind: request.kind, quadratures: has(.oneQuadrature) ? 1 : UInt8(quadratures), samples: request.samples,
            clippedSamples: x.clipped + p.clipped, sumX: x.sum, sumSquaresX: x.sum_squares, sumP: isFilled ? 5 : p.sum,
            sumSquaresP: isFilled ? x.sum_squares : p.sum_squares, localOscillatorPower: localOscillatorPower,
            startTime: start,
            endTime: deviceTime)
    }

    private func momentSlot(_ symbols: Int) -> (Slot, PhysicsState) {
        (
            Slot(session: 1 << 63 | 1 << 62 | UInt64(captureCount), firstSymbol: 0, symbols: symbols),
            optics.state(sessionStart: optics.seconds(now))
        )
    }

    private func summed(_ symbols: Int, _ quadratures: Int) -> (cu_moments, cu_moments) {
        let (slot, state) = momentSlot(symbols)
        var (x, p) = (cu_moments(), cu_moments())
        var samples = [Int16](repeating: 0, count: quadratures * symbols)
        var span = samples.mutableSpan
        let (low, high) = (configuration.clipLow, configuration.clipHigh)
        if quadratures == 2 {
            optics.link.receive(slot, state: state, into: &span)
            cu_moments_xp16(samples, symbols, low, high, &x, &p)
        } else {
            var basis = [UInt8](repeating: 0, count: (symbols + 7) / 8)
            var bits = basis.mutableSpan
            optics.link.receive(slot, state: state, into: &span, basis: &bits)
            cu_moments_i16(samples, symbols, low, high, &x)
        }
        return (x, p)
    }

    /// Σ of n Gaussian samples is Gaussian, and so is Σ² for large n, with variance 2nσ⁴; mean and variance are the
    /// model's own. Clipping is below 1e-15 per sample in any sensible model and left out.
    private func drawn(_ samples: UInt64, _ quadratures: Int) -> (cu_moments, cu_moments) {
        let (slot, state) = momentSlot(128)
        var dark = state
        dark.localOscillator = .off
        let total = optics.link.expectation(slot, state: state).totalVariance
        let electronic = optics.link.expectation(slot, state: dark).totalVariance
        let (gx, gp) = (optics.model.imbalance.gainX, optics.model.imbalance.gainP)
        let mean = quadratures == 2 ? (gx * gx + gp * gp) / 2 : 1
        var numbers = RandomNumbers(seed: configuration.seed, stream: 1 << 40 + UInt64(captureCount))
        func draw(_ gain: Double, _ offset: Double) -> cu_moments {
            let variance = electronic + (total - electronic) * gain * gain / mean
            let n = Double(samples)
            let average = offset + (variance / n).squareRoot() * numbers.gaussian()
            let scatter = variance * (1 + (2 / n).squareRoot() * numbers.gaussian())
            return cu_moments(
                sum: Int64((average * n).rounded()),
                sum_squares: UInt64((scatter * n + average * average * n).rounded()), clipped: 0)
        }
        let x = draw(quadratures == 2 ? gx : 1, optics.model.offsetX)
        return (x, quadratures == 2 ? draw(gp, optics.model.offsetP) : cu_moments())
    }
}

extension RandomNumbers {
    /// A standard Gaussian (Box and Muller 1958).
    mutating func gaussian() -> Double {
        (-2 * log(1 - fraction())).squareRoot() * cos(2 * .pi * fraction())
    }
}
