import CalibrationRecords
import Testing

struct LimitsTests {
    private static let limits = AcceptanceLimits(
        minimum: -0.05, maximum: 0.05, marginalMinimum: -0.01, marginalMaximum: 0.01)

    @Test(
        arguments: [
            // Within by 3σ, by less, beyond the marginal band, beyond.
            (0.009, 0.013, Outcome.pass), (0.009, 0.014, .marginal), (-0.009, 0.013, .pass), (-0.009, 0.014, .marginal),
            (0.02, 0.001, .marginal), (0.051, 0.001, .fail), (0.051, 1, .fail), (0, .infinity, .marginal),
            (0, .nan, .marginal), (.nan, 0.001, .fail),
        ])
    func `a value passes if three standard uncertainties are within the limits`(
        value: Double, sigma: Double, outcome: Outcome
    ) {
        #expect(Self.limits.judge(value, sigma: sigma) == outcome)
        #expect(
            RecordedMeasurement("q", value: value, sigma: sigma, unit: "1", limits: Self.limits).outcome
                == outcome)
    }

    @Test func `without a standard uncertainty the value is judged alone`() {
        #expect(Self.limits.judge(0.0099, sigma: nil) == .pass)
        let one = AcceptanceLimits(minimum: 5)
        #expect(one.judge(5.2, sigma: 0.1) == .marginal && one.judge(5.4, sigma: 0.1) == .pass)
    }

    @Test func `limits that are so many standard uncertainties are not widened by them`() {
        let limits = AcceptanceLimits(minimum: -5, marginalMinimum: -4)
        let interval = RecordedMeasurement("z", value: -3, sigma: 1, unit: "1", limits: limits)
        let value = RecordedMeasurement(
            "z", value: -3, sigma: 1, unit: "1", limits: limits, judging: .value)
        #expect(interval.outcome == .marginal && value.outcome == .pass)
    }

    @Test func `a bound is judged as a bound`() {
        let found = RecordedMeasurement(
            "extinction", value: 21, sigma: 3, unit: "dB", bound: .lower, limits: AcceptanceLimits(minimum: 20))
        #expect(found.outcome == .pass)
    }
}
