public import CalibrationRecords
internal import Glibc
internal import LinkMonitors
internal import QuadratureAnalysis

/// How a quantity has changed between two visits.
public struct DossierDifference: Codable, Sendable, Hashable {
    /// `loss`, `vacuumPerPower`, …
    public var quantity: String
    /// Value then.
    public var before: Double
    /// Value now.
    public var now: Double
    /// SI unit of both.
    public var unit: String
    /// now − before, in dB for losses; now/before − 1 for what is compared as a ratio.
    public var change: Double
    /// Standard uncertainty of the change; nil if one of the two has none.
    public var sigma: Double?
    /// `dB`, or `1` for a ratio.
    public var changeUnit: String
    /// What the change was judged by.
    public var limits: AcceptanceLimits
    /// The judgement.
    public var outcome: Outcome

    /// change/σ; nil without σ.
    public var significance: Double? { sigma.flatMap { $0 > 0 ? change / $0 : nil } }
}

/// Compares a later calibration with the dossier of the installation.
public enum DossierComparison {
    /// One quantity, wherever a record of one kind or the other keeps it.
    private struct Quantity {
        var name: String
        var unit: String
        /// Largest change that passes; half of it is marginal.
        var limit: Double
        var isRatio: Bool
        /// Whose own measurement it is: in records of another procedure it may be another average.
        var procedure: CalibrationRecord.Procedure
        var read: @Sendable (CalibrationRecord) -> (value: Double, sigma: Double?)?
    }

    /// What changes when something happens to an installation: a bend or a dirty connector (loss), the local oscillator or
    /// the receiver's gain (V_on per power), a detector (η), the modulator or its attenuator (V_A), the amplifier (V_off).
    private static let quantities: [Quantity] = [
        Quantity(name: "loss", unit: "dB", limit: 1, isRatio: false, procedure: .pair, read: loss),
        Quantity(name: "fibreLoss", unit: "dB", limit: 0.5, isRatio: false, procedure: .commissioning) {
            $0.value(of: "fibreLoss")
        },
        Quantity(
            name: "vacuumPerPower", unit: "LSB^2/W", limit: 0.05, isRatio: true, procedure: .bob, read: vacuumPerPower),
        Quantity(name: "electronicVariance", unit: "LSB^2", limit: 0.1, isRatio: true, procedure: .bob) {
            $0.value(of: "electronicVariance")
        },
        // η as it is known, and what light of known power verifies of it.
        Quantity(name: "detectorEfficiency", unit: "1", limit: 0.05, isRatio: true, procedure: .bob) {
            $0.value(of: "detectorEfficiency")
        },
        Quantity(name: "responsivity", unit: "A/W", limit: 0.05, isRatio: true, procedure: .bob) {
            $0.value(of: "responsivity")
        },
        // The factor between Alice's monitor photodiode and V_A. V_A itself is a setting.
        Quantity(name: "monitorConversion", unit: "W/SNU", limit: 0.05, isRatio: true, procedure: .alice) {
            $0.value(of: "monitorConversion")
        },
        Quantity(name: "excessNoise", unit: "SNU", limit: 0.05, isRatio: false, procedure: .pair) {
            $0.value(of: "excessNoise")
        },
    ]

    /// Every quantity that both records have. The same calibration before and after maintenance is compared in the same
    /// way: `dossier` is then the record before it.
    public static func differences(dossier: CalibrationRecord, later: CalibrationRecord) -> [DossierDifference] {
        quantities.compactMap { quantity in
            guard let before = quantity.read(dossier), let now = quantity.read(later) else { return nil }
            return difference(quantity, before, now)
        }
    }

    private static func difference(
        _ quantity: Quantity, _ before: (value: Double, sigma: Double?), _ now: (value: Double, sigma: Double?)
    ) -> DossierDifference {
        let change = quantity.isRatio ? now.value / before.value - 1 : now.value - before.value
        var sigma: Double?
        if let first = before.sigma, let second = now.sigma {
            sigma =
                quantity.isRatio
                ? abs(now.value / before.value) * hypot(first / before.value, second / now.value)
                : hypot(first, second)
        }
        let limits = AcceptanceLimits(
            minimum: -quantity.limit, maximum: quantity.limit, marginalMinimum: -quantity.limit / 2,
            marginalMaximum: quantity.limit / 2)
        return DossierDifference(
            quantity: quantity.name, before: before.value, now: now.value, unit: quantity.unit, change: change,
            sigma: sigma, changeUnit: quantity.isRatio ? "1" : quantity.unit, limits: limits,
            outcome: judge(change, sigma, limits))
    }

    /// What of a calibration has changed by more than 3 σ since the commissioning, explained or not. `name` is the record's
    /// own; nil before it is stored.
    static func changes(
        of later: CalibrationRecord, named name: String?, in contents: StoreContents
    ) -> [ChangeSinceCommissioning] {
        let references = contents.references(for: later, named: name)
        return quantities.filter { $0.procedure == later.procedure }.compactMap { quantity in
            guard let now = quantity.read(later),
                let reference = references.first(where: { quantity.read($0.record) != nil }),
                let then = quantity.read(reference.record)
            else { return nil }
            let whole = difference(quantity, then, now)
            let isOfCommissioning = reference.record.procedure == .commissioning
            func change(
                _ found: DossierDifference, _ explanation: ChangeSinceCommissioning.Explanation? = nil
            ) -> ChangeSinceCommissioning? {
                ChangeSinceCommissioning(
                    found, record: name, reference: reference.name, isOfCommissioning: isOfCommissioning,
                    explanation: explanation)
            }
            guard let explained = contents.explanation(of: quantity.name, for: later, named: name, since: reference)
            else { return change(whole) }
            // From an explained value on, only what came after it wants an explanation.
            let rest = difference(quantity, (explained.change.now, explained.change.sigma), now)
            return change(rest) ?? change(whole, .init(explained.statement))
        }
    }

    /// A value as a record has it, for an explanation.
    static func value(_ quantity: String, of record: CalibrationRecord) -> (value: Double, sigma: Double?)? {
        quantities.first { $0.name == quantity }?.read(record)
    }

    /// Beyond its limit, a change fails only if it stands out by three σ, and within it it passes only if three σ are within
    /// too: a short measurement shows nothing either way.
    private static func judge(_ change: Double, _ sigma: Double?, _ limits: AcceptanceLimits) -> Outcome {
        let outcome = limits.judge(change, sigma: sigma)
        guard outcome == .fail, let sigma, sigma.isFinite, abs(change) < 3 * sigma else { return outcome }
        return .marginal
    }

    /// −10 log10 T in dB with its σ.
    static func loss(_ record: CalibrationRecord) -> (value: Double, sigma: Double?)? {
        guard let found = record.value(of: "transmittance"), found.value > 0 else { return nil }
        return (-10 * log10(found.value), found.sigma.map { Decibels(relativeSigma: $0 / found.value).value })
    }

    /// V_on of quadrature x per power of the local oscillator, from the exact sums: σ(V)/V = √(2/n), and the scatter of a
    /// reading of the power.
    static func vacuumPerPower(_ record: CalibrationRecord) -> (value: Double, sigma: Double?)? {
        guard let sums = record.rawSums.first(where: { $0.kind == "vacuum" && $0.quadrature == "x" }),
            let power = sums.localOscillatorPower, power > 0, sums.samples > 1
        else { return nil }
        let count = Double(sums.samples)
        let mean = Double(sums.sum) / count
        let variance = Double(sums.sumOfSquares) / count - mean * mean
        let relative = hypot((2 / count).squareRoot(), ExpectedVacuum.usualPowerSigma)
        return (variance / power, variance / power * relative)
    }
}

extension CalibrationRecord {
    /// A number by its name.
    fileprivate func value(of name: String) -> (value: Double, sigma: Double?)? {
        measurement(name).flatMap { found in found.value.map { ($0, found.sigma) } }
    }
}
