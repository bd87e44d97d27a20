import Testing
import UnitProtocol

@testable import UnitEmulator

/// README, section 4: the table, and the order in which what is wrong is looked for.
struct GatingTests {
    static let all = Set(FirmwareState.allCases)
    static let up = all.subtracting([.starting, .bootloader])
    static let settings: Set<FirmwareState> = [.dark, .warmingUp, .ready]

    /// Copied from the table by hand, so that a slip in the code shows.
    static let table: [(UInt16, Set<FirmwareState>)] = [
        (1, all), (4, all), (12, all.subtracting([.bootloader])), (10, all.subtracting([.bootloader])), (16, up),
        (20, up), (22, up), (36, up), (60, up), (30, settings), (31, settings), (32, settings), (33, settings),
        (34, settings), (35, settings), (50, [.dark, .ready, .streaming]),
        (52, [.dark, .warmingUp, .ready, .streaming]), (54, [.dark, .ready]), (62, [.dark]), (70, all), (71, up),
        (80, [.bootloader]),
    ]

    @Test func `every request is allowed in exactly the states of the table`() {
        let rules = RequestRule.table(PairConfiguration(model: PairModel(seed: 1)).unit(.bob))
        for (template, states) in Self.table {
            #expect(rules[template]?.states == states, "message \(template)")
        }
        // StartStream and StopStream need more than a state: they have tests of their own.
        #expect(Set(rules.keys) == Set(Self.table.map(\.0)).union([40, 42]))
    }

    @Test func `the unknown comes before everything`() {
        let rig = Rig()
        #expect(rig.bob.ask(template: 200, block: [])?.error == .unknownMessage)
        #expect(rig.bob.ask(template: 12, schema: 1, block: [])?.error == .unknownMessage)
        // A message that only the unit sends is no request.
        #expect(rig.bob.ask(template: 13, block: [UInt8](repeating: 0, count: 88))?.error == .unknownMessage)
    }

    @Test func `malformed comes before access`() {
        let rig = Rig()
        #expect(rig.bob.ask(template: 10, block: [0, 0, 0])?.error == .malformed)
        #expect(rig.bob.ask(template: 10, block: [UInt8](repeating: 0, count: 8), blockLength: 99)?.error == .malformed)
        #expect(rig.bob.ask(template: 10, block: [UInt8](repeating: 0, count: 8))?.error == .noControl)
    }

    @Test func `a longer block of a later version is read`() {
        let rig = Rig()
        rig.bob.hello()
        #expect(
            rig.bob.ask(template: 10, block: [UInt8](repeating: 0, count: 40))?.template == HeartbeatReply.templateID)
    }

    @Test func `access comes before state, and state before capability and range`() throws {
        let rig = Rig()
        // Laser and attenuation out of range at Bob: without Hello the access is what is wrong.
        let mad = [UInt8](repeating: 0xFF, count: 8)
        #expect(rig.bob.ask(template: 33, block: mad)?.error == .noControl)
        rig.bob.hello(.observe)
        #expect(rig.bob.ask(template: 33, block: mad)?.error == .noControl)
        rig.bob.hello()
        #expect(rig.bob.ask(template: 33, block: mad)?.error == .notSupported)
        rig.pair.bob.inject(.hardwareFault)
        #expect(rig.bob.ask(template: 33, block: mad)?.error == .wrongState)
    }

    @Test func `a zeroised unit says so`() {
        let rig = Rig()
        rig.bob.hello()
        #expect(rig.bob.ask(Zeroise(confirmation: 1))?.error == .notConfirmed)
        #expect(rig.bob.ask(Zeroise(confirmation: 0x4553_494F_5245_5A21))?.template == Acknowledge.templateID)
        #expect(rig.bob.ask(SetLocalOscillator(on: true, power: 0))?.error == .zeroised)
        #expect(rig.bob.ask(GetStatus())?.template == Status.templateID)
    }

    static let ranges: [(field: UInt16, offset: Int, bytes: [UInt8])] = [
        (1, 0, [UInt8](repeating: 0, count: 8)), (2, 8, [0]), (2, 8, [9]), (5, 12, [0, 5, 0, 0]),
        (6, 16, [1, 0, 0, 0]), (6, 16, [0, 8, 0, 0]), (8, 24, [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]),
        (9, 32, [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]), (10, 40, [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]),
        (11, 48, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]),
    ]

    @Test(arguments: ranges)
    func `a field out of its range is named, NaN too`(field: UInt16, offset: Int, bytes: [UInt8]) {
        let rig = Rig()
        rig.makeReady()
        var block = Array(TestHost.frame(1) { (b) throws(MessageFault) in try b.write(Rig.start(7)) }[40...])
        block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        let answer = rig.bob.ask(template: 40, block: block)
        #expect(answer?.error == .outOfRange)
        #expect(answer?.field == field)
        #expect(rig.bob.ask(Rig.start(7))?.template == StreamStarted.templateID, "an error changes nothing")
    }

    @Test func `the first field that is wrong is named`() {
        let rig = Rig()
        rig.makeReady()
        let block = [UInt8](repeating: 0xFF, count: 64)
        #expect(rig.bob.ask(template: 40, block: block)?.field == 2)
    }

    @Test func `a Key session forbids captures`() {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(Capture(sampleCount: 100))
        rig.run(2)
        #expect(rig.bob.replies(CaptureReady.templateID).count == 1)
        rig.bob.ask(Rig.start(3, purpose: .key, options: .standalone))
        #expect(rig.bob.ask(Capture(sampleCount: 10))?.error == .purposeForbids)
        #expect(rig.bob.ask(ReadCapture(captureId: 1, offset: 0, count: 1))?.error == .purposeForbids)
        rig.bob.ask(StopStream(sessionId: 3))
        _ = rig.bob.drain()
        rig.run(3)
        #expect(
            rig.bob.ask(ReadCapture(captureId: 1, offset: 0, count: 1))?.error == .outOfRange,
            "what was captured before is erased")
    }

    @Test func `frames that are none are dropped without an answer`() {
        let rig = Rig()
        var frame = TestHost.frame(9) { (b) throws(MessageFault) in try b.write(GetStatus()) }
        frame[41] ^= 1
        rig.bob.unit.receive(frame, port: rig.bob.port)
        rig.bob.unit.receive([1, 2, 3], port: rig.bob.port)
        #expect(rig.bob.frames.isEmpty)
    }

    @Test func `an option that is lacking and a wrong confirmation are named`() {
        let rig = Rig()
        rig.makeReady()
        let lacking = rig.alice.ask(Rig.start(9, options: .deliverDisclosed))
        #expect(lacking?.error == .notSupported && lacking?.field == 3)
        let reset = rig.alice.ask(Reset(kind: .warm, confirmation: 1))
        #expect(reset?.error == .notConfirmed && reset?.field == 3)
        let zeroise = rig.alice.ask(Zeroise(confirmation: 1))
        #expect(zeroise?.error == .notConfirmed && zeroise?.field == 1)
    }
}
