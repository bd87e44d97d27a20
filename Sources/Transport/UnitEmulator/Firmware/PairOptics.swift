/// The light as both units of a pair set it: what one end does, the other end sees. Touched under the pair's lock only.
final class PairOptics {
    let model: PairModel
    /// The light outside of sessions, at the model's symbol rate.
    let link: OpticalLink
    /// Time zero of the physics, ns of the clock.
    let epoch: UInt64
    let truth: TruthLog
    var transmitter = PhysicsState.Transmitter.off {
        didSet { transmitter.impairments = attacks.transmitter(modulation: model.modulationVariance) }
    }
    var localOscillator = PhysicsState.LocalOscillator.off
    var shutter = PhysicsState.Shutter.closed
    /// Attacks and faults of the optics in force.
    var attacks = AttackSet() {
        didSet {
            impairments = attacks.impairments
            transmitter.impairments = attacks.transmitter(modulation: model.modulationVariance)
        }
    }
    /// What they do on the way and at Bob.
    private(set) var impairments = Impairments.none

    init(_ model: PairModel, epoch: UInt64) {
        self.model = model
        link = OpticalLink(model)
        self.epoch = epoch
        truth = TruthLog(model)
    }

    /// A time of the clock on the axis of the physics, s.
    func seconds(_ nanoseconds: UInt64) -> Double { Double(Int64(bitPattern: nanoseconds &- epoch)) * 1e-9 }

    /// Both ends as they are.
    func state(sessionStart: Double) -> PhysicsState {
        var state = PhysicsState(
            transmitter: transmitter, localOscillator: localOscillator, shutter: shutter, sessionStart: sessionStart)
        state.impairments = impairments
        return state
    }

    /// Power of Bob's local oscillator as its photodiode shows it, W.
    func localOscillatorPower(at time: Double) -> Double {
        link.localOscillatorPower(at: time, state: state(sessionStart: 0))
    }

    /// The light of a session at its own symbol rate.
    func link(symbolRate: Double) -> OpticalLink {
        var model = model
        model.symbolRate = symbolRate
        return OpticalLink(model)
    }
}
