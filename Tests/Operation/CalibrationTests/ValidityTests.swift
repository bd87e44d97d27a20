import CalibrationRecords
import Foundation
import Testing
import UnitProtocol

@testable import Calibration

/// Under what conditions a record says that it holds.
struct ValidityTests {
    private func conclusion(_ start: Double?, _ end: Double?, listed: Bool = true) -> Conclusion {
        let condition = CalibrationRecord.Condition(
            unit: "B-1", name: "detector_temperature", unitOfMeasure: "degC", atStart: start, atEnd: end)
        return ValidityPolicy(
            phases: ConcludedPhases(phases: [], conditions: listed ? [condition] : [], units: [], ended: Date())
        ).conclusion(life: 60, reason: "policy", quantities: [.detectorTemperature])
    }

    @Test func `a temperature that was read has a window`() throws {
        let windows = try #require(conclusion(24, 25).validity).windows
        #expect(windows.map(\.minimum) == [22] && windows.map(\.maximum) == [27])
        #expect(conclusion(nil, 25).validity?.windows.count == 1)
    }

    @Test func `a temperature that could not be read makes no record that holds at any temperature`() {
        let found = conclusion(nil, nil)
        #expect(found.validity == nil)
        #expect(found.remarks == ["no validity: detector_temperature of B-1 could not be read"])
    }

    @Test func `a unit without the sensor has no window`() {
        #expect(conclusion(nil, nil, listed: false).validity?.windows.isEmpty == true)
    }
}
