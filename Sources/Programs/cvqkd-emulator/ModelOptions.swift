import ArgumentParser
import UnitEmulator

/// The physics of every pair, as options.
struct ModelOptions: ParsableArguments {
    /// How Bob measures.
    enum Detection: String, ExpressibleByArgument, CaseIterable { case heterodyne, homodyne }

    @Option(help: "How Bob measures.")
    var detection = Detection.heterodyne
    @Option(help: "Seed of all randomness; pair n uses seed + n.")
    var seed: UInt64 = 1
    @Option(help: "Highest symbol rate, Hz.")
    var symbolRate = PairModel.usualSymbolRate
    @Option(help: "Loss of the fibre, dB.")
    var loss = 5.0
    @Option(help: "Excess noise at the channel's input, SNU.")
    var excessNoise = 0.01
    @Option(help: "Modulation variance V_A at power-on, SNU.")
    var modulationVariance = 5.0
    @Option(help: "Variance of the residual phase, rad^2.")
    var phaseVariance = 0.001
    @Option(help: "Constant phase between the two ends, rad; drawn from the seed if not given.")
    var phase: Double?
    @Option(help: "Constant delay between the two indices, symbols; drawn from the seed if not given.")
    var delay: Int?
    @Option(help: "Detector efficiency, 0 to 1.")
    var efficiency = 0.6
    @Option(help: "Electronic noise, SNU.")
    var electronicNoise = 0.1
    @Option(help: "Shot-noise variance at nominal LO power, LSB^2.")
    var shotNoiseVariance = 10_000.0
    @Option(help: "Quadratic term of the detector's linearity at nominal power, SNU; negative saturates.")
    var quadraticNoise = 0.0
    @Option(help: "Nominal LO power, W.")
    var nominalPower = 10e-3
    @Option(help: "Wander of the LO power: relative rms.")
    var powerWander = 0.0
    @Option(help: "Wander of the loss: rms, dB.")
    var lossWander = 0.0
    @Option(help: "Correlation time of both wanders, s.")
    var wanderTime = 600.0
    @Option(help: "Relative variance of the LO's intensity from symbol to symbol.")
    var powerIntensityNoise = 0.0
    @Option(help: "Relative variance of the signal's intensity from symbol to symbol.")
    var signalIntensityNoise = 0.0
    @Option(help: "Extinction of the closed shutter, dB.")
    var shutterLeakage = 60.0
    @Option(help: "Time constant of the shutter, s; it has settled after 20 of them.")
    var shutterTimeConstant = 1e-6
    @Option(help: "Extinction of Alice's modulator, dB.")
    var modulatorExtinction = 40.0
    @Option(help: "What Alice's attenuator really does per dB that it is set to.")
    var attenuatorScale = 1.0
    @Option(help: "Unmodulated light at Bob's signal connector, W: seen by his photocurrent only.")
    var referenceLight = 0.0
    @Option(help: "Resolution of Bob's converter, bits.")
    var converterBits = 14
    @Option(help: "Offset of Bob's x channel, LSB.")
    var offsetX = 0.0
    @Option(help: "Offset of Bob's p channel, LSB.")
    var offsetP = 0.0
    @Option(help: "Relative gain difference of Bob's two quadratures (heterodyne).")
    var gainImbalance = 0.0
    @Option(help: "Deviation of Bob's two quadratures from 90 degrees, rad (heterodyne).")
    var angleImbalance = 0.0

    func validate() throws {
        guard (2...16).contains(converterBits) else { throw ValidationError("--converter-bits is 2 to 16") }
        guard symbolRate >= 1_000, symbolRate <= 1e9 else { throw ValidationError("--symbol-rate is 1e3 to 1e9 Hz") }
        guard (0...1).contains(efficiency) else { throw ValidationError("--efficiency is 0 to 1") }
        guard (0...60).contains(loss) else { throw ValidationError("--loss is 0 to 60 dB") }
        guard shutterTimeConstant >= 0 else { throw ValidationError("--shutter-time-constant is not negative") }
        let positive = [
            (modulationVariance, "--modulation-variance"), (shotNoiseVariance, "--shot-noise-variance"),
            (nominalPower, "--nominal-power"), (electronicNoise, "--electronic-noise"),
        ]
        for (value, name) in positive where !(value > 0) { throw ValidationError("\(name) is greater than 0") }
    }

    /// The model of one pair.
    func model(pair: Int) -> PairModel {
        var model = PairModel(seed: seed &+ UInt64(pair))
        model.receiver = detection == .homodyne ? .homodyne : .heterodyne
        model.symbolRate = symbolRate
        model.loss = loss
        model.excessNoise = excessNoise
        model.modulationVariance = modulationVariance
        model.sampleScale = modulationVariance.squareRoot() / 4_096
        model.phaseVariance = phaseVariance
        model.fixedPhase = phase
        model.fixedDelay = delay
        model.efficiency = efficiency
        model.electronicNoise = electronicNoise
        model.shotNoiseVariance = shotNoiseVariance
        model.quadraticNoise = quadraticNoise
        model.nominalPower = nominalPower
        if powerWander > 0 { model.powerDrift = .wander(rms: powerWander, correlationTime: wanderTime) }
        if lossWander > 0 { model.lossDrift = .wander(rms: lossWander, correlationTime: wanderTime) }
        model.powerIntensityNoise = powerIntensityNoise
        model.signalIntensityNoise = signalIntensityNoise
        model.shutterLeakage = shutterLeakage
        model.shutterTimeConstant = shutterTimeConstant
        model.modulatorExtinction = modulatorExtinction
        model.attenuatorScale = attenuatorScale
        model.referenceLight = referenceLight
        model.converterBits = converterBits
        model.offsetX = offsetX
        model.offsetP = offsetP
        model.imbalance = PairModel.Imbalance(gain: gainImbalance, angle: angleImbalance)
        return model
    }
}
