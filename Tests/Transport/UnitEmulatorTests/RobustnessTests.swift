import Testing
import UnitProtocol

@testable import UnitEmulator

struct RobustnessTests {
    @Test func `no request stops the unit, whatever is in it`() {
        var numbers = RandomNumbers(seed: 20_817, stream: 1)
        let rig = Rig()
        rig.makeReady()
        let templates = Array(RequestRule.table(rig.pair.bob.configuration).keys.sorted())
        for turn in 0..<20_000 {
            let host = turn % 2 == 0 ? rig.alice : rig.bob
            let template = templates[Int(numbers.next() % UInt64(templates.count))]
            // Resets with the right word are one in 2^32: the unit stays.
            let block = (0..<Int(numbers.next() % 100)).map { _ -> UInt8 in
                let value = numbers.next()
                return value & 0x300 == 0 ? UInt8(truncatingIfNeeded: value) : UInt8(truncatingIfNeeded: value % 4)
            }
            host.ask(template: template, block: block)
            if turn % 50 == 0 {
                rig.run(1)
                _ = rig.alice.drain()
                _ = rig.bob.drain()
            }
        }
        rig.run(2_100)
        #expect(rig.alice.hello()?.template == HelloReply.templateID)
        #expect(rig.bob.hello()?.template == HelloReply.templateID)
    }

    @Test func `requests are answered while symbols are made as fast as they can be`() throws {
        var model = PairModel(seed: 1)
        model.symbolRate = 1e9
        var configuration = PairConfiguration(model: model)
        configuration.warmUpTime = 0
        let pair = EmulatedPair(configuration)
        defer { pair.stop() }
        let host = TestHost(pair.bob)
        while pair.bob.state != .dark {}
        host.hello()
        // Far more than any processor makes: the producer is behind from the first slot on and never rests.
        host.ask(Rig.start(1, options: .standalone, frameBytes: 65_536, slot: 16_000, rate: 1e9, dark: 1))
        for count in 0..<200 {
            #expect(host.ask(Heartbeat(count: UInt32(count)))?.template == HeartbeatReply.templateID)
        }
    }
}
