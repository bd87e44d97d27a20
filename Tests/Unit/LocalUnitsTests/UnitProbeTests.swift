import LocalUnits
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// A look at everything that is plugged in.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct UnitProbeTests {
    @Test func `every unit says who it is, and nobody takes control of it`() async throws {
        let terminals = try Terminals()
        let units = try await terminals.finder().probe()
        #expect(units.map(\.serial) == [Terminals.aliceSerial, Terminals.bobSerial])
        #expect(units.map(\.role) == [.alice, .bob])
        #expect(units.allSatisfy { $0.readiness == .ready && $0.isEmulated == true && $0.state == .dark })
        #expect(units.map(\.selector) == [terminals.alice, terminals.bob])
        #expect(units.allSatisfy { $0.problem == nil && $0.controller == nil })
    }

    @Test func `a unit in use is busy, and what its session has noted is known`() async throws {
        let terminals = try Terminals()
        let holder = try await terminals.hold(terminals.bob)
        defer { Terminals.end(holder) }
        let sessions = StatedSessions(units: [
            DevicePath.canonical("\(terminals.folder)/bob"): HeldUnit(
                serial: Terminals.bobSerial, role: .bob, isEmulated: true)
        ])
        let nameless = try #require(try await terminals.finder().probe().last)
        #expect(nameless.readiness == .busy && nameless.serial == nil && nameless.role == nil)
        let known = try #require(try await terminals.finder(sessions).probe().last)
        #expect(known.readiness == .busy && known.serial == Terminals.bobSerial)
        #expect(known.role == .bob && known.isEmulated == true)
    }

    @Test func `units that are named are listed, present or not`() async throws {
        let terminals = try Terminals()
        let units = try await terminals.finder().probe(
            named: [.anywhere(serial: Terminals.bobSerial), .usb(serial: "X-1"), .serial(path: "/dev/x", baud: nil)])
        #expect(units.map(\.readiness) == [.ready, .absent, .absent])
        #expect(units.map(\.serial) == [Terminals.bobSerial, "X-1", nil])
        #expect(units[1].problem == .unit(.usb(serial: "X-1"), .transport(.notFound("usb:X-1"))))
    }

    @Test func `a silent line has no answer, and neither has a unit that may be behind it`() async throws {
        let terminals = try Terminals()
        terminals.pair.bob.inject(.hang)
        let wanted = UnitSelector.anywhere(serial: Terminals.bobSerial)
        let units = try await terminals.finder().probe(named: [terminals.bob, wanted])
        #expect(units.map(\.readiness) == [.noAnswer, .noAnswer])
        #expect(units[1].problem == .notAmongAnswering(wanted, lines: [.serial(path: "\(terminals.folder)/bob")]))
    }

    @Test func `a line that nobody announced is asked if somebody names it`() async throws {
        let terminals = try Terminals()
        let finder = LocalUnitFinder(hostName: "test", announcements: "\(terminals.folder)/none")
        #expect(try await finder.probe().allSatisfy { $0.serial != Terminals.bobSerial })
        #expect(try await finder.probe(named: [terminals.bob]).map(\.serial) == [Terminals.bobSerial])
    }
}

/// Several ways to one unit.
struct ProbedUnitTests {
    private static func unit(
        _ serial: String?, _ connection: UnitCandidate.Connection, problem: LocalUnitError? = nil
    ) -> ProbedUnit {
        ProbedUnit(
            selector: .serial(path: connection.path, baud: nil), readiness: problem == nil ? .ready : .busy,
            serial: serial, connections: [connection], problem: problem)
    }

    private static let busy = LocalUnitError.unit(
        .usb(serial: "A-1"), .transport(.busy(path: "/dev/bus/usb/001/004", holder: nil)))

    @Test func `a unit that is reachable in two ways is listed once, by the way that works`() {
        let (usb, line) = (
            UnitCandidate.Connection.usb(node: "/dev/bus/usb/001/004"), UnitCandidate.Connection.serial(path: "/dev/a")
        )
        let both = [
            Self.unit("A-1", usb, problem: Self.busy), Self.unit("A-1", line),
            Self.unit("B-1", .serial(path: "/dev/b")), Self.unit(nil, .serial(path: "/dev/x")),
            Self.unit(nil, .serial(path: "/dev/y")),
        ].mergedBySerialNumber()
        #expect(both.map(\.serial) == ["A-1", "B-1", nil, nil])
        #expect(both[0].connections == [usb, line])
        #expect(both[0].problem == nil && both[0].readiness == .ready)
        #expect(both[0].failedWays == [.init(connection: usb, reason: Self.busy)])
    }

    @Test func `the first of two ways stays if both work, or neither`() {
        let (usb, line) = (UnitCandidate.Connection.usb(node: "/n"), UnitCandidate.Connection.serial(path: "/dev/a"))
        for problem in [nil, Self.busy] {
            let one = [Self.unit("A-1", usb, problem: problem), Self.unit("A-1", line, problem: problem)]
                .mergedBySerialNumber()
            #expect(one.count == 1 && one[0].selector == .serial(path: "/n", baud: nil))
            #expect(one[0].connections == [usb, line] && one[0].failedWays.isEmpty)
        }
    }

    @Test func `a selector names a unit by what it says`() {
        let unit = Self.unit("A-1", .serial(path: "/dev/null"))
        #expect(unit.isNamed(by: .anywhere(serial: "A-1")) && !unit.isNamed(by: .anywhere(serial: "B-1")))
        #expect(!unit.isNamed(by: .usb(serial: "A-1")), "it is not on USB")
        #expect(unit.isNamed(by: .serial(path: "/dev/../dev/null", baud: 9600)))
        #expect(!unit.isNamed(by: .serial(path: "/dev/zero", baud: nil)))
    }
}
