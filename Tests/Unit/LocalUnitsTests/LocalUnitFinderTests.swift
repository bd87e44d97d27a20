import Foundation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

@testable import LocalUnits

/// Names become connections, over real terminals.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LocalUnitFinderTests {
    @Test func `a unit behind an announced line is found by its serial number, as by the line's name`() async throws {
        let terminals = try Terminals()
        for selector in [terminals.bob, .anywhere(serial: Terminals.bobSerial)] {
            let serial = try await terminals.finder().withUnit(selector, access: .observe) { $0.identity.serial }
            #expect(serial == Terminals.bobSerial)
        }
    }

    @Test func `what is not there is not found, by whatever name`() async throws {
        let terminals = try Terminals()
        for selector in [.anywhere(serial: "X-1"), .usb(serial: "X-1")] as [UnitSelector] {
            let error = await failure { _ = try await terminals.finder().connect(selector, access: .observe) }
            guard case .unit(selector, .transport(.notFound)) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func `a line that this process holds is neither asked nor suspected`() async throws {
        let terminals = try Terminals()
        let alice = try await terminals.finder().connect(terminals.alice, access: .control)
        // With her line asked, this would say that it may be behind it.
        let error = await failure {
            _ = try await terminals.finder().connect(.anywhere(serial: "X-1"), access: .observe)
        }
        #expect(error == .unit(.anywhere(serial: "X-1"), .transport(.notFound("X-1"))))
        let bob = try await terminals.finder().connect(.anywhere(serial: Terminals.bobSerial), access: .control)
        #expect(try await alice.status().state == .dark)
        await [alice, bob].closeAfter { _ in }
    }

    @Test func `a line that another process holds may be the unit's, and is if its session says so`() async throws {
        let terminals = try Terminals()
        let holder = try await terminals.hold(terminals.bob)
        defer { Terminals.end(holder) }
        let wanted = UnitSelector.anywhere(serial: Terminals.bobSerial)
        let unknown = await failure { _ = try await terminals.finder().connect(wanted, access: .control) }
        guard case .perhapsUnasked(Terminals.bobSerial, line: terminals.bob, .transport(.busy)) = unknown else {
            Issue.record("\(String(describing: unknown))")
            return
        }
        let sessions = StatedSessions(units: [
            DevicePath.canonical("\(terminals.folder)/bob"): HeldUnit(
                serial: Terminals.bobSerial, role: .bob, isEmulated: true)
        ])
        let known = await failure { _ = try await terminals.finder(sessions).connect(wanted, access: .control) }
        guard case .unit(wanted, .transport(.busy)) = known else {
            Issue.record("\(String(describing: known))")
            return
        }
        // Recovery keeps looking for the first, and waits for the second as for any unit that is in use.
        #expect(unknown?.unitError == .transport(.notFound(Terminals.bobSerial)))
    }

    @Test func `whoever has a unit for a moment is waited for`() async throws {
        let terminals = try Terminals()
        let holder = try await terminals.hold(terminals.bob)
        let sessions = StatedSessions { _ in
            Terminals.end(holder)
            return false
        }
        let unit = try await terminals.finder(sessions).connect(terminals.bob, access: .control)
        #expect(unit.identity.serial == Terminals.bobSerial)
        await unit.close()
    }

    @Test func `a session has a unit for good: nobody waits for its end`() async throws {
        let terminals = try Terminals()
        let holder = try await terminals.hold(terminals.bob)
        defer { Terminals.end(holder) }
        let asked = Guarded(0)
        let sessions = StatedSessions { selector in
            asked.withLock { $0 += 1 }
            return selector == terminals.bob
        }
        let error = await failure { _ = try await terminals.finder(sessions).connect(terminals.bob, access: .control) }
        guard case .unit(_, .transport(.busy)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `a bootloader is found by the serial number of its unit, and said to be one`() async throws {
        let terminals = try Terminals()
        terminals.pair.bob.inject(.brownOut, value: 60_000)
        let wanted = UnitSelector.anywhere(serial: Terminals.bobSerial)
        try await eventually {
            let error = await failure { _ = try await terminals.finder().connect(wanted, access: .observe) }
            return error == .unit(wanted, .inBootloader(serial: Terminals.bobSerial))
        }
    }

    @Test func `several units are opened, or none`() async throws {
        let terminals = try Terminals()
        let error = await failure {
            _ = try await terminals.finder().connect([terminals.alice, .usb(serial: "X-1")], access: .control)
        }
        #expect(error == .unit(.usb(serial: "X-1"), .transport(.notFound("usb:X-1"))))
        // Alice's line is free again.
        let units = try await terminals.finder().connect([terminals.alice, terminals.bob], access: .control)
        #expect(await units.closeAfter { $0.map(\.identity.role) } == [.alice, .bob])
    }

    @Test func `a unit is closed also when what was done with it fails`() async throws {
        let terminals = try Terminals()
        var used: UnitControl.Unit?
        await #expect(throws: UnitError.purposeForbids(action: "test")) {
            try await terminals.finder().withUnit(terminals.bob, access: .control) { unit in
                used = unit
                throw UnitError.purposeForbids(action: "test")
            }
        }
        guard case .ended? = await used?.phase else {
            Issue.record("it is still open")
            return
        }
    }

    // MARK: Just plugged in

    /// Opens at the given attempt; before, there is no permission.
    private static func open(
        _ path: String, at attempt: Int, _ unit: EmulatedUnit
    ) async -> (attempts: Int, error: LocalUnitError?) {
        var attempts = 0
        let error = await failure {
            _ = try await LocalUnitFinder(hostName: "test", clock: .test).patiently(.anywhere(serial: "X"), path) {
                () throws(TransportError) in
                attempts += 1
                guard attempts >= attempt else { throw .noPermission(path: path, remedy: "wait") }
                return try InProcessPort(unit)
            }
        }
        return (attempts, error)
    }

    @Test(.virtualTime)
    func `a node without its group yet is waited for, for as long as udev's rules may take`() async throws {
        let pair = EmulatedPair.test(PairConfiguration(model: PairModel(seed: 1)))
        defer { pair.stop() }
        let node = "/tmp/cvqkd-node-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try Data().write(to: URL(filePath: node))
        defer { unlink(node) }
        let soon = await Self.open(node, at: 4, pair.bob)
        #expect(soon.attempts == 4 && soon.error == nil)
        let began = HostClock.test.now
        let never = await Self.open(node, at: .max, pair.bob)
        #expect(never.error == .unit(.anywhere(serial: "X"), .transport(.noPermission(path: node, remedy: "wait"))))
        // Two seconds with pauses of 50 ms.
        #expect((Duration.seconds(2)...Duration.milliseconds(2_100)).contains(HostClock.test.now - began))
        #expect((40...42).contains(never.attempts), "\(never.attempts)")
    }

    @Test func `a node that has been there for long gets no permission by waiting`() async throws {
        let pair = EmulatedPair(PairConfiguration(model: PairModel(seed: 1)))
        defer { pair.stop() }
        #expect(await Self.open("/proc/1", at: 2, pair.bob).attempts == 1)
    }

    // MARK: Recovery

    @Test func `recovery finds a unit behind another line, beside one that this process holds`() async throws {
        let terminals = try Terminals()
        let alice = try await terminals.finder().connect(terminals.alice, access: .control)
        let supervisor = UnitSupervisor(
            .anywhere(serial: Terminals.bobSerial), role: .bob, hostName: "test", finder: terminals.finder())
        let unit = try await supervisor.unit(within: .seconds(10))
        let before = unit.transport.endpoint.path
        terminals.pair.bob.inject(.unplug)
        try await eventually { if case .ended = await unit.phase { true } else { false } }
        terminals.pair.bob.inject(.replug)
        let recovery = try await supervisor.recover(unit, after: .transport(.gone(path: before)))
        #expect(recovery.step == .reconnection)
        #expect(recovery.unit.identity.serial == Terminals.bobSerial)
        #expect(try await alice.status().state == .dark)
        #expect(try await terminals.finder().reset(.anywhere(serial: Terminals.bobSerial)) == false)
        await supervisor.close()
        await alice.close()
    }
}
