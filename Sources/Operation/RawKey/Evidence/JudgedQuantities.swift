internal import RawKeyMessages
internal import SwiftProtobuf

/// A list of judged quantities that is being made.
struct JudgedQuantities {
    private(set) var all: [Cvqkd_Rawkey_V1_JudgedQuantity] = []

    /// Adds a quantity; what is not a number is outside every limit.
    mutating func add(
        _ quantity: EvidenceQuantity, _ value: Double, sigma: Double = 0, from lower: Double, to upper: Double
    ) {
        all.append(
            .with {
                $0.name = quantity.rawValue
                ($0.value, $0.sigma, $0.lower, $0.upper) = (value, sigma, lower, upper)
                $0.passes = lower <= value && value <= upper
            })
    }

    /// Adds a quantity with limits at the same distance on both sides.
    mutating func add(
        _ quantity: EvidenceQuantity, _ value: Double, sigma: Double, around centre: Double, within tolerance: Double
    ) {
        add(quantity, value, sigma: sigma, from: centre - tolerance, to: centre + tolerance)
    }

    /// Cells of a window without a block, by cause, and alarms.
    mutating func add(
        gaps: [Cvqkd_Rawkey_V1_GapCells], held: Int, alarms: [String], policy: EvidencePolicy
    ) {
        var counts: [Cvqkd_Rawkey_V1_GapCause: Double] = [:]
        for gap in gaps { counts[gap.cause, default: 0] += Double(gap.cells) }
        let cells = counts.values.reduce(Double(held), +)
        let causes: [(EvidenceQuantity, Cvqkd_Rawkey_V1_GapCause, Double)] = [
            (.gapShareLost, .lost, policy.lostShare), (.gapShareUndeclared, .undeclared, policy.undeclaredShare),
            (.gapShareNoRoom, .noRoom, policy.noRoomShare), (.gapShareEnded, .ended, policy.endedShare),
            (.gapShareOtherEnd, .otherEnd, policy.otherEndShare),
        ]
        for (quantity, cause, limit) in causes {
            add(quantity, (counts[cause] ?? 0) / max(1, cells), from: 0, to: limit)
        }
        add(.alarms, Double(alarms.count), from: 0, to: 0)
    }
}

func hypotenuse(_ left: Double, _ right: Double) -> Double { (left * left + right * right).squareRoot() }
