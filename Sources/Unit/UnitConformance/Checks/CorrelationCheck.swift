internal import QuadratureAnalysis
internal import UnitProtocol

/// Bob's values of training slots against the words that Alice's unit disclosed, quadrature by quadrature.
///
/// With y the values of one quadrature of Bob's, the row (Σ y·x, Σ y·p) points where that quadrature lies in Alice's plane.
/// A constant phase turns both rows alike: the second stands 90° ahead of the first, whatever the phase is.
struct QuadratureRows {
    /// Σ y·x, Σ y·p, Σ y², number, of the x and of the p quadrature.
    private var sums = [[Double]](repeating: [0, 0, 0, 0], count: 2)
    private var words = 0.0
    private var count = 0.0

    /// One symbol of Bob's: `quadrature` 0 is x, 1 is p.
    mutating func add(_ value: Double, _ quadrature: Int, x: Double, p: Double) {
        sums[quadrature][0] += value * x
        sums[quadrature][1] += value * p
        sums[quadrature][2] += value * value
        sums[quadrature][3] += 1
        words += (x * x + p * p) / 2
        count += 1
    }

    private func length(_ quadrature: Int) -> Double {
        let row = sums[quadrature]
        return (row[0] * row[0] + row[1] * row[1]).squareRoot()
    }

    /// How far each row stands out, in standard deviations of unrelated data.
    var significances: [Double] {
        sums.indices.map { index in
            let deviation = (sums[index][2] * words / max(count, 1)).squareRoot()
            return deviation > 0 ? length(index) / deviation : 0
        }
    }

    /// Sine of the angle from the x row to the p row: 1 for a right receiver, −1 if one is called the other, 0 if each row is
    /// a mixture of both. Its standard uncertainty is √2 / significance.
    var orientation: Double {
        let scale = length(0) * length(1)
        return scale > 0 ? (sums[0][0] * sums[1][1] - sums[0][1] * sums[1][0]) / scale : 0
    }
}

/// A training slot at both ends.
private struct TrainingSlot {
    var alice: [Int16]
    var bob: [Int16]
    var basis: [UInt8]
}

extension ConformanceSuite {
    static let correlation = ConformanceCheck(
        pair: "pair-correlated", "Bob's values follow the words that Alice disclosed, each in its quadrature",
        says: "y = √N0·(√(μ′ηT)·x + noise); basis bit i is symbol i, 0 = x, 1 = p; a constant phase may remain"
    ) { pair, trial in
        guard pair.bob.can(.disclosure) else { throw Inapplicable("Bob cannot deliver disclosed symbols") }
        let session = try await shared(pair)
        let isHomodyne = session.bob.started.sampleFormat == .x16Basis
        let slots = trainingSlots(session.bob, isHomodyne)
        let symbols = slots.reduce(0) { $0 + $1.alice.count / 2 }
        trial.measure("training_symbols", Double(symbols), "1", .atLeast(1_000))
        let longest = slots.map { $0.alice.count / 2 }.max() ?? 0
        let window = min(Int(try await pair.bob.capabilities().maximumDelay), max(0, longest - 16))
        let (found, best) = search(slots, isHomodyne, window, mirrored: false)
        guard let found else {
            let (swapped, _) = search(slots, isHomodyne, window, mirrored: true)
            throw Violation(
                swapped == nil
                    ? "his values do not depend on her words: \(symbols) training symbols correlate with \(best)"
                    : "his x follows her p, and his p her x: \(isHomodyne ? "the basis plane is inverted" : "they are swapped")"
            )
        }
        var rows = QuadratureRows()
        for slot in slots { add(slot, delay: found.delay, isHomodyne, to: &rows) }
        trial.measure("delay", Double(found.delay), "1")
        // Twelve σ leave an uncertainty of 0.12 for the figure below, whose limit is four of them away.
        for (name, significance) in zip(["x", "p"], rows.significances) {
            trial.measure("significance_of_\(name)", significance, "1", .atLeast(12))
        }
        trial.measure("orientation_of_p_against_x", rows.orientation, "1", .atLeast(0.5))
    }

    private static func trainingSlots(_ recording: Recording, _ isHomodyne: Bool) -> [TrainingSlot] {
        recording.training.keys.sorted().compactMap { first in
            guard let own = recording.training[first], let words = recording.disclosed[first] else { return nil }
            let count = words.count / 4
            let wanted = isHomodyne ? 2 * count + (count + 7) / 8 : 4 * count
            guard own.count == wanted, count > 0 else { return nil }
            return TrainingSlot(
                alice: numbers(words[...]), bob: numbers(own[..<(isHomodyne ? 2 * count : 4 * count)]),
                basis: isHomodyne ? Array(own[(2 * count)...]) : [])
        }
    }

    private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int16] {
        stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)
        }
    }

    /// The delay at which they correlate, and what is said if there is none. Mirrored: Alice's p with the other sign, which
    /// is what x for p looks like but for a phase.
    private static func search(
        _ slots: [TrainingSlot], _ isHomodyne: Bool, _ window: Int, mirrored: Bool
    ) -> (Alignment?, String) {
        var search = AlignmentSearch(detection: isHomodyne ? .homodyne : .heterodyne, maxDelay: window)
        for slot in slots {
            var words = slot.alice
            if mirrored { for index in stride(from: 1, to: words.count, by: 2) { words[index] = 0 &- words[index] } }
            if isHomodyne {
                search.add(alice: words.span, bob: slot.bob.span, basis: slot.basis.span)
            } else {
                search.add(alice: words.span, bob: slot.bob.span)
            }
        }
        do throws(AlignmentFailure) {
            return (try search.result(), "")
        } catch {
            return (nil, "\(error)")
        }
    }

    private static func add(_ slot: TrainingSlot, delay: Int, _ isHomodyne: Bool, to rows: inout QuadratureRows) {
        let count = slot.alice.count / 2
        for index in max(0, delay)..<max(max(0, delay), min(count, count + delay)) {
            let (x, p) = (Double(slot.alice[2 * (index - delay)]), Double(slot.alice[2 * (index - delay) + 1]))
            if isHomodyne {
                let bit = Int(slot.basis[index / 8] >> UInt8(index % 8)) & 1
                rows.add(Double(slot.bob[index]), bit, x: x, p: p)
            } else {
                rows.add(Double(slot.bob[2 * index]), 0, x: x, p: p)
                rows.add(Double(slot.bob[2 * index + 1]), 1, x: x, p: p)
            }
        }
    }
}
