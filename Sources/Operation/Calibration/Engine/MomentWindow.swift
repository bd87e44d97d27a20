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
        let count = min(Self.count(samples, capabilities, least: least), Self.mostWindows)
        let each = max(2, samples / count)
        var windows = [UInt64](repeating: each, count: Int(clamping: count))
        if samples > each * count { windows[windows.count - 1] += samples - each * count }
        self.windows = windows
    }

    /// Samples that anybody may ask for: at 1e8 a second 116 days.
    static let mostSamples: UInt64 = 1_000_000_000_000_000
    /// Windows that fit into memory with their sums: at one a second 11 days.
    static let mostWindows: UInt64 = 1_000_000

    /// How many windows a unit needs for samples. What it states of itself may be anything.
    private static func count(_ samples: UInt64, _ capabilities: Capabilities, least: Int) -> UInt64 {
        let rate = max(capabilities.maximumSymbolRate, 1)
        let longest = max(1, min(capabilities.maximumMomentSamples, UInt64(min(rate, 1e15))))
        return max(UInt64(max(1, least)), samples / longest + (samples % longest == 0 ? 0 : 1))
    }

    /// Throws `.badPlan` for samples that are too few to say something, or too many for anybody to wait for.
    static func require(_ samples: UInt64, _ name: String, _ capabilities: Capabilities) throws(CalibrationFailure) {
        guard samples >= 1_000 else { throw .badPlan("\(samples) \(name) samples are too few: 1000 are the least") }
        guard samples <= mostSamples else {
            throw .badPlan("\(samples) \(name) samples are too many: 1e15 are the most")
        }
        let windows = count(samples, capabilities, least: 1)
        guard windows <= mostWindows else {
            throw .badPlan(
                "\(samples) \(name) samples take this unit \(windows) windows, of which \(mostWindows) are the most")
        }
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
