import Testing
import UnitProtocol

@testable import UnitEmulator

struct FaultTests {
    static func streaming(_ rig: Rig) -> TestHost {
        rig.makeReady()
        rig.bob.ask(Rig.start(9, options: .standalone))
        return rig.bob
    }

    @Test func `every fault has a line of its own and a name without surprises`() {
        #expect(Set(Fault.allCases.map(\.explanation)).count == Fault.allCases.count)
        for fault in Fault.allCases {
            #expect(fault.rawValue.allSatisfy { $0 == "-" || ("a"..."z").contains($0) })
            #expect(!fault.explanation.contains("\n"))
        }
    }

    @Test func `hang answers nothing and clear ends it`() {
        let rig = Rig()
        rig.bob.hello()
        rig.pair.bob.inject(.hang)
        #expect(rig.bob.ask(GetStatus()) == nil)
        rig.pair.bob.inject(.clear)
        #expect(rig.bob.ask(GetStatus()) != nil)
    }

    @Test func `late replies come late`() {
        let rig = Rig()
        rig.bob.hello()
        rig.pair.bob.inject(.lateReplies, value: 50)
        #expect(rig.bob.ask(GetStatus()) == nil)
        rig.run(49)
        #expect(rig.bob.replies(Status.templateID).isEmpty)
        rig.run(2)
        #expect(rig.bob.replies(Status.templateID).count == 1)
    }

    @Test func `duplicates, wrong numbers, garbage and truncation are what they say`() {
        let rig = Rig()
        rig.bob.hello()
        rig.pair.bob.inject(.duplicateReplies)
        rig.bob.ask(GetStatus())
        #expect(rig.bob.replies(Status.templateID).count == 2)
        rig.pair.bob.inject(.clear)
        rig.pair.bob.inject(.wrongCorrelation)
        #expect(rig.bob.ask(GetStatus()) == nil)
        #expect(rig.bob.ask(GetStatus()) != nil)
        rig.pair.bob.inject(.garbage, value: 10)
        #expect(rig.bob.ask(GetStatus()) != nil)
        #expect(rig.bob.garbage.map(\.count) == [10])
        #expect(rig.bob.garbage.allSatisfy { !$0.contains(0) })
        rig.pair.bob.inject(.truncateFrame)
        #expect(rig.bob.ask(GetStatus()) == nil)
    }

    @Test func `the unit's record does not see what happens on the way`() {
        let rig = Rig()
        let host = Self.streaming(rig)
        rig.pair.bob.inject(.corruptFrame, value: 10)
        rig.pair.bob.inject(.dropStreamFrame, value: 3)
        rig.run(1)
        let frames = host.drain()
        let sent = rig.pair.bob.record(session: 9)?.frames ?? 0
        #expect(frames.first?.header.number == 3)
        #expect(UInt64(frames.count) == sent - 3 - sent / 10)
    }

    @Test func `two frames change places`() {
        let rig = Rig()
        let host = Self.streaming(rig)
        rig.pair.bob.inject(.reorder)
        rig.run(1)
        #expect(host.drain().prefix(3).map(\.header.number) == [1, 0, 2])
    }

    @Test func `a stale session has a valid CRC`() {
        let rig = Rig()
        let host = Self.streaming(rig)
        rig.pair.bob.inject(.staleSession)
        rig.run(1)
        let frames = host.drain()
        #expect(frames[0].header.session != 9)
        #expect(frames[1].header.session == 9)
    }

    @Test func `an overflow on demand is declared`() {
        let rig = Rig()
        let host = Self.streaming(rig)
        rig.pair.bob.inject(.fifoOverflow, value: 5)
        rig.run(1)
        let first = host.drain().first
        #expect(first?.block.droppedSymbols == 5 * 256)
        #expect(first?.block.flags.isSuperset(of: [.gap, .overflow]) == true)
    }

    @Test func `unplug takes the light with it and replug brings the unit back`() {
        let rig = Rig()
        rig.makeReady()
        rig.pair.bob.inject(.unplug)
        #expect(!rig.bob.isPresent)
        #expect(rig.pair.bob.state == .dark)
        #expect(rig.bob.hello() == nil)
        rig.pair.bob.inject(.replug)
        #expect(rig.bob.isPresent)
        #expect(rig.bob.hello()?.template == HelloReply.templateID)
    }

    @Test func `a brown-out shows the bootloader and then the firmware`() throws {
        let rig = Rig()
        rig.makeReady()
        rig.pair.bob.inject(.brownOut, value: 500)
        rig.run(250)
        #expect(rig.bob.isPresent && rig.bob.isBootloader)
        rig.run(1_000)
        #expect(rig.bob.isPresent && !rig.bob.isBootloader)
        let reply = try #require(rig.bob.hello()).block(HelloReply.self)
        #expect(reply.resetCause == .brownOut)
        #expect(reply.state == .dark)
    }

    @Test func `ignored heartbeats let the unit go dark under its host`() {
        let rig = Rig()
        rig.makeReady()
        rig.pair.bob.inject(.ignoreHeartbeat)
        for _ in 0..<5 {
            rig.bob.ask(Heartbeat(count: 0))
            rig.run(500)
        }
        #expect(rig.pair.bob.state == .dark)
    }

    @Test func `a role that no host knows`() throws {
        let rig = Rig()
        rig.pair.bob.inject(.unknownRole)
        #expect(try #require(rig.bob.hello()).block(HelloReply.self).role.rawValue == 9)
    }
}
