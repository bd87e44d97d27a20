internal import Foundation
public import QuadratureAnalysis

/// What an evidence window of a link takes: planned before the session from loss, detection and the wanted bound.
public struct WindowPlan: Sendable, Hashable {
    /// The link, as it was commissioned and trained.
    public struct Link: Sendable, Hashable {
        /// Bob's receiver.
        public var receiver: ReceiverModel
        /// T of the channel: the lower of commissioning and training.
        public var transmittance: Transmittance
        /// V_A.
        public var modulationVariance: ShotNoiseUnits
        /// β.
        public var reconciliation: ReconciliationEfficiency
        /// The block that privacy amplification is to work on: ξ_null is that of a key of finite size then.
        public var block: KeyBlock?
        /// 1 + 2Σρ² of the vacuum samples.
        public var correlation = 1.0

        /// A link.
        public init(
            receiver: ReceiverModel, transmittance: Transmittance, modulationVariance: ShotNoiseUnits,
            reconciliation: ReconciliationEfficiency, block: KeyBlock? = nil, correlation: Double = 1
        ) {
            (self.receiver, self.transmittance, self.modulationVariance) = (receiver, transmittance, modulationVariance)
            (self.reconciliation, self.block, self.correlation) = (reconciliation, block, correlation)
        }
    }

    /// The stream of a session.
    public struct Stream: Sendable, Hashable {
        /// Hz.
        public var symbolRate: Double
        /// Symbols of a cell.
        public var symbolsPerCell: UInt64
        /// Symbols of a slot; Bob draws the kind of each.
        public var symbolsPerSlot: UInt32
        /// Symbols at the begin of a vacuum slot in which the shutter settles.
        public var guardSymbols: UInt32
        /// Share of the slots that Bob makes vacuum.
        public var vacuumFraction: Double

        /// A stream.
        public init(
            symbolRate: Double, symbolsPerCell: UInt64, symbolsPerSlot: UInt32, guardSymbols: UInt32 = 0,
            vacuumFraction: Double
        ) {
            (self.symbolRate, self.symbolsPerCell) = (symbolRate, symbolsPerCell)
            (self.symbolsPerSlot, self.guardSymbols) = (symbolsPerSlot, guardSymbols)
            self.vacuumFraction = vacuumFraction
        }
    }

    /// What is wanted, and what is bearable.
    public struct Wish: Sendable, Hashable {
        /// Share of ξ_null that an error of V_on may hide.
        public var nullKeyShare = 0.2
        /// Standard deviations of this error.
        public var boundSigmas = 6.5
        /// A window takes at least so long, s: Alice's statement wants readings of her power, which come twice a second.
        public var leastSeconds = 2.5
        /// A window that takes longer is refused, s.
        public var mostSeconds = 3_600.0
        /// A window with more raw key at one end is refused, bytes.
        public var mostBytes: UInt64 = 1 << 40

        /// The usual.
        public init() {}
    }

    /// What it was planned for.
    public let link: Link
    /// What it was planned for.
    public let stream: Stream
    /// What it was planned for.
    public let wish: Wish
    /// ξ_null.
    public let nullKeyNoise: ExcessNoise<Plane.Input>
    /// Samples of vacuum, both quadratures counted together.
    public let vacuumSamples: UInt64
    /// Cells of a window: enough for the samples in all but one of 3 million windows.
    public let cells: UInt64

    /// Symbols of a window.
    public var symbols: UInt64 { cells * stream.symbolsPerCell }
    /// Seconds of a window.
    public var seconds: Double { Double(symbols) / stream.symbolRate }
    /// Raw key of a window at one end, at most: Alice keeps both quadratures of every symbol, Bob less.
    public var bytes: UInt64 { Self.bytes(Double(symbols)) }
    /// Of a signed statement of Bob's, about: it goes over the peer channel, twice with the answer.
    public var statementBytes: UInt64 {
        let slots = Double(stream.symbolsPerCell) / Double(stream.symbolsPerSlot)
        // A slot of another kind than the one before is a run, and a guard run before each vacuum.
        let runs = slots * (2 * stream.vacuumFraction + 0.2)
        return 1_500 + UInt64(Double(cells) * (60 + 140 * Double(link.receiver.detection.samplesPerSymbol) + 8 * runs))
    }
    /// ξ that an error of V_on could hide in such a window.
    public var hiddenExcessNoise: ExcessNoise<Plane.Input> {
        ExcessNoise(wish.nullKeyShare * nullKeyNoise.value)
    }
    /// The share of a window over which an intercept-resend of all symbols (ξ = 2) could stay unseen.
    public var unseenShare: Double { Self.unseenShare(hiding: hiddenExcessNoise.value) }

    /// The share of a window over which an intercept-resend of all symbols, which adds ξ = 2 where it is done, could stay
    /// unseen if so much excess noise can be hidden.
    public static func unseenShare(hiding noise: Double) -> Double { min(1, noise / 2) }

    /// Limits of a session with such windows.
    public var policy: EvidencePolicy {
        var policy = EvidencePolicy(
            nullKeyNoise: nullKeyNoise.value, plannedVacuumSamples: vacuumSamples, cellsPerWindow: cells)
        (policy.nullKeyShare, policy.boundSigmas) = (wish.nullKeyShare, wish.boundSigmas)
        return policy
    }

    /// More samples than the bound takes: η, V_on and ρ₁ of a window are not exactly those that it was planned with.
    static let margin = 1.05
    /// Standard deviations by which the vacuum slots of a window may be fewer than their share.
    private static let slotDeviations = 5.0

    /// Plans a window.
    ///
    /// Throws `WindowPlanFailure`: which number is no such thing, or why no such window is possible and what would do.
    public init(link: Link, stream: Stream, wish: Wish = Wish()) throws(WindowPlanFailure) {
        (self.link, self.stream, self.wish) = (link, stream, wish)
        try Self.check(stream, wish)
        nullKeyNoise = try Self.threshold(link)
        let planned: Int64
        do throws(PlanningFailure) {
            let planner = try SamplePlanner(
                detection: link.receiver.detection, efficiency: link.receiver.efficiency,
                electronicNoise: link.receiver.electronicNoise, transmittance: link.transmittance,
                correlation: link.correlation)
            planned = try planner.evidenceWindow(
                nullKeyNoise: nullKeyNoise, share: wish.nullKeyShare, deviations: wish.boundSigmas)
        } catch { throw .planning(error) }
        let samples = (Double(planned) * Self.margin).rounded(.up)
        let seconds = Self.symbols(for: samples, link, stream) / stream.symbolRate
        guard samples <= Double(SampleSums.mostSamples), seconds <= wish.mostSeconds else {
            throw .takesTooLong(
                seconds: seconds, most: wish.mostSeconds, Self.remedies(seconds / wish.mostSeconds, stream, wish))
        }
        vacuumSamples = UInt64(samples)
        let symbols = max(Self.symbols(for: samples, link, stream), wish.leastSeconds * stream.symbolRate)
        let count = (symbols / Double(stream.symbolsPerCell)).rounded(.up)
        guard count <= Double(StatementForm.mostCells) else {
            throw .tooManyCells(count: count, symbolsPerCell: stream.symbolsPerCell)
        }
        cells = max(2, UInt64(count))
        let bytes = Self.bytes(Double(cells * stream.symbolsPerCell))
        guard bytes <= wish.mostBytes else {
            throw .tooManyBytes(
                bytes: bytes, most: wish.mostBytes,
                Self.remedies(Double(bytes) / Double(wish.mostBytes), stream, wish, isRateFree: false))
        }
    }

    private static func check(_ stream: Stream, _ wish: Wish) throws(WindowPlanFailure) {
        let numbers: [(String, Double, Bool)] = [
            ("symbol rate", stream.symbolRate, stream.symbolRate > 0 && stream.symbolRate <= 1e12),
            ("vacuum share", stream.vacuumFraction, stream.vacuumFraction > 0 && stream.vacuumFraction < 1),
            (
                "symbols of a cell", Double(stream.symbolsPerCell),
                (1...BlockGrid.mostSymbols).contains(stream.symbolsPerCell)
            ),
            (
                "symbols of a slot", Double(stream.symbolsPerSlot),
                stream.symbolsPerSlot > 0 && UInt64(stream.symbolsPerSlot) <= stream.symbolsPerCell
            ),
            ("guard symbols", Double(stream.guardSymbols), stream.guardSymbols < stream.symbolsPerSlot),
            ("share of ξ_null", wish.nullKeyShare, wish.nullKeyShare > 0 && wish.nullKeyShare <= 1),
            ("bound", wish.boundSigmas, wish.boundSigmas >= 1 && wish.boundSigmas <= 100),
            ("longest window", wish.mostSeconds, wish.mostSeconds > 0),
        ]
        for (name, value, isPossible) in numbers where !isPossible { throw .number(name: name, value: value) }
    }

    private static func threshold(_ link: Link) throws(WindowPlanFailure) -> ExcessNoise<Plane.Input> {
        let found: NullKeyNoise
        do throws(KeyRateFailure) {
            if let block = link.block {
                found = try NullKeyNoise(
                    modulationVariance: link.modulationVariance, transmittanceWorstCase: link.transmittance,
                    receiver: link.receiver, reconciliation: link.reconciliation, block: block)
            } else {
                found = try NullKeyNoise(
                    modulationVariance: link.modulationVariance, transmittance: link.transmittance,
                    receiver: link.receiver, reconciliation: link.reconciliation)
            }
        } catch { throw .planning(.parameter(error)) }
        guard let value = found.value else { throw .noKey(loss: link.transmittance.loss) }
        return value
    }

    /// Symbols in which vacuum slots, drawn at random, give so many samples in all but one of 3 million windows.
    private static func symbols(for samples: Double, _ link: Link, _ stream: Stream) -> Double {
        let (slot, share) = (Double(stream.symbolsPerSlot), stream.vacuumFraction)
        let perSlot = (slot - Double(stream.guardSymbols)) * Double(link.receiver.detection.samplesPerSymbol)
        // N slots have Nf ± √(Nf(1−f)) of vacuum: Nf − k√(Nf(1−f)) = needed, a quadratic of √N.
        let needed = samples / perSlot
        let linear = slotDeviations * (share * (1 - share)).squareRoot()
        let root = (linear + (linear * linear + 4 * share * needed).squareRoot()) / (2 * share)
        return root * root * slot
    }

    private static func bytes(_ symbols: Double) -> UInt64 {
        UInt64(min(symbols * 4, 1e18))
    }

    /// What would make a window so many times shorter.
    private static func remedies(
        _ factor: Double, _ stream: Stream, _ wish: Wish, isRateFree: Bool = true
    ) -> WindowRemedies {
        // A little more than just enough: slots are whole, and their number is drawn.
        let factor = 1.02 * factor
        let fraction = stream.vacuumFraction * factor
        let share = wish.nullKeyShare * factor.squareRoot()
        return WindowRemedies(
            vacuumFraction: fraction <= 0.5 ? fraction : nil, nullKeyShare: share <= 1 ? share : nil,
            symbolRate: isRateFree ? stream.symbolRate * factor : nil)
    }
}

extension WindowPlan: CustomStringConvertible {
    /// Lines for a person.
    public var description: String {
        let rows: [(String, String)] = [
            ("loss, T", String(format: "%.2f dB, %.5f", link.transmittance.loss.value, link.transmittance.value)),
            (
                "key vanishes at",
                String(
                    format: "%.5f SNU at the input (%@)", nullKeyNoise.value,
                    link.block == nil ? "asymptotic" : "finite size")
            ),
            (
                "bound",
                String(
                    format: "%.1f sigma of V_on hide %.2f of it: %.5f SNU", wish.boundSigmas, wish.nullKeyShare,
                    hiddenExcessNoise.value)
            ),
            ("vacuum samples", String(format: "%.3g, %@", Double(vacuumSamples), pooling)),
            ("vacuum share", String(format: "%.1f %%", 100 * stream.vacuumFraction)),
            ("symbols", String(format: "%.3g", Double(symbols))), ("blocks", "\(cells) at each end"),
            ("time", String(format: "%.3g s at %.4g symbols/s", seconds, stream.symbolRate)),
            ("raw key", String(format: "%.3g MB at each end, at most", Double(bytes) / 1e6)),
            ("statement", String(format: "about %.3g kB", Double(statementBytes) / 1e3)),
            ("attack unseen", String(format: "intercept-resend of %.2g of a window", unseenShare)),
        ]
        return rows.map { $0.0.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }

    /// What a window takes, in a line.
    public var sentence: String {
        String(
            format:
                "%.3g vacuum samples (%@), %.3g symbols, %d blocks, %.3g s, %.3g MB of raw key at each end at most; ",
            Double(vacuumSamples), pooling, Double(symbols), Int(cells), seconds, Double(bytes) / 1e6)
            + String(
                format: "%.1f sigma of V_on hide %.2f of the null-key noise %.4f SNU (%@) at T %.5f", wish.boundSigmas,
                wish.nullKeyShare, nullKeyNoise.value, link.block == nil ? "asymptotic" : "finite size",
                link.transmittance.value)
    }

    private var pooling: String {
        link.receiver.detection == .heterodyne ? "x and p counted together" : "one per symbol"
    }
}
