import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

@testable import UnitConformance

/// An emulated pair in this process and in a time that jumps, whose one unit may be broken. Time-outs are short: the rules
/// about them are in terms of what the unit says of itself.
struct InProcess: Sendable {
    let time = VirtualTime()
    let pair: EmulatedPair
    /// What a unit's answers and frames become.
    var relay: (@Sendable (UnitRelay, FrameRelay) -> Void)?

    init(
        _ defect: FirmwareDefect? = nil, detection: PairModel.Receiver = .heterodyne, seed: UInt64 = 5,
        warmUp: Double = 0.25
    ) {
        var model = PairModel(seed: seed)
        model.receiver = detection
        var configuration = PairConfiguration(model: model)
        configuration.adjust = { unit in
            unit.warmUpTime = warmUp
            unit.selfTestTime = 0.2
            unit.heartbeatInterval = 200
            unit.heartbeatTimeout = 800
            // A FIFO that is full within a second of the suite's sessions.
            unit.streamBufferBytes = 512 << 10
            if let defect, unit.role == defect.role { unit.defects = [defect] }
        }
        pair = time.pair(configuration)
    }

    func ports(_ role: UnitRole) -> UnitPorts {
        let unit = role == .alice ? pair.alice : pair.bob
        guard let relay else {
            return UnitPorts(open: { try InProcessPort(unit) }, openSecond: { try InProcessPort(unit) })
        }
        return UnitPorts(open: {
            let frames = FrameRelay(try InProcessPort(unit))
            let answers = UnitRelay(frames)
            relay(answers, frames)
            return answers
        })
    }

    /// Runs checks on the units of the given roles, resets included.
    func run(_ only: Set<String> = [], on roles: [UnitRole] = [.alice, .bob]) async -> ConformanceRecord {
        var options = ConformanceSuite.Options()
        options.only = only
        options.isDestructive = true
        let suite = ConformanceSuite(roles.map(ports), options: options, station: "test", clock: time.clock)
        return await time.run { await suite.run() }
    }
}

extension ConformanceRecord {
    /// What did not pass, in words.
    var complaints: String {
        phases.filter { $0.outcome != .pass }.map {
            "\($0.name) \($0.outcome.rawValue): \($0.seen.joined(separator: "; "))"
        }
        .joined(separator: "\n")
    }
}
