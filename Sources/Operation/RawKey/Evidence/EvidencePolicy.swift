internal import Digests
public import Foundation
internal import RawKeyMessages
internal import SwiftProtobuf

/// The rule and all of its limits, fixed before the session. docs/evidence.md says how each is used.
public struct EvidencePolicy: Sendable, Codable, Equatable {
    /// Version of the rule.
    public static let rule: UInt32 = 1

    /// Standard deviations that the bound allows for: 6.5 is exceeded once in 10^10 windows.
    public var boundSigmas = 6.5
    /// Standard deviations of what was calibrated that limits allow for.
    public var calibrationSigmas = 3.0
    /// ξ_null: excess noise at the channel's input at which there is no key left, SNU.
    public var nullKeyNoise: Double
    /// The share of it that an error of V_on may hide.
    public var nullKeyShare = 0.2
    /// Samples of vacuum in a window, both quadratures counted together.
    public var plannedVacuumSamples: UInt64
    /// Cells of a window.
    public var cellsPerWindow: UInt64
    /// Relative change of V_on from its reference, as the local oscillator drifts.
    public var vacuumTolerance = 0.05
    /// Relative change of shot noise per power of the local oscillator.
    public var perPowerTolerance = 0.02
    /// Relative change of V_on within a window.
    public var driftTolerance = 0.005
    /// Change of the mean, in standard deviations of one sample.
    public var meanTolerance = 0.1
    /// Change of the kurtosis from 3.
    public var kurtosisTolerance = 0.05
    /// Correlation of neighbours.
    public var correlationTolerance = 0.05
    /// Relative change of V_off.
    public var electronicTolerance = 0.1
    /// Relative change of the local oscillator's power.
    public var localOscillatorTolerance = 0.05
    /// Clipped samples of a window.
    public var clippedSamples: UInt64 = 0
    /// Frames of a window with an unlocked clock or an overflow.
    public var doubtfulFrames: UInt64 = 0
    /// Share of cells without a block because symbols did not come.
    public var lostShare = 0.1
    /// Share of cells without a block where nothing explains it.
    public var undeclaredShare = 0.0
    /// Share of cells without a block because this end had no room.
    public var noRoomShare = 0.25
    /// Share of cells in which the session ended.
    public var endedShare = 1.0
    /// Share of cells that the other end does not hold.
    public var otherEndShare = 0.25
    /// How much stronger than her record Alice may be, relative. Key is overstated by as much.
    public var strongerTolerance = 0.03
    /// How much weaker she may be, relative.
    public var weakerTolerance = 0.05
    /// Readings of her monitor in a window.
    public var powerReadings: UInt64 = 3
    /// Relative change of the variance of her training words.
    public var trainingTolerance = 0.05

    /// The usual limits, for windows of so many samples in so many cells.
    public init(nullKeyNoise: Double, plannedVacuumSamples: UInt64, cellsPerWindow: UInt64) {
        self.nullKeyNoise = nullKeyNoise
        self.plannedVacuumSamples = plannedVacuumSamples
        self.cellsPerWindow = cellsPerWindow
    }

    /// The greatest excess noise at the channel's input that an error of V_on may hide, SNU.
    public var hiddenExcessNoise: Double { nullKeyShare * nullKeyNoise }

    /// The bytes that stand in statements.
    public var bytes: Data {
        // A message of numbers alone is always written in the order of their fields.
        (try? message.serializedData()) ?? Data()
    }

    /// SHA-256 over `bytes`: what headers of blocks name it by.
    public var digest: [UInt8] { SHA256().digest(of: Array(bytes)).bytes }

    /// Reads what stands in a statement.
    ///
    /// Throws `.unreadable`, `.rule`, `.badPolicy`.
    public init(bytes: Data) throws(EvidenceError) {
        guard let message = try? Cvqkd_Rawkey_V1_EvidencePolicy(serializedBytes: bytes) else {
            throw .unreadable(what: "policy")
        }
        guard message.rule == Self.rule else { throw .rule(message.rule) }
        self.init(message)
        try check()
    }

    /// Whether limits are numbers that can be limits.
    ///
    /// Throws `.badPolicy` with the name of the first that cannot.
    public func check() throws(EvidenceError) {
        let limits: [(String, Double)] = [
            ("calibrationSigmas", calibrationSigmas), ("vacuumTolerance", vacuumTolerance),
            ("perPowerTolerance", perPowerTolerance), ("driftTolerance", driftTolerance),
            ("meanTolerance", meanTolerance), ("kurtosisTolerance", kurtosisTolerance),
            ("correlationTolerance", correlationTolerance), ("electronicTolerance", electronicTolerance),
            ("localOscillatorTolerance", localOscillatorTolerance), ("lostShare", lostShare),
            ("undeclaredShare", undeclaredShare), ("noRoomShare", noRoomShare), ("endedShare", endedShare),
            ("otherEndShare", otherEndShare), ("strongerTolerance", strongerTolerance),
            ("weakerTolerance", weakerTolerance), ("trainingTolerance", trainingTolerance),
        ]
        for (name, value) in limits where !(value >= 0 && value <= 1_000) { throw .badPolicy(name, value) }
        for (name, value) in [
            ("boundSigmas", boundSigmas), ("nullKeyNoise", nullKeyNoise), ("nullKeyShare", nullKeyShare),
        ] where !(value > 0 && value <= 1_000) { throw .badPolicy(name, value) }
        guard plannedVacuumSamples >= 2, plannedVacuumSamples <= SampleSums.mostSamples else {
            throw .badPolicy("plannedVacuumSamples", Double(plannedVacuumSamples))
        }
        guard cellsPerWindow >= 2, cellsPerWindow <= StatementForm.mostCells else {
            throw .badPolicy("cellsPerWindow", Double(cellsPerWindow))
        }
    }
}

extension EvidencePolicy {
    private var message: Cvqkd_Rawkey_V1_EvidencePolicy {
        .with {
            $0.rule = Self.rule
            ($0.boundSigmas, $0.calibrationSigmas) = (boundSigmas, calibrationSigmas)
            ($0.nullKeyNoise, $0.nullKeyShare) = (nullKeyNoise, nullKeyShare)
            ($0.plannedVacuumSamples, $0.cellsPerWindow) = (plannedVacuumSamples, cellsPerWindow)
            ($0.vacuumTolerance, $0.perPowerTolerance) = (vacuumTolerance, perPowerTolerance)
            ($0.driftTolerance, $0.meanTolerance) = (driftTolerance, meanTolerance)
            ($0.kurtosisTolerance, $0.correlationTolerance) = (kurtosisTolerance, correlationTolerance)
            ($0.electronicTolerance, $0.localOscillatorTolerance) = (electronicTolerance, localOscillatorTolerance)
            ($0.clippedSamples, $0.doubtfulFrames) = (clippedSamples, doubtfulFrames)
            ($0.lostShare, $0.undeclaredShare, $0.noRoomShare) = (lostShare, undeclaredShare, noRoomShare)
            ($0.endedShare, $0.otherEndShare) = (endedShare, otherEndShare)
            ($0.strongerTolerance, $0.weakerTolerance) = (strongerTolerance, weakerTolerance)
            ($0.powerReadings, $0.trainingTolerance) = (powerReadings, trainingTolerance)
        }
    }

    private init(_ message: Cvqkd_Rawkey_V1_EvidencePolicy) {
        self.init(
            nullKeyNoise: message.nullKeyNoise, plannedVacuumSamples: message.plannedVacuumSamples,
            cellsPerWindow: message.cellsPerWindow)
        (boundSigmas, calibrationSigmas) = (message.boundSigmas, message.calibrationSigmas)
        nullKeyShare = message.nullKeyShare
        (vacuumTolerance, perPowerTolerance) = (message.vacuumTolerance, message.perPowerTolerance)
        (driftTolerance, meanTolerance) = (message.driftTolerance, message.meanTolerance)
        (kurtosisTolerance, correlationTolerance) = (message.kurtosisTolerance, message.correlationTolerance)
        (electronicTolerance, localOscillatorTolerance) =
            (message.electronicTolerance, message.localOscillatorTolerance)
        (clippedSamples, doubtfulFrames) = (message.clippedSamples, message.doubtfulFrames)
        (lostShare, undeclaredShare, noRoomShare) = (message.lostShare, message.undeclaredShare, message.noRoomShare)
        (endedShare, otherEndShare) = (message.endedShare, message.otherEndShare)
        (strongerTolerance, weakerTolerance) = (message.strongerTolerance, message.weakerTolerance)
        (powerReadings, trainingTolerance) = (message.powerReadings, message.trainingTolerance)
    }
}
