import Testing

@testable import UnitEmulator

struct StateMachineTests {
    typealias Event = StateMachine.Event

    /// How to get to each state.
    static let ways: [(FirmwareState, [Event])] = [
        (.starting, []), (.dark, [.booted]), (.warmingUp, [.booted, .firstLight]),
        (.ready, [.booted, .firstLight, .stable]), (.streaming, [.booted, .firstLight, .stable, .sessionStarted]),
        (.fault, [.booted, .faultFound(code: 3)]), (.zeroised, [.booted, .zeroise]),
        (.bootloader, [.booted, .restart(.bootloader)]),
    ]

    static func machine(in state: FirmwareState) -> StateMachine {
        var machine = StateMachine()
        for event in ways.first(where: { $0.0 == state })?.1 ?? [] { _ = machine.handle(event) }
        return machine
    }

    struct Row: Sendable {
        let event: Event
        /// Where the event leads, by state; states that are not named stay.
        let leads: [FirmwareState: FirmwareState]
    }

    static let rows: [Row] = [
        Row(event: .booted, leads: [.starting: .dark]),
        Row(event: .bootFailed(code: 1), leads: [.starting: .fault]),
        Row(event: .firstLight, leads: [.dark: .warmingUp]),
        Row(event: .lastLightOff, leads: [.warmingUp: .dark, .ready: .dark]),
        Row(event: .stable, leads: [.warmingUp: .ready]),
        Row(event: .sessionStarted, leads: [.ready: .streaming, .dark: .streaming]),
        Row(event: .sessionEnded(.command), leads: [.streaming: .ready]),
        Row(
            event: .controlLost(.heartbeatLost),
            leads: [.warmingUp: .dark, .ready: .dark, .streaming: .dark]),
        Row(
            event: .faultFound(code: 9),
            leads: [.starting: .fault, .dark: .fault, .warmingUp: .fault, .ready: .fault, .streaming: .fault]),
        Row(
            event: .zeroise,
            leads: Dictionary(uniqueKeysWithValues: FirmwareState.allCases.map { ($0, .zeroised) })),
        Row(
            event: .restart(.cold),
            leads: Dictionary(uniqueKeysWithValues: FirmwareState.allCases.map { ($0, .starting) })),
        Row(
            event: .restart(.bootloader),
            leads: Dictionary(uniqueKeysWithValues: FirmwareState.allCases.map { ($0, .bootloader) })),
    ]

    @Test(arguments: rows)
    func `each event leads where the protocol says, from every state`(row: Row) {
        for state in FirmwareState.allCases {
            var machine = Self.machine(in: state)
            #expect(machine.state == state)
            _ = machine.handle(row.event)
            #expect(machine.state == row.leads[state] ?? state, "\(row.event) in \(state)")
        }
    }

    @Test func `a change of state is announced once, with its cause, and no change is not`() {
        var machine = Self.machine(in: .streaming)
        let actions = machine.handle(.controlLost(.portClosed))
        #expect(
            actions == [
                .endSession(.portClosed), .goDark, .announce(before: .streaming, after: .dark, cause: .portClosed),
            ])
        #expect(machine.handle(.controlLost(.portClosed)).isEmpty)
    }

    @Test func `a session without light returns to Dark`() {
        var machine = Self.machine(in: .dark)
        _ = machine.handle(.sessionStarted)
        _ = machine.handle(.sessionEnded(.symbolLimit))
        #expect(machine.state == .dark)
    }

    @Test func `a warm reset does not lift zeroisation and a cold one does`() {
        for (kind, expected) in [(StateMachine.Restart.warm, FirmwareState.zeroised), (.cold, .dark)] {
            var machine = Self.machine(in: .zeroised)
            _ = machine.handle(.restart(kind))
            _ = machine.handle(.booted)
            #expect(machine.state == expected)
        }
    }
}
