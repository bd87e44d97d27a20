// The standard library has no trigonometry.
import Glibc

/// How a quantity strays from its nominal value with time. What the deviation means (relative power, dB) is said where
/// the drift is used.
public enum Drift: Sendable, Hashable {
    /// Stays put.
    case none
    /// `amplitude` · sin(2πt/`period` + a phase drawn from the seed); `period` in s.
    case sinusoid(amplitude: Double, period: Double)
    /// A stationary wander of standard deviation `rms` that forgets itself in `correlationTime` s: the spectrum of an
    /// Ornstein–Uhlenbeck process, sampled by sixteen tones of equal power, so that its value at any time can be had
    /// without walking there.
    case wander(rms: Double, correlationTime: Double)
}

/// A drift with its phases drawn.
struct DriftProcess: Sendable {
    private static let tones = 16
    private var amplitude = 0.0
    private var count = 0
    private var omega = InlineArray<16, Double>(repeating: 0)
    private var phase = InlineArray<16, Double>(repeating: 0)

    /// `quantity` tells apart the drifts of one model.
    init(_ drift: Drift, seed: UInt64, quantity: Int64) {
        let key = StreamKey(seed: seed, session: 0, purpose: .drift)
        switch drift {
        case .none: break
        case .sinusoid(let amplitude, let period):
            self.amplitude = amplitude
            count = 1
            omega[0] = 2 * .pi / period
            phase[0] = 2 * .pi * key.uniform(quantity * 64)
        case .wander(let rms, let correlationTime):
            amplitude = rms * (2 / Double(Self.tones)).squareRoot()
            count = Self.tones
            for tone in 0..<Self.tones {
                // Quantiles of the Lorentzian 1/(1 + ω²τ²): every tone stands for the same share of the power.
                let quantile = (Double(tone) + key.uniform(quantity * 64 + Int64(tone) + 16)) / Double(Self.tones)
                omega[tone] = tan(.pi / 2 * quantile) / correlationTime
                phase[tone] = 2 * .pi * key.uniform(quantity * 64 + Int64(tone) + 32)
            }
        }
    }

    /// The deviation at `time` (s).
    func value(at time: Double) -> Double {
        var total = 0.0
        for tone in 0..<count { total += sin(omega[tone] * time + phase[tone]) }
        return amplitude * total
    }
}
