import LinkControl
import LinkMonitors
import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// The result of `link start` as scripts get it. SI units; estimates with one standard deviation.
struct LinkDocument: Encodable, Sendable {
    struct UnitPart: Encodable, Sendable {
        var serial: String
        var role: String
        var emulated: Bool
        var model: String
        var firmware: String
        var selector: String
        var counters: CountersDocument
        var recovery: RecoveryDocument?
    }

    struct Value: Encodable, Sendable {
        var value: Double?
        var sigma: Double?
        var unit: String
    }

    struct Transmission: Encodable, Sendable {
        var estimate: Double?
        var sigma: Double?
        var lossDecibels: Double?
        var lossSigmaDecibels: Double?
        /// η as the unit states it; T̂ rests on it.
        var statedDetectorEfficiency: Double?
        var statedDetectorEfficiencySigma: Double?
    }

    struct Excess: Encodable, Sendable {
        var estimate: Double?
        var sigma: Double?
        var plane: String
        var unit: String
    }

    var session: String
    /// The same in decimal, for programs whose JSON has 64-bit integers.
    var sessionNumber: UInt64
    var purpose: String
    var emulated: Bool
    var alice: UnitPart
    var bob: UnitPart
    var symbolRate: Double
    var symbols: UInt64
    var symbolsByKind: [String: UInt64]
    var gapSymbols: UInt64
    var declaredGapSymbols: UInt64
    var firstSymbol: UInt64 = 0
    var endSymbol: UInt64
    var vacuumSamples: Int64
    /// Of dark frames; the samples of V_off from before the session are not among them.
    var darkSamples: Int64
    var trainingSymbols: Int64
    var unmatchedSymbols: UInt64
    var verifiedSymbols: UInt64
    var delaySymbols: Int?
    var clearance: Value?
    var transmittance: Transmission?
    var excessNoise: Excess?
    var electronicNoise: Value?
    var shotNoise: Value?
    var modulationVariance: Value?
    var noEstimate: String?
    /// V_on over the session, its drift, and what could hide behind it.
    var liveShotNoise: LiveShotNoiseDocument?
    /// What the windows were compared with, by which records.
    var baseline: BaselineDocument?
    /// What every rule found.
    var monitors: MonitorsDocument?
    var elapsedSeconds = 0.0
    var endedBy = ""
    /// Sessions of the same run that a failure ended; the figures above are of the last one alone.
    var earlierSessions: [EarlierSession] = []
    var label = LinkReport.label
}

extension LinkDocument {
    init(_ report: LinkReport, _ settings: LinkSettings, alice: UnitIdentity, bob: UnitIdentity) {
        self.init(
            session: NumberText.session(report.session), sessionNumber: report.session, purpose: report.purpose.word,
            emulated: alice.isEmulated || bob.isEmulated, alice: UnitPart(alice, report.alice),
            bob: UnitPart(bob, report.bob), symbolRate: settings.plan.symbolRate, symbols: report.bob.deliveredSymbols,
            symbolsByKind: CountersDocument.kinds(report.bob),
            gapSymbols: report.alice.missingSymbols + report.bob.missingSymbols,
            declaredGapSymbols: report.alice.declaredGapSymbols + report.bob.declaredGapSymbols,
            endSymbol: report.bob.nextSymbol, vacuumSamples: report.vacuumSamples,
            darkSamples: report.darkSamples, trainingSymbols: report.trainingSymbols,
            unmatchedSymbols: report.unmatchedSymbols,
            verifiedSymbols: report.verifiedSymbols, delaySymbols: report.delay,
            noEstimate: report.noEstimate?.description)
        liveShotNoise = report.shotNoise.flatMap { $0.session.samples > 1 ? LiveShotNoiseDocument($0) : nil }
        if let health = report.health { note(health, settings) }
    }

    /// What recovery has done for the two units.
    mutating func note(_ counters: (alice: RecoveryCounters, bob: RecoveryCounters)) {
        alice.recovery = RecoveryDocument(counters.alice)
        bob.recovery = RecoveryDocument(counters.bob)
    }

    private mutating func note(_ health: LinkHealth, _ settings: LinkSettings) {
        let transmission = health.transmittance
        let lossSigma = Decibels(relativeSigma: transmission.sigma.value / transmission.value.value).value
        clearance = Value(health.clearance, "dB")
        transmittance = Transmission(
            estimate: transmission.value.value.finite, sigma: transmission.sigma.value.finite,
            lossDecibels: transmission.value.loss.value.finite, lossSigmaDecibels: lossSigma.finite,
            statedDetectorEfficiency: settings.efficiency.finite,
            statedDetectorEfficiencySigma: settings.efficiencySigma.finite)
        excessNoise = Excess(
            estimate: health.excessNoise.value.value.finite, sigma: health.excessNoise.sigma.value.finite,
            plane: Plane.Input.name, unit: "SNU")
        electronicNoise = Value(health.electronicNoise, "SNU")
        shotNoise = Value(health.shotNoise, "LSB²")
        modulationVariance = Value(value: health.modulationVariance.value.finite, sigma: nil, unit: "SNU")
    }
}

extension LinkDocument.UnitPart {
    init(_ identity: UnitIdentity, _ counters: StreamCounters) {
        self.init(
            serial: identity.serial, role: identity.role.description, emulated: identity.isEmulated,
            model: identity.model, firmware: identity.firmware, selector: identity.endpoint.selector.description,
            counters: CountersDocument(counters))
    }
}

extension LinkDocument.Value {
    init<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String) {
        self.init(value: estimate.value.value.finite, sigma: estimate.sigma.value.finite, unit: unit)
    }
}

extension EarlierSession {
    init(_ link: LinkDocument, _ failed: UnitRole, _ error: UnitError, _ step: RecoveryStep) {
        self.init(
            session: link.session, symbols: link.symbols, gapSymbols: link.gapSymbols,
            declaredGapSymbols: link.declaredGapSymbols, elapsedSeconds: link.elapsedSeconds,
            failedUnit: failed.description, failure: error.description, recovery: step.rawValue)
    }
}
