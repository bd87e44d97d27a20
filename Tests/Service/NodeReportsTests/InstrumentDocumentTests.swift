import Foundation
import NodeReports
import Testing

@testable import ExternalInstruments
@testable import NodeDoctor

/// Documents of instruments beside the units, and of the machine.
@Suite struct InstrumentDocumentTests {
    private static var file: OTDRFile {
        var file = OTDRFile(
            formatVersion: 2, checksum: .notVerifiable(stated: 1, computed: 2),
            acquisition: OTDRFile.Acquisition(
                time: Date(timeIntervalSince1970: 1_700_000_000), wavelength: 1.55e-6,
                isWavelengthInNanometres: false, pulseWidths: [1e-7],
                spacings: [0.5], points: [3], groupIndex: 1.468, backscatter: -80, averages: 1_000,
                lossThreshold: 0.02, endThreshold: 3))
        file.general.cable = "ring"
        file.instrument.supplier = "maker"
        file.events = [
            OTDRFile.Event(
                number: 1, position: 0, slope: 0, loss: 0, reflectance: -45, kind: .reflective, isEnd: false,
                comment: "near"),
            OTDRFile.Event(
                number: 2, position: 1_000, slope: 2e-4, loss: 0, reflectance: nil, kind: .nonReflective, isEnd: true,
                comment: ""),
        ]
        file.trace = OTDRFile.Trace(levels: [0, 500, 1_000], scale: 1_000, spacing: 0.5)
        return file
    }

    @Test func `an OTDR's file with its trace`() throws {
        var file = Self.file
        (file.totalLoss, file.returnLoss) = (0.25, 32)
        try expect(
            OTDRDocument(file, trace: true),
            is: """
                {"formatVersion": 2, "checksum": "notVerifiable", "time": "2023-11-14T22:13:20Z", "instrument": "maker",
                 "cable": "ring", "fibre": "", "locationA": "", "locationB": "", "wavelength": 1.55e-6,
                 "groupIndex": 1.468, "pulseWidth": 1e-7, "averages": 1000, "length": 1000, "totalLoss": 0.25,
                 "lossOfEvents": 0.2, "returnLoss": 32, "remarks": [],
                 "trace": {"spacing": 0.5, "levels": [0, 0.5, 1]},
                 "events": [
                  {"number": 1, "position": 0, "slope": 0, "loss": 0, "reflectance": -45, "kind": "reflective",
                   "isEnd": false, "comment": "near"},
                  {"number": 2, "position": 1000, "slope": 0.0002, "loss": 0, "kind": "nonReflective", "isEnd": true,
                   "comment": ""}]}
                """)
    }

    @Test func `what the file does not state is absent, and so is a trace that nobody wants`() throws {
        var file = Self.file
        (file.checksum, file.events, file.acquisition.pulseWidths) = (.absent, [], [])
        file.remarks = ["no KeyEvents"]
        try expect(
            OTDRDocument(file, trace: false),
            is: """
                {"formatVersion": 2, "checksum": "absent", "time": "2023-11-14T22:13:20Z", "instrument": "maker",
                 "cable": "ring", "fibre": "", "locationA": "", "locationB": "", "wavelength": 1.55e-6,
                 "groupIndex": 1.468, "averages": 1000, "events": [], "remarks": ["no KeyEvents"],
                 "provesNothing": "no loss is stated, and no event ends the fibre"}
                """)
    }

    @Test func `an optical power, with and without what the meter may be wrong by`() throws {
        try expectFrozen(
            PowerReadingDocument.self,
            """
            {"power": 0.001, "decibelMilliwatts": 0, "uncertainty": {"scatter": 1e-7, "meter": 2e-5, "sigma": 2.1e-5},
             "readings": 20, "wavelength": 1.55e-6, "instrument": "maker,meter"}
            """)
        try expectFrozen(
            PowerReadingDocument.self,
            """
            {"power": -1e-9, "uncertainty": {"scatter": 1e-7}, "readings": 2, "wavelength": 1.55e-6, "instrument": ""}
            """)
    }

    @Test func `a diagnosis counts every state`() throws {
        var diagnosis = NodeDiagnosis(of: .running())
        diagnosis.findings = [
            NodeFinding(check: "clock", state: .ok, found: "disciplined"),
            NodeFinding(
                check: "access", subject: "usb:A-1", state: .failure, found: "denied", threatens: "no session",
                repair: "sudo true"),
        ]
        try expect(
            DoctorDocument(diagnosis),
            is: """
                {"counts": {"ok": 1, "warning": 0, "failure": 1, "unknown": 0}, "findings": [
                  {"check": "clock", "state": "ok", "found": "disciplined"},
                  {"check": "access", "subject": "usb:A-1", "state": "failure", "found": "denied",
                   "threatens": "no session", "repair": "sudo true"}]}
                """)
    }
}
