internal import UnitProtocol
internal import UnitTransport

extension ConformanceSuite {
    /// The last check: what all others have seen of the line.
    static let lineChecks = [
        ConformanceCheck(
            "whole-frames", "Every frame of the run came whole", .frames,
            says: "CRC-32C over the frame; a frame of which a byte has left is sent to its end"
        ) { unit, trial in
            for request in everyGet { _ = try await unit.wire.exchange(request) }
            if unit.can(.standalone) { _ = try await unit.standalone() }
            unit.noteDamage()
            trial.measure("damaged_frames", Double(unit.damagedFrames.count), "1")
            if unit.mayDamageFrames {
                guard unit.damagedFrames.isEmpty else {
                    throw Inapplicable(
                        "\(unit.damagedFrames.count) frames came damaged, which this line may have done by itself")
                }
                return
            }
            for damage in unit.damagedFrames { trial.expect(false, damage) }
        }
    ]
}
