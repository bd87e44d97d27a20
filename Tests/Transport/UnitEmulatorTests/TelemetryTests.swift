import Testing
import UnitProtocol

@testable import UnitEmulator

/// README, sections 7 and 9: what the optics say of themselves.
struct TelemetryTests {
    private func items(_ host: TestHost) throws -> [Telemetry.ItemsEntry] {
        let frame = try #require(host.ask(GetTelemetry())).bytes
        var reader = try MessageReader(frame.span.bytes.extracting(32..<frame.count))
        _ = try reader.block(as: Telemetry.self)
        var group = try reader.group(of: Telemetry.ItemsEntry.self)
        var items: [Telemetry.ItemsEntry] = []
        while let item = try group.next() { items.append(item) }
        return items
    }

    @Test func `a value that does not exist has no age`() throws {
        let rig = Rig()
        rig.bob.hello()
        rig.run(130)
        let missing = try items(rig.bob).filter { $0.status == .unavailable }
        // In the dark there is neither a beat nor a pilot.
        #expect(Set(missing.map(\.id)) == [9, 18, 19])
        for item in missing { #expect(item.age == 0 && item.value.isNaN) }
        #expect(try items(rig.bob).contains { $0.age > 0 })
    }

    @Test func `the shutter's value is 1 when it is closed`() throws {
        let rig = Rig()
        rig.makeReady()
        for position in [ShutterPosition.closed, .open, .closed] {
            rig.bob.ask(SetShutter(position: position))
            rig.run(130)
            let value = try items(rig.bob).first { $0.id == 15 }?.value
            #expect(value == (position == .closed ? 1 : 0))
        }
    }

    @Test func `Alice, who has no shutter, reports Open while her laser is on`() throws {
        let rig = Rig()
        rig.alice.hello()
        #expect(try rig.alice.ask(GetOpticalState())?.block(OpticalState.self).shutterReadBack == .closed)
        rig.alice.ask(SetSignalLaser(on: true))
        #expect(try rig.alice.ask(GetOpticalState())?.block(OpticalState.self).shutterReadBack == .open)
    }
}
