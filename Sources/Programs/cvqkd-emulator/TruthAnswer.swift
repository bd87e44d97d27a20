import Foundation
import UnitEmulator

/// The truth of an interval as JSON: each quantity with its unit; null where the interval has no symbols of the kind
/// that it needs.
enum TruthAnswer {
    static func describe(_ truth: Truth, covered: Range<UInt64>, model: PairModel) -> [String: Any] {
        func quantity(_ value: Double, _ unit: String) -> [String: Any] {
            ["value": value.isFinite ? value as Any : NSNull(), "unit": unit]
        }
        return [
            "first": covered.lowerBound, "end": covered.upperBound,
            "symbols": [
                "signal": truth.signal.symbols, "vacuum": truth.vacuum.symbols, "dark": truth.dark.symbols,
            ],
            "transmittance": quantity(truth.transmittance, "1"),
            "excessNoise": quantity(truth.excessNoise, "SNU"),
            "electronicNoise": quantity(truth.electronicNoise, "SNU"),
            "shotNoiseVariance": quantity(truth.shotNoise, "LSB^2"),
            "vacuumVariance": quantity(truth.vacuumVariance, "LSB^2"),
            "darkVariance": quantity(truth.darkVariance, "LSB^2"),
            "residualVariance": quantity(truth.residualVariance, "LSB^2"),
            "clearance": quantity(truth.clearance, "dB"),
            "modulationVariance": quantity(truth.signal.modulation, "SNU"),
            "efficiency": quantity(model.efficiency, "1"),
            "modulatorExtinction": quantity(model.modulatorExtinction, "dB"),
            "quadraticShare": quantity(model.quadraticNoise, "1"),
            "delay": quantity(Double(model.delay), "symbol"),
            "phase": quantity(model.phase, "rad"),
        ]
    }
}
