import ArgumentParser
import Calibration

/// How many samples the shot-noise phases take.
struct ShotNoiseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Dark samples per quadrature, for V_off. Default: \(Selectors.text(BobPlan().darkSamples)).", valueName: "n"
        ),
        transform: Selectors.count)
    var darkSamples: UInt64 = BobPlan().darkSamples

    @Option(
        help: ArgumentHelp(
            "Vacuum samples per quadrature, for V_on. Default: \(Selectors.text(BobPlan().vacuumSamples)).",
            valueName: "n"), transform: Selectors.count)
    var vacuumSamples: UInt64 = BobPlan().vacuumSamples

    @Option(
        help: ArgumentHelp(
            "Plan the vacuum samples so that the excess noise can be known to this, at --loss.", valueName: "snu"))
    var sigmaExcessNoise: Double?

    @OptionGroup var link: LinkLossOption

    func validate() throws {
        try Selectors.require(sigmaExcessNoise, positive: "sigma-excess-noise")
        guard (sigmaExcessNoise == nil) == (link.loss == nil) else {
            throw ValidationError("--sigma-excess-noise and --loss go together: each alone plans nothing.")
        }
    }

    var plan: BobPlan {
        var plan = BobPlan()
        plan.darkSamples = darkSamples
        plan.vacuumSamples = vacuumSamples
        if let sigmaExcessNoise, let loss = link.loss {
            plan.target = ExcessNoiseTarget(sigma: sigmaExcessNoise, loss: loss)
        }
        return plan
    }
}

extension Selectors {
    /// A default for --help: `2e7`, which is how one would type it.
    static func text(_ count: UInt64) -> String {
        var (digits, zeros) = (count, 0)
        while digits > 0, digits.isMultiple(of: 10) { (digits, zeros) = (digits / 10, zeros + 1) }
        guard zeros >= 4 else { return "\(count)" }
        let text = "\(digits)"
        return text.count == 1 ? "\(text)e\(zeros)" : "\(text.prefix(1)).\(text.dropFirst())e\(zeros + text.count - 1)"
    }

    /// A count, also as `1e8`.
    @Sendable static func count(_ text: String) throws -> UInt64 {
        if let number = UInt64(text), (1...1_000_000_000_000_000).contains(number) { return number }
        guard let number = Double(text), number >= 1, number <= 1e15, number == number.rounded() else {
            throw ValidationError(
                "'\(text)' is not a number of samples: a whole number from 1 to 1e15 is wanted, such as 1e8.")
        }
        return UInt64(number)
    }
}
