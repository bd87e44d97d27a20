import Testing
import UnitProtocol

@testable import UnitEmulator

/// README, section 5: one host controls a unit, and the light does not outlive it.
struct ControlTests {
    @Test func `the unit goes dark within 50 ms of the heartbeat time-out`() {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(Heartbeat(count: 1))
        rig.run(1_999)
        #expect(rig.pair.bob.state == .ready)
        rig.run(50)
        #expect(rig.pair.bob.state == .dark)
        #expect(rig.bob.stateChanges.last?.cause == .heartbeatLost)
        #expect(rig.bob.ask(Heartbeat(count: 2))?.error == .noControl, "control is free")
    }

    @Test func `a heartbeat every second keeps the light up`() {
        let rig = Rig()
        rig.makeReady()
        for count in 0..<10 {
            rig.bob.ask(Heartbeat(count: UInt32(count)))
            rig.run(1_000)
        }
        #expect(rig.pair.bob.state == .ready)
    }

    @Test func `a session that loses its host ends with an end frame and without StreamStopped`() throws {
        let rig = Rig(isPaced: true)
        rig.makeReady()
        rig.bob.ask(Rig.start(5, options: .standalone))
        rig.run(2_100)
        #expect(rig.pair.bob.state == .dark)
        let last = try #require(rig.bob.drain().last)
        #expect(last.block.flags.contains(.endOfSession))
        #expect(last.block.firstSymbol == rig.pair.bob.record(session: 5)?.end)
        #expect(rig.bob.replies(StreamStopped.templateID).isEmpty)
    }

    @Test func `a closed port takes the light with it, an observer's does not`() {
        let rig = Rig()
        rig.makeReady()
        let observer = TestHost(rig.pair.bob)
        observer.hello(.observe)
        rig.pair.bob.portClosed(observer.port)
        #expect(rig.pair.bob.state == .ready)
        observer.hello(.observe)
        rig.pair.bob.portClosed(rig.bob.port)
        #expect(rig.pair.bob.state == .dark)
        #expect(observer.stateChanges.last?.cause == .portClosed)
    }

    @Test func `going dark from Dark is no event`() {
        let rig = Rig()
        rig.bob.hello()
        rig.run(2_100)
        #expect(rig.bob.stateChanges.isEmpty)
    }

    @Test func `a second host is told who is there, and gets control when he is silent`() throws {
        let rig = Rig()
        rig.bob.hello(name: "first host")
        let second = TestHost(rig.pair.bob)
        let answer = try #require(second.hello(name: "second"))
        #expect(answer.error == .busy)
        #expect(String(decoding: answer.bytes, as: UTF8.self).contains("first host"))
        #expect(second.hello(.observe)?.template == HelloReply.templateID)
        #expect(second.ask(GetTelemetry())?.template == Telemetry.templateID)
        #expect(second.ask(Heartbeat(count: 1))?.error == .noControl)
        rig.run(2_001)
        #expect(second.hello(name: "second")?.template == HelloReply.templateID)
        #expect(rig.bob.ask(Heartbeat(count: 1))?.error == .noControl)
    }

    @Test func `a new Hello on the controlling port leaves the session alone and counts events from 0`() throws {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(Rig.start(5, options: .standalone))
        rig.bob.hello()
        #expect(rig.pair.bob.state == .streaming)
        rig.bob.ask(StopStream(sessionId: 5))
        _ = rig.bob.drain()
        rig.run(5)
        #expect(rig.bob.events.last?.header.number == 0)
        #expect(rig.bob.stateChanges.last?.after == .ready)
    }

    @Test func `events follow the reply of the request that caused them, without holes`() throws {
        let rig = Rig()
        rig.bob.hello()
        rig.bob.ask(SetLocalOscillator(on: true, power: 0))
        let channels = rig.bob.frames.compactMap { TestHost.Answer($0)?.header.channel }
        #expect(channels == [.reply, .reply, .event])
        rig.run(200)
        #expect(rig.bob.events.map(\.header.number) == (0..<UInt32(rig.bob.events.count)).map { $0 })
    }

    @Test func `a reset is acknowledged, leaves the ports, and comes back with one boot more`() throws {
        let rig = Rig()
        let before = try #require(rig.bob.hello()).block(HelloReply.self)
        #expect(rig.bob.ask(Reset(kind: .cold, confirmation: 0))?.error == .notConfirmed)
        let answer = try #require(rig.bob.ask(Reset(kind: .cold, confirmation: 0x5445_5352)))
        #expect(try answer.block(Acknowledge.self).state == .starting)
        rig.run(25)
        #expect(!rig.bob.isPresent)
        rig.run(300)
        #expect(rig.bob.isPresent)
        let after = try #require(rig.bob.hello()).block(HelloReply.self)
        #expect(after.bootCount == before.bootCount + 1)
        #expect(after.resetCause == .command)
        #expect(after.emulated)
    }

    @Test func `the bootloader has no heartbeat: control lasts, and a late Reset is heard`() throws {
        let rig = Rig()
        rig.bob.hello()
        rig.bob.ask(Reset(kind: .bootloader, confirmation: 0x5445_5352))
        rig.run(1_000)
        rig.bob.hello()
        rig.run(10_000)
        #expect(rig.bob.ask(Reset(kind: .cold, confirmation: 0x5445_5352))?.error == nil)
    }

    @Test func `the bootloader answers what it should and no more`() throws {
        let rig = Rig()
        rig.bob.hello()
        rig.bob.ask(Reset(kind: .bootloader, confirmation: 0x5445_5352))
        rig.run(300)
        #expect(rig.bob.isBootloader)
        #expect(try #require(rig.bob.hello()).block(HelloReply.self).state == .bootloader)
        let identity = try #require(rig.bob.ask(GetBootloaderIdentity())).block(BootloaderIdentity.self)
        #expect(identity.serial.description == "NOVA-B-0001")
        #expect(rig.bob.ask(GetStatus())?.error == .wrongState)
        rig.bob.ask(Reset(kind: .warm, confirmation: 0x5445_5352))
        rig.run(400)
        #expect(!rig.bob.isBootloader)
        #expect(rig.pair.bob.state == .dark)
    }
}
