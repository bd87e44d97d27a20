import Foundation
import LocalUnits
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// Several units on one machine: slow ones, namesakes, and those that this program has itself.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ManyUnitsTests {
    @Test func `a unit that is slow holds up nobody, and its row says why`() async throws {
        let terminals = try Terminals()
        terminals.pair.bob.inject(.hang)
        let probing = try terminals.finder().probing(within: .milliseconds(800))
        let early = try #require(await probing.early(after: .milliseconds(400)))
        #expect(early.map(\.serial) == [Terminals.aliceSerial])
        let all = await probing.all()
        #expect(all.map(\.readiness) == [.ready, .noAnswer])
        guard case .unit(terminals.bob, .tooSlow) = all[1].problem else {
            Issue.record("\(String(describing: all[1].problem))")
            return
        }
    }

    @Test func `when all have answered there is nothing early`() async throws {
        let terminals = try Terminals()
        #expect(await (try terminals.finder().probing()).early(after: .seconds(10)) == nil)
    }

    @Test func `two units with one serial number are two, and their number names nobody`() async throws {
        let terminals = try Terminals()
        // They are told apart by their clocks: units that start in one moment have the same. The moment itself is tried.
        try await Task.sleep(for: .milliseconds(150))
        let other = try Terminals(in: terminals.folder, suffix: "-2")
        let lines = ["bob", "bob-2"].map { UnitSelector.serial(path: "\(terminals.folder)/\($0)", baud: nil) }
        let bobs = try await terminals.finder().probe(named: [.anywhere(serial: Terminals.bobSerial)])
        #expect(bobs.map(\.selector) == lines)
        #expect(bobs.allSatisfy { $0.namesakes == lines && $0.readiness == .ready })
        let wanted = UnitSelector.anywhere(serial: Terminals.bobSerial)
        for access in [Access.observe, .control] {
            let error = await failure { _ = try await terminals.finder().connect(wanted, access: access) }
            #expect(error == .unit(wanted, .ambiguousSerial(Terminals.bobSerial, ways: lines)))
        }
        let unit = try await terminals.finder().connect(lines[1], access: .control)
        #expect(other.pair.bob.state == .dark)
        await unit.close()
    }

    @Test func `one unit behind two lines stays one, and its number names it`() async throws {
        let terminals = try Terminals()
        let second = try PTYPort(terminals.pair.bob, link: "\(terminals.folder)/bob-again")
        defer { second.stop() }
        let bobs = try await terminals.finder().probe(named: [.anywhere(serial: Terminals.bobSerial)])
        #expect(bobs.count == 1 && bobs[0].connections.count == 2 && bobs[0].namesakes.isEmpty)
        let unit = try await terminals.finder().connect(.anywhere(serial: Terminals.bobSerial), access: .control)
        await unit.close()
    }

    @Test func `a name in another case is asked after`() async throws {
        let terminals = try Terminals()
        let wanted = UnitSelector.anywhere(serial: Terminals.bobSerial.lowercased())
        let error = await failure { _ = try await terminals.finder().connect(wanted, access: .observe) }
        #expect(error == .perhapsMeant(wanted, [Terminals.bobSerial]))
        #expect(error?.description == "nova-b-0001: no such unit. Did you mean NOVA-B-0001?")
        let listed = try await terminals.finder().probe(named: [wanted])
        #expect(listed.map(\.problem) == [.perhapsMeant(wanted, [Terminals.bobSerial])])
    }

    @Test func `this program's own unit is not a stranger's`() async throws {
        let terminals = try Terminals()
        let alice = try await terminals.finder().connect(terminals.alice, access: .control)
        let listed = try await terminals.finder().probe()
        #expect(
            listed[0].problem
                == .unit(terminals.alice, .transport(.busy(path: "\(terminals.folder)/alice", holder: "this program"))))
        #expect(listed[1].readiness == .ready)
        #expect(try await alice.status().state == .dark)
        await alice.close()
    }

    @Test func `who else has the line open is named when there is no answer`() async throws {
        let terminals = try Terminals()
        terminals.pair.bob.inject(.hang)
        let line = try #require(FileHandle(forReadingAtPath: "\(terminals.folder)/bob"))
        let reader = Process()
        reader.executableURL = URL(filePath: "/bin/sleep")
        reader.arguments = ["120"]
        reader.standardInput = line
        try reader.run()
        defer { Terminals.end(reader) }
        try line.close()
        let error = await failure { _ = try await terminals.finder().connect(terminals.bob, access: .observe) }
        guard case .unit(_, .noHello(let silence)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(silence.otherReaders == ["sleep (pid \(reader.processIdentifier))"])
        #expect(silence.description.contains("has the line open too"))
    }
}
