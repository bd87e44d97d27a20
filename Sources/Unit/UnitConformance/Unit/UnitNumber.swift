/// Arithmetic on a unit's numbers, which may be any: sums that do not fit are nil and equal to nothing that fits.
enum UnitNumber {
    /// The sum; nil if 64 bits do not hold it.
    static func sum(_ numbers: UInt64...) -> UInt64? {
        var total: UInt64 = 0
        for number in numbers {
            let (sum, isBeyond) = total.addingReportingOverflow(number)
            if isBeyond { return nil }
            total = sum
        }
        return total
    }
}
