internal import CalibrationRecords
internal import LinkControl
public import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// Sums of one window of samples, made on the unit. Long measurements are made of many windows: progress can be told, a
/// cancellation waits for one window only, and the series shows drift.
public struct MomentWindow: Sendable, Hashable {
    /// Sums per quadrature.
    public var moments: ReceiverMoments
    /// Mean power of the local oscillator meanwhile, W.
    public var localOscillatorPower: Double
    /// When it began and ended, s of the unit's clock.
    public var interval: ClosedRange<Double>

    /// No window takes the unit longer, whatever its symbol rate.
    static let longest: Duration = .seconds(1)

    init(_ sums: Moments, limits: ClipLimits) {
        moments = ReceiverMoments(sums, limits: limits)
        localOscillatorPower = sums.localOscillatorPower
        let (start, end) = (Double(sums.startTime) * 1e-9, Double(sums.endTime) * 1e-9)
        interval = min(start, end)...max(start, end)
    }
}

/// A measurement in windows.
public struct MomentSeries: Sendable, Hashable {
    /// In the order of time.
    public private(set) var windows: [MomentWindow] = []
    /// All windows together.
    public private(set) var moments: ReceiverMoments

    init(limits: ClipLimits) { moments = ReceiverMoments(limits: limits) }

    mutating func add(_ window: MomentWindow) {
        windows.append(window)
        moments.merge(window.moments)
    }

    /// Mean power of the local oscillator, W.
    public var localOscillatorPower: Double {
        windows.reduce(0) { $0 + $1.localOscillatorPower } / Double(max(1, windows.count))
    }
}

/// How a number of samples is divided into windows.
struct WindowPlan: Sendable, Hashable {
    /// Samples per quadrature of each window.
    let windows: [UInt64]

    /// At least `least` windows, so that drift can be seen, none longer than `MomentWindow.longest`.
    init(samples: UInt64, capabilities: Capabilities, least: Int = 1) {
        let rate = max(capabilities.maximumSymbolRate, 1)
        let longest = max(1, min(capabilities.maximumMomentSamples, UInt64(min(rate, 1e15))))
        let count = max(UInt64(max(1, least)), (samples + longest - 1) / longest)
        let each = max(2, samples / count)
        var windows = [UInt64](repeating: each, count: Int(clamping: count))
        if samples > each * count { windows[windows.count - 1] += samples - each * count }
        self.windows = windows
    }
}

extension CalibratedEnd {
    /// Sums vacuum or dark samples on the unit, window by window. The optics must be in that condition already.
    func series(
        _ kind: SymbolKind, _ plan: WindowPlan, _ capabilities: Capabilities,
        progress: (Double, Int) -> Void = { _, _ in }
    ) async throws(CalibrationFailure) -> MomentSeries {
        let limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        var series = MomentSeries(limits: limits)
        for (index, samples) in plan.windows.enumerated() {
            if Task.isCancelled { throw .cancelled }
            let sums = try await asked { (unit) throws(UnitError) in
                try await unit.measureMoments(kind, samples: samples)
            }
            series.add(MomentWindow(sums, limits: limits))
            progress(Double(index + 1) / Double(plan.windows.count), index + 1)
        }
        return series
    }
}

extension MomentSeries {
    /// The sums for a record.
    func rawSums(_ kind: String, withPower: Bool) -> [RawSumsEntry] {
        [("x", moments.x), ("p", moments.p)].filter { $0.1.samples > 0 }.map { name, sums in
            RawSumsEntry(
                kind: kind, quadrature: name, samples: sums.samples, sum: sums.sum, sumOfSquares: sums.sumOfSquares,
                clipped: sums.clipped, localOscillatorPower: withPower ? localOscillatorPower : nil)
        }
    }
}

typealias RawSumsEntry = CalibrationRecord.RawSums
