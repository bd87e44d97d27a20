import CalibrationRecords
import Testing
import UnitControl
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
}
