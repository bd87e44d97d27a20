public import UnitProtocol

/// What a pair is made of: its light, and what its units are built of.
public struct PairConfiguration: Sendable {
    /// The light.
    public var model: PairModel
    /// Number of the pair: its units are NOVA-A-0001 and NOVA-B-0001 for pair 0.
    public var index = 0
    /// Symbols come at the symbol rate; if not, as fast as they are taken, and nothing is ever lost for want of room.
    public var isPaced = true
    /// Whether a thread drives the pair. Tests with a clock of their own call `EmulatedPair.step` instead.
    public var hasThread = true
    /// Time from Dark to Ready, s.
    public var warmUpTime = 3.0
    /// Depth of each unit's stream FIFO, bytes.
    public var streamBufferBytes = 8 << 20
    /// Changes the units' configuration last, whatever it is.
    public var adjust: @Sendable (inout UnitConfiguration) -> Void = { _ in }

    /// A pair around this light.
    public init(model: PairModel) { self.model = model }

    /// Seed of a unit's own random numbers.
    static func seed(of role: UnitRole, _ model: PairModel) -> UInt64 {
        model.seed &+ (role == .alice ? 0x416C_6963_6500 : 0x426F_6200)
    }

    /// The configuration of one unit.
    public func unit(_ role: UnitRole) -> UnitConfiguration {
        let number = String(index + 1)
        let digits = String(repeating: "0", count: max(0, 4 - number.count)) + number
        var unit = UnitConfiguration(
            role: role, serial: "NOVA-\(role == .alice ? "A" : "B")-\(digits)",
            detection: model.receiver == .homodyne ? .homodyne : .heterodyne,
            seed: Self.seed(of: role, model))
        unit.maximumSymbolRate = model.symbolRate
        unit.detectorEfficiency = model.efficiency
        unit.detectorEfficiencySigma = 0.01 * model.efficiency
        unit.nominalLocalOscillatorPower = model.nominalPower
        unit.maximumLocalOscillatorPower = 2 * model.nominalPower
        unit.sampleScale = model.sampleScale
        unit.shutterExtinction = model.shutterLeakage
        // 20 time constants: e^-20 is 87 dB, less than any shutter leaks.
        unit.shutterSettling = 20 * model.shutterTimeConstant
        if role == .bob {
            unit.adcBits = UInt8(model.converterBits)
            unit.clipHigh = Int16(model.converterLimit)
            unit.clipLow = -unit.clipHigh
        }
        unit.warmUpTime = warmUpTime
        unit.streamBufferBytes = streamBufferBytes
        adjust(&unit)
        return unit
    }
}
