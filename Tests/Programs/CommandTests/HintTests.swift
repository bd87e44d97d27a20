import CalibrationRecords
import LinkControl
import LocalUnits
import Testing
import UnitControl
import UnitProtocol
import UnitTransport

@testable import cvqkd

/// The libraries say what is wrong, this program which of its commands helps.
struct HintTests {
    @Test(
        arguments: [
            (TransportError.notFound("usb:A-1"), "'cvqkd list'"), (TransportError.gone(path: "/dev/x"), "'cvqkd list'"),
            (UnitError.transport(.notFound("usb:A-1")), "'cvqkd list'"),
            (UnitError.notReached(state: .ready, milliseconds: 5), "'cvqkd telemetry UNIT'"),
            (UnitError.incompatible(difference: "x"), "'cvqkd schema diff UNIT'"),
            (UnitError.wrongSerialNumber(wanted: "A-1", found: "A-2"), "'cvqkd list'"),
            (UnitError.outOfService(state: .streaming, faultCode: 0), "'cvqkd link status'"),
            (RecordError.noStation(folder: "x"), "'cvqkd station init --name NAME'"),
            (RecordError.stationExists(name: "bench", folder: "x"), "--store"),
            (RecordError.trustedAlready(name: "maker"), "'cvqkd station list'"),
            (RecordError.notTrusted("maker"), "'cvqkd station list'"),
            (RecordError.noRecord(name: "x"), "'cvqkd calibration list'"),
            (RecordError.notAFactoryImport(procedure: "bob"), "'cvqkd calibration verify FILE'"),
            (RecordError.notAFactoryKey(fingerprint: "x"), "'cvqkd station trust KEY"),
            (RecordError.forked(unit: "B-1", names: ["a", "b"]), "'cvqkd calibration verify'"),
        ] as [(any HintedError, String)])
    func `an error names the command that helps, behind what is wrong`(error: any HintedError, command: String) {
        let message = CommandFailure(any: error).message
        #expect(message.hasPrefix("\(error). ") && message.contains(command), "\(message)")
        #expect(!"\(error)".contains(command))
    }

    @Test func `a hint names the unit that it is about, or each of them`() throws {
        let fault = UnitError.outOfService(state: .fault, faultCode: 7)
        let one = CommandFailure(LocalUnitError.unit(.usb(serial: "A-1"), fault))
        #expect(one.message.hasSuffix("'cvqkd telemetry usb:A-1' shows what is wrong"))
        let two = try #require(
            CommandFailure.naming(["A-1", "B-1"], in: LinkError.unit(.bob, fault)) as? CommandFailure)
        #expect(two.message.hasSuffix("'cvqkd telemetry A-1' and 'cvqkd telemetry B-1' shows what is wrong"))
    }
}
