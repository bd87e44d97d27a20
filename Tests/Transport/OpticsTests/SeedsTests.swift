import Testing

/// The bounds that statistical tests judge by.
struct SeedsTests {
    @Test func `bounds are those of the normal, the χ² and the binomial distribution`() {
        // χ² with 400 degrees of freedom: 0.85² · 400 and 1.15² · 400 have tails of 7e-6 and 1.5e-5.
        let many = Chance.rootMeanSquares(of: 400, tail: 1e-5)
        #expect(abs(many.lowerBound - 0.852) < 0.001 && abs(many.upperBound - 1.153) < 0.001, "\(many)")
        #expect(abs(Chance.mean(of: 300, tail: 1.6e-5) - 0.24) < 0.001)
        // P(X ≥ 7) = 2.1e-5 and P(X ≥ 6) = 1.9e-4 for 300 at 0.0027, by another program.
        #expect(Chance.most(of: 300, probability: 0.0027, tail: 2.5e-5) == 6)
        #expect(Chance.most(of: 3, probability: 0.5, tail: 0.125) == 2)
        #expect(Chance.least(of: 3, probability: 0.5, tail: 0.125) == 1)
    }

    @Test func `fewer runs have wider bounds and no run has none`() {
        let (few, many) = (Chance.rootMeanSquares(of: 60, tail: 1e-5), Chance.rootMeanSquares(of: 400, tail: 1e-5))
        #expect(few.lowerBound < many.lowerBound && few.upperBound > many.upperBound)
        #expect(few.lowerBound > 0.6 && few.upperBound < 1.42, "\(few)")
        #expect(Seeds(from: 1000).range.count == Seeds.count)
    }
}
