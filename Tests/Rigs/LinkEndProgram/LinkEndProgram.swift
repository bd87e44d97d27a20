import Foundation
import LinkControl
import LinkMonitors
import LinkSocket
import QuadratureAnalysis
import SerialTransport
import UnitControl
import UnitProtocol

/// One end of a link in a process of its own, for the tests: it opens one unit and knows the other only by messages.
///
///     cvqkd-link-end --role alice|bob --unit PATH --socket PATH --listen|--connect [--coordinate] [--purpose key|test]
///                    [--symbols N] [--rate HZ] [--nonce N]
///
/// The one with `--coordinate` runs the session; the other serves. Prints one line of JSON at the end, and a line per step
/// on standard error.
@main
struct LinkEndProgram {
    struct Outcome: Codable {
        var role: String
        var ending: String
        var isDark: Bool
        var session: UInt64 = 0
        var own: CountersStatement?
        var alice: CountersStatement?
        var bob: CountersStatement?
        var sums: TrainingStatement?
        var transmittance: Double?
        var transmittanceSigma: Double?
        var excessNoise: Double?
        var excessNoiseSigma: Double?
        var verifiedSymbols: UInt64 = 0
        /// From noticing that the other end is lost to the unit's word that it is dark, s.
        var secondsToDark: Double?
    }

    struct Options {
        var role = UnitRole.alice
        var unit = ""
        var socket = ""
        var listens = false
        var coordinates = false
        var purpose = SessionPurpose.test
        var symbols: UInt64 = 2_000_000
        var rate = 2e6
        var nonce: UInt64?

        init(_ arguments: [String]) {
            var rest = arguments.dropFirst()
            while let name = rest.popFirst() {
                switch name {
                case "--role": role = rest.popFirst() == "bob" ? .bob : .alice
                case "--unit": unit = rest.popFirst() ?? ""
                case "--socket": socket = rest.popFirst() ?? ""
                case "--listen": listens = true
                case "--connect": listens = false
                case "--coordinate": coordinates = true
                case "--purpose": purpose = rest.popFirst() == "key" ? .key : .test
                case "--symbols": symbols = rest.popFirst().flatMap(UInt64.init) ?? symbols
                case "--rate": rate = rest.popFirst().flatMap(Double.init) ?? rate
                case "--nonce": nonce = rest.popFirst().flatMap(UInt64.init)
                default: say("unknown argument \(name)")
                }
            }
        }
    }

    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static func main() async throws {
        let options = Options(CommandLine.arguments)
        let unit = try await Unit.connect(SerialTransport(path: options.unit), hostName: "link end")
        // Two runs of the same session are compared: only tests may know a nonce beforehand.
        let nonce = options.nonce.map { SessionNonce(high: UInt64(options.role.rawValue), low: $0) }
        let end = try await LinkEnd(
            options.role, unit, consent: EndConsent(nonce: { nonce ?? .random() }))
        say("unit \(unit.identity.serial)")
        let channel = try SocketChannel.open(options.socket, listens: options.listens)
        say("connected")
        var outcome = options.coordinates ? await coordinate(end, channel, options) : await serve(end, channel)
        outcome.own = await end.account()
        let data = try JSONEncoder().encode(outcome)
        print(String(decoding: data, as: UTF8.self))
        await unit.close()
    }

    static func serve(_ end: LinkEnd, _ channel: SocketChannel) async -> Outcome {
        let service = EndService(end, channel) { message in
            if case .windowVerdict(let verdict) = message { say("verdict \(verdict.index) \(verdict.action)") }
        }
        let progress = Task { await sayProgress(end) }
        let (ending, timeToDark) = await service.serve()
        progress.cancel()
        say("over")
        return Outcome(
            role: "\(end.role)", ending: text(ending), isDark: timeToDark != nil,
            secondsToDark: timeToDark.map { $0 / .seconds(1) })
    }

    /// Says when the stream runs, for a test that wants to disturb it.
    static func sayProgress(_ end: LinkEnd) async {
        while !Task.isCancelled {
            if await end.account().isRunning { break }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
        }
        say("streaming")
    }

    static func text(_ ending: EndService.Ending) -> String {
        switch ending {
        case .ended: "ended"
        case .peer(let fault): "peer \(fault.kind): \(fault)"
        case .unit(let error): "unit: \(error)"
        case .cancelled: "cancelled"
        }
    }

    static func coordinate(_ end: LinkEnd, _ channel: SocketChannel, _ options: Options) async -> Outcome {
        let other = await RemoteEnd(end.role == .alice ? .bob : .alice, channel)
        var outcome = Outcome(role: "\(end.role)", ending: "ended", isDark: false)
        var session: LinkSession?
        do throws(LinkError) {
            let made = try await agree(end, other, options)
            session = made
            outcome.session = made.number
            try await run(made, &outcome)
        } catch {
            if case .peer(_, let fault) = error {
                outcome.ending = "peer \(fault.kind): \(fault)"
            } else {
                outcome.ending = "unit: \(error)"
            }
        }
        let noticed = ContinuousClock.now
        outcome.isDark = await end.goDark()
        outcome.secondsToDark = (await session?.timeToDark ?? (.now - noticed)) / .seconds(1)
        _ = await other.goDark()
        await other.close()
        return outcome
    }

    static func agree(
        _ end: LinkEnd, _ other: RemoteEnd, _ options: Options
    ) async throws(LinkError) -> LinkSession {
        let plan = LinkPlan(
            purpose: options.purpose, symbolRate: options.rate, vacuumFraction: 0.4, trainingFraction: 0.5,
            symbolLimit: options.symbols)
        return end.role == .alice
            ? try await LinkSession(alice: end, bob: other, plan: plan, link: "test link")
            : try await LinkSession(alice: other, bob: end, plan: plan, link: "test link")
    }

    static func run(_ session: LinkSession, _ outcome: inout Outcome) async throws(LinkError) {
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(20))
        try await session.start()
        say("streaming")
        let watching = Task {
            while !Task.isCancelled {
                _ = await session.judgeWindow(sensors: [:], limits: MonitorLimits(blockSeconds: 1))
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        defer { watching.cancel() }
        let report = try await session.run { _ in false }
        outcome.alice = await session.alice.account()
        outcome.bob = await session.bob.account()
        outcome.sums = await session.bob.sums()
        outcome.verifiedSymbols = report.verifiedSymbols
        outcome.transmittance = report.health?.transmittance.value.value
        outcome.transmittanceSigma = report.health?.transmittance.sigma.value
        outcome.excessNoise = report.health?.excessNoise.value.value
        outcome.excessNoiseSigma = report.health?.excessNoise.sigma.value
        if let fault = await session.fault() { outcome.ending = "fault: \(fault)" }
    }
}
