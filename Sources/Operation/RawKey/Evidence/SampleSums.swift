internal import Foundation
internal import RawKeyMessages
internal import SwiftProtobuf

/// Sums over int16 samples that may come from anybody: added and used only if samples could have them.
struct SampleSums: Sendable, Hashable {
    /// More samples than a day at ten megahertz has; products of sums stay below 2^127.
    static let mostSamples: UInt64 = 1 << 40

    private(set) var samples: UInt64 = 0
    private(set) var first: Int64 = 0
    private(set) var second: UInt64 = 0
    private(set) var third: Int128 = 0
    private(set) var fourth: UInt128 = 0
    private(set) var lagProduct: Int64 = 0
    private(set) var clipped: UInt64 = 0

    init() {}

    /// An own run's.
    init(_ sums: PowerSums) {
        (samples, first, second, third) = (sums.samples, sums.first, sums.second, sums.third)
        (fourth, lagProduct, clipped) = (sums.fourth, sums.lagProduct, sums.clipped)
    }

    /// Sums of a message, if samples can have them.
    ///
    /// Throws `.impossibleSums`.
    init(_ message: Cvqkd_Rawkey_V1_PowerSums, field: String) throws(EvidenceError) {
        guard message.third.count == 16, message.fourth.count == 16 else {
            throw .impossibleSums(field: field, reason: "the third and fourth have 16 bytes")
        }
        (samples, first, second) = (message.samples, message.first, message.second)
        third = Int128(truncatingIfNeeded: Self.number(message.third))
        fourth = Self.number(message.fourth)
        (lagProduct, clipped) = (message.lagProduct, message.clipped)
        try check(field)
    }

    /// As a message.
    var message: Cvqkd_Rawkey_V1_PowerSums {
        .with {
            ($0.samples, $0.first, $0.second) = (samples, first, second)
            $0.third = Self.bytes(UInt128(truncatingIfNeeded: third))
            $0.fourth = Self.bytes(fourth)
            ($0.lagProduct, $0.clipped) = (lagProduct, clipped)
        }
    }

    /// Adds sums of other samples.
    ///
    /// Throws `.impossibleSums` if there are more than can be.
    mutating func add(_ other: SampleSums, field: String) throws(EvidenceError) {
        let parts = [
            samples.addingReportingOverflow(other.samples).overflow,
            first.addingReportingOverflow(other.first).overflow,
            second.addingReportingOverflow(other.second).overflow, third.addingReportingOverflow(other.third).overflow,
            fourth.addingReportingOverflow(other.fourth).overflow,
            lagProduct.addingReportingOverflow(other.lagProduct).overflow,
            clipped.addingReportingOverflow(other.clipped).overflow,
        ]
        guard !parts.contains(true), samples + other.samples <= Self.mostSamples else {
            throw .impossibleSums(field: field, reason: "there are too many samples")
        }
        samples += other.samples
        first += other.first
        second += other.second
        third += other.third
        fourth += other.fourth
        lagProduct += other.lagProduct
        clipped += other.clipped
    }

    /// What is left without some of the samples.
    ///
    /// Throws `.impossibleSums` if those cannot be some of these.
    func without(_ part: SampleSums, field: String) throws(EvidenceError) -> SampleSums {
        guard part.samples <= samples, part.second <= second, part.fourth <= fourth, part.clipped <= clipped else {
            throw .impossibleSums(field: field, reason: "a part has more than the whole")
        }
        var rest = SampleSums()
        let (first, overflowed) = first.subtractingReportingOverflow(part.first)
        let (lag, overflowedToo) = lagProduct.subtractingReportingOverflow(part.lagProduct)
        let (third, overflowedThird) = third.subtractingReportingOverflow(part.third)
        guard !overflowed, !overflowedToo, !overflowedThird else {
            throw .impossibleSums(field: field, reason: "a part has more than the whole")
        }
        (rest.samples, rest.first, rest.second) = (samples - part.samples, first, second - part.second)
        (rest.third, rest.fourth) = (third, fourth - part.fourth)
        (rest.lagProduct, rest.clipped) = (lag, clipped - part.clipped)
        try rest.check(field)
        return rest
    }

    /// What holds for any int16 samples.
    private func check(_ field: String) throws(EvidenceError) {
        func refuse(_ reason: String) -> EvidenceError { .impossibleSums(field: field, reason: reason) }
        guard samples <= Self.mostSamples else { throw refuse("there are too many samples") }
        guard clipped <= samples else { throw refuse("more samples are clipped than there are") }
        // 2^15 is the greatest amount of an int16.
        guard first.magnitude <= samples << 15, UInt128(second) <= UInt128(samples) << 30 else {
            throw refuse("samples are not so large")
        }
        guard third.magnitude <= UInt128(samples) << 45, fourth <= UInt128(samples) << 60 else {
            throw refuse("samples are not so large")
        }
        guard lagProduct.magnitude <= second else { throw refuse("neighbours are more than correlated") }
        // Cauchy and Schwarz, twice: no variance is negative.
        let square = UInt128(first.magnitude) * UInt128(first.magnitude)
        guard square <= UInt128(samples) * UInt128(second) else { throw refuse("the variance would be negative") }
        let (most, overflowed) = fourth.multipliedReportingOverflow(by: UInt128(samples))
        guard overflowed || UInt128(second) * UInt128(second) <= most else {
            throw refuse("the fourth is too small for the second")
        }
    }

    private static func number(_ bytes: Data) -> UInt128 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt128($1) }
    }

    private static func bytes(_ number: UInt128) -> Data {
        Data((0..<16).map { UInt8(truncatingIfNeeded: number >> UInt128(8 * $0)) })
    }
}
