internal import CUnitIO

/// Regresses what Bob measured on what Alice sent, from exact sums that can be merged in any order.
///
/// Conventions: Alice's symbol is a = x + ip. Bob's quadratures are Re(g a) + c_x + noise for x and Im(g a) + c_p + noise
/// for p, with an unknown complex gain g = |g| e^{iθ} (Bob's LSB per Alice's LSB) that both share: the channel has one
/// transmittance, and what a common g leaves is noise (see `fit`). The intercepts c are fitted because without them an offset
/// passes for noise: 0.03 √SNU fakes ξ_in = 0.0095 at 5 dB with heterodyne detection.
///
/// What kind of symbols the sums are over is not known here: `TrainingRegression` marks those over training frames.
public struct ChannelRegression: Sendable, Hashable, Codable {
    /// How Bob measured.
    public let detection: Detection
    private(set) var x = CrossMoments()
    private(set) var p = CrossMoments()

    /// No symbols yet.
    public init(detection: Detection) { self.detection = detection }

    /// Symbols added.
    public var symbols: Int64 {
        switch detection {
        case .homodyne: x.count + p.count
        case .heterodyne: x.count
        }
    }

    /// Whether these can be sums over int16 samples.
    var isPlausible: Bool { x.isPlausible && p.isPlausible }

    /// Adds a block of heterodyne data.
    ///
    /// - Parameters:
    ///   - alice: 2n samples x, p, x, p…
    ///   - bob: 2n samples x, p, x, p…
    ///   - delay: Bob's symbol i carries Alice's symbol i − delay (either sign); symbols without a partner are left out.
    public mutating func add(alice: Span<Int16>, bob: Span<Int16>, delay: Int = 0) {
        precondition(detection == .heterodyne, "a homodyne block needs its basis bits")
        precondition(alice.count == bob.count && alice.count % 2 == 0, "one x and one p per symbol on both sides")
        let overlap = BlockOverlap(symbols: alice.count / 2, delay: delay)
        var (u, v) = (cu_cross_moments(), cu_cross_moments())
        // SAFETY: the overlap lies inside both spans, two samples per symbol; the kernel keeps no pointer.
        alice.withUnsafeBufferPointer { alice in
            bob.withUnsafeBufferPointer { bob in
                guard overlap.count > 0, let sent = alice.baseAddress, let received = bob.baseAddress else { return }
                cu_cross_moments_xp16(sent + 2 * overlap.alice, received + 2 * overlap.bob, overlap.count, &u, &v)
            }
        }
        x.merge(CrossMoments(u, count: overlap.count))
        p.merge(CrossMoments(v, count: overlap.count))
    }

    /// Adds a block of homodyne data.
    ///
    /// - Parameters:
    ///   - alice: 2n samples x, p, x, p…
    ///   - bob: n samples.
    ///   - basis: Bob's basis bits, bit i (least significant first) for his symbol i, 0 = x; at least ⌈n/8⌉ bytes.
    ///   - delay: Bob's symbol i carries Alice's symbol i − delay (either sign); symbols without a partner are left out.
    public mutating func add(alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>, delay: Int = 0) {
        precondition(detection == .homodyne, "a heterodyne block has no basis bits")
        precondition(alice.count == 2 * bob.count, "one x and one p of Alice's for each of Bob's samples")
        precondition(basis.count >= (bob.count + 7) / 8, "a basis bit for each of Bob's samples")
        let overlap = BlockOverlap(symbols: bob.count, delay: delay)
        var (u, v) = (cu_cross_moments(), cu_cross_moments())
        var chosen = 0
        // SAFETY: the overlap lies inside the spans: two samples of Alice's, one of Bob's and a bit per symbol. The
        // kernel keeps no pointer.
        alice.withUnsafeBufferPointer { alice in
            bob.withUnsafeBufferPointer { bob in
                basis.withUnsafeBufferPointer { bits in
                    guard overlap.count > 0, let first = alice.baseAddress, let measured = bob.baseAddress,
                        let choices = bits.baseAddress
                    else { return }
                    let (sent, received) = (first + 2 * overlap.alice, measured + overlap.bob)
                    cu_cross_moments_i16(sent, received, nil, 0, overlap.count, &u)
                    cu_cross_moments_i16(sent, received, choices, overlap.bob, overlap.count, &v)
                }
            }
        }
        for symbol in overlap.bob..<(overlap.bob + overlap.count) {
            chosen &+= Int(basis[symbol &>> 3] &>> UInt8(truncatingIfNeeded: symbol & 7)) & 1
        }
        let imaginary = CrossMoments(v, count: chosen)
        x.merge(CrossMoments(u, count: overlap.count).subtracting(imaginary))
        p.merge(imaginary)
    }

    /// Adds another accumulator's symbols. Both must have the same detection.
    public mutating func merge(_ other: ChannelRegression) {
        precondition(detection == other.detection, "homodyne and heterodyne data cannot be merged")
        x.merge(other.x)
        p.merge(other.p)
    }
}

extension CrossMoments {
    /// What a kernel summed over `count` symbols.
    init(_ sums: cu_cross_moments, count: Int) {
        self.init(
            count: Int64(count), x: sums.x, p: sums.p, y: sums.y, xx: sums.xx, xp: sums.xp, pp: sums.pp, xy: sums.xy,
            py: sums.py, yy: sums.yy)
    }

    func subtracting(_ part: CrossMoments) -> CrossMoments {
        CrossMoments(
            count: count &- part.count, x: x &- part.x, p: p &- part.p, y: y &- part.y, xx: xx &- part.xx,
            xp: xp &- part.xp, pp: pp &- part.pp, xy: xy &- part.xy, py: py &- part.py, yy: yy &- part.yy)
    }
}

/// Which symbols of two equally long blocks belong together when Bob's symbol i carries Alice's symbol i − delay.
struct BlockOverlap {
    /// First of Alice's symbols that has a partner.
    let alice: Int
    /// Its partner.
    let bob: Int
    /// Pairs, 0 if the blocks do not meet.
    let count: Int

    init(symbols: Int, delay: Int) {
        alice = max(0, -delay)
        bob = max(0, delay)
        count = max(0, symbols - max(alice, bob))
    }
}
