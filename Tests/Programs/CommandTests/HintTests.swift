import CalibrationRecords
import LinkControl
import LinkOperation
import QuadratureAnalysis
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

    private static let refused: StreamCounters = {
        var counters = StreamCounters()
        (counters.frames, counters.malformedFrames, counters.refusedSymbols) = (17, 83, 83_000)
        counters.refusals = FrameRefusals([0, 3, 80], first: .unreadable)
        return counters
    }()

    private static let contradicted: StreamCounters = {
        var counters = StreamCounters()
        (counters.frames, counters.contradictedFrames) = (9, 9)
        return counters
    }()

    @Test(
        arguments: [
            (UnitRunFailure.refused(refused), FailureKind.loss, ["83 of 100 frames", "80 of another purpose"]),
            (UnitRunFailure.account(contradicted), .loss, ["9 frames", "count of lost symbols"]),
            (LinkRunFailure.session(.refused(.framesRefused(.bob, refused))), .loss, ["3 with an unreadable", "Bob"]),
            (
                LinkRunFailure.session(.account(.alice, contradicted)), .loss,
                ["Alice", "more lost symbols than its indices leave room for"]
            ),
            (
                LinkRunFailure.session(.unevidenced(KeyEvidence.Lack(kinds: [.vacuum], time: .seconds(15)))), .unproven,
                ["no vacuum samples", "Do not use"]
            ),
            (
                LinkRunFailure.session(
                    .fault(
                        .uncorrelated(
                            StreamCorrelation(coefficient: 0.0087, sigma: 0.0025, symbols: 80_640, needed: 7.5)))),
                .loss,
                ["do not correlate", "0.0087 ± 0.0025", "80640 symbols", "3.5 σ, 7.5 needed"]
            ),
            (LinkRunFailure.unreachable(.noVacuumPlanned), .usage, ["--vacuum-fraction"]),
            (LinkRunFailure.unplanned(.training), .usage, ["--training-fraction"]),
        ] as [(any Error, FailureKind, [String])])
    func `what came and cannot be used has its exit code and its figures`(
        error: any Error, kind: FailureKind, words: [String]
    ) {
        let failure = CommandFailure(any: error)
        #expect(failure.kind == kind, "\(failure.message)")
        for word in words { #expect(failure.message.contains(word), "\(word): \(failure.message)") }
    }

    @Test(arguments: ["--stop-at-sigma 0.1", "--stop-at-transmittance-sigma 0.1", "--purpose key"])
    func `what needs an estimate is refused without vacuum or training`(option: String) {
        for fraction in ["--vacuum-fraction", "--training-fraction"] {
            #expect(throws: (any Error).self) {
                try LinkStartCommand.parse(
                    ["--alice", "A", "--bob", "B", fraction, "0"] + option.split(separator: " ").map(String.init))
            }
        }
    }
}
