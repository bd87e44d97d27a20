import Calibration
import LinkMonitors
import LinkOperation
import Testing
import UnitControl
import UnitProtocol

/// What the monitors cannot judge, and how often that is told.
struct MonitorBlindnessTests {
    static func reading(
        _ id: UInt16, value: Double = 1, status: RangeStatus = .normal, age: Duration = .zero
    ) -> TelemetryReading {
        TelemetryReading(
            id: id, name: "quantity", unit: "W", value: value, status: status, age: age, maximumAge: .seconds(2),
            operating: 0...10, absolute: 0...10)
    }

    @Test func `what is stale, unavailable or not a number is an absence with its reason`() {
        var sensors = MonitorSensors()
        sensors.add(
            bob: [
                Self.reading(17, age: .seconds(3)), Self.reading(20, status: .unavailable),
                Self.reading(23, value: .nan), Self.reading(15, age: .milliseconds(1_500)),
            ], of: "B")
        #expect(sensors.values.isEmpty)
        #expect(
            sensors.absences == [
                .receiverInputPower: .stale(quantity: "quantity", serial: "B", age: .seconds(3)),
                .syncPower: .unavailable(quantity: "quantity", serial: "B"),
                .receiverEntropy: .unavailable(quantity: "quantity", serial: "B"),
                .shutterClosed: .notSampled(quantity: "quantity", serial: "B"),
                .photocurrent: .notMeasured(serial: "B"),
            ])
        sensors.add(bob: [Self.reading(17, value: 3)], of: "B")
        #expect(sensors.values == [.receiverInputPower: 3])
        #expect(sensors.absences[.receiverInputPower] == nil)
    }

    static func verdict(judged: Set<MonitorRule>) -> MonitorVerdict {
        MonitorVerdict(
            findings: MonitorRule.allCases.filter { !$0.isBenchOnly }.map { rule in
                judged.contains(rule)
                    ? RuleJudgement(stated: rule, .quiet, statistic: 0, warn: 1, act: 2)
                    : RuleJudgement(
                        stated: rule, .unavailable(missing: [.receiverWatchdog]), statistic: .nan, warn: .nan, act: .nan
                    )
            })
    }

    @Test func `a rule that falls silent is told of once, and once more when it is back`() {
        var blindness = MonitorBlindness()
        let all = Set(MonitorRule.allCases.filter { !$0.isBenchOnly })
        let without = all.subtracting([.receiverInput])
        #expect(blindness.add(Self.verdict(judged: all), MonitorSensors()) == [.onBenches])
        // One window may be thin.
        #expect(blindness.add(Self.verdict(judged: without), MonitorSensors()).isEmpty)
        #expect(
            blindness.add(Self.verdict(judged: without), MonitorSensors())
                == [.unavailable(.receiverInput, [.evidence(.receiverWatchdog)])])
        #expect(blindness.add(Self.verdict(judged: without), MonitorSensors()).isEmpty)
        #expect(blindness.unavailable == [.receiverInput: 3])
        #expect(blindness.add(Self.verdict(judged: all), MonitorSensors()) == [.available(.receiverInput)])
        #expect(blindness.reasons.isEmpty)
    }

    @Test func `rules that were never judged are told of when the references had time to form`() {
        var blindness = MonitorBlindness()
        let judged: Set<MonitorRule> = [.vacuumVariance]
        for window in 1...9 {
            let notices = blindness.add(Self.verdict(judged: judged), MonitorSensors())
            #expect(notices == (window == 1 ? [.onBenches] : []))
        }
        let never = blindness.add(Self.verdict(judged: judged), MonitorSensors())
        #expect(never.count == MonitorRule.allCases.filter { !$0.isBenchOnly }.count - 1)
    }
}
