import LocalUnits
import Testing
import UnitControl
import UnitProtocol
import UnitTransport

struct UnitReadinessTests {
    @Test(
        arguments: [
            (.transport(.busy(path: "x", holder: nil)), .busy), (.controlledElsewhere(holder: "x"), .busy),
            (.transport(.noPermission(path: "x", remedy: "y")), .noPermission),
            (.transport(.notAUnit(path: "x", reason: "y")), .incompatible),
            (.incompatible(difference: "x"), .incompatible),
            (.badReply(request: "x", reason: "y"), .incompatible), (.unknownRole(9), .incompatible),
            (.inBootloader(serial: "x"), .bootloader), (.timedOut(request: "Hello", milliseconds: 1), .noAnswer),
            (.transport(.sendTimedOut(path: "x", milliseconds: 1)), .noAnswer),
            (.transport(.sendBlocked(path: "x", waiting: 1)), .noAnswer),
            (.transport(.gone(path: "x")), .gone), (.transport(.notFound("x")), .gone),
            (.noHello(HelloSilence(milliseconds: 1)), .noAnswer), (.illegalSerial("x"), .incompatible),
            (.tooSlow(doing: "x", milliseconds: 1), .noAnswer),
            (.lineShared(request: "x", milliseconds: 1, readers: ["y"]), .noAnswer),
            (.wrongSerialNumber(wanted: "x", found: "y"), .gone),
            (.transport(.system(call: "open", path: "x", code: 5)), .failed),
            (.refused(request: "x", code: .wrongState, state: .dark, fieldID: 0, field: nil, text: ""), .failed),
        ] as [(UnitError, UnitReadiness)])
    func `what can be done with a unit follows from its error`(error: UnitError, readiness: UnitReadiness) {
        #expect(UnitReadiness(error) == readiness)
    }
}
