import Foundation
import LinkOperation
import NodeReports
import Testing

/// Documents of links and of what runs on a machine.
@Suite struct LinkDocumentTests {
    private static let value = #"{"value": 1.5, "sigma": 0.5, "unit": "SNU"}"#

    private static func unit(_ more: String) -> String {
        """
        {"serial": "S", "role": "Bob", "emulated": true, "model": "NOVA", "firmware": "1", "selector": "usb:S",
         "counters": \(StreamDocumentTests.account)\(more)}
        """
    }

    private static func link(alice: String, bob: String, _ more: String) -> String {
        """
        {"session": "00000000000000ab", "sessionNumber": 171, "purpose": "test", "emulated": true, "alice": \(alice),
         "bob": \(bob), "symbolRate": 100000, "symbols": 900, "symbolsByKind": {"signal": 600}, "gapSymbols": 100,
         "declaredGapSymbols": 80, "refusedSymbols": 20, "firstSymbol": 0, "endSymbol": 1000, "vacuumSamples": 600, "darkSamples": 0,
         "trainingSymbols": 50, "unmatchedSymbols": 1, "verifiedSymbols": 49, "elapsedSeconds": 2.5,
         "endedBy": "duration", "label": "link health, not a security estimate"\(more)}
        """
    }

    @Test func `a link with all figures`() throws {
        let recovery = """
            , "recovery": {"resubmissions": 1, "clearedHalts": 0, "newSessions": 1, "reconnections": 0, "resets": 0,
                           "quarantines": 0}
            """
        let figure = #"{"value": 1.5, "sigma": 0.5, "samples": 10, "unit": "LSB^2"}"#
        let record = #"{"name": "aa", "ended": "2023-11-14T22:13:20Z", "emulated": true"#
        try expectFrozen(
            LinkDocument.self,
            Self.link(
                alice: Self.unit(recovery), bob: Self.unit(recovery),
                """
                , "restsOn": [
                  {"part": "bob", "record": "aa", "units": ["B-1"], "ended": "2023-11-14T22:13:20Z",
                   "expires": "2023-11-14T23:13:20Z", "emulated": true, "station": "rig", "signer": "rig (this station)",
                   "trust": "own", "fingerprint": "00:11", "store": "/s", "remarks": ["r"]}],
                "changes": [
                  {"quantity": "loss", "before": 5, "now": 5.7, "unit": "dB", "change": 0.7, "sigma": 0.0625,
                   "significance": 11.2, "record": "aa", "reference": "bb", "text": "t",
                   "explanation": {"statement": "cc", "reason": "splice", "operatorName": "kim",
                                   "date": "2023-11-14T22:13:20Z"}},
                  {"quantity": "loss", "before": 5, "now": 5.7, "unit": "dB", "change": 0.7, "reference": "bb",
                   "text": "t"}],
                "delaySymbols": 7, "clearance": \(Self.value), "electronicNoise": \(Self.value),
                "shotNoise": \(Self.value), "modulationVariance": {"value": 5, "unit": "SNU"},
                "transmittance": {"estimate": 0.3, "sigma": 0.01, "lossDecibels": 5.2, "lossSigmaDecibels": 0.1,
                                  "statedDetectorEfficiency": 0.6, "statedDetectorEfficiencySigma": 0.012},
                "excessNoise": {"estimate": 0.01, "sigma": 0.02, "plane": "input", "unit": "SNU"},
                "liveShotNoise": {"vacuumVariance": \(figure), "hiddenEpsilon": 1e-10, "windows": 0, "alarms": {}},
                "monitors": {"policy": "report", "windows": 0, "action": "none", "rules": [], "symptoms": [], "causes": [],
                             "notDetectable": []},
                "baseline": {"status": "calibration", "reasons": [], "ageing": 0.25,
                             "bobRecord": \(record), "expires": "2023-11-14T23:13:20Z"}, "pairRecord": \(record)},
                             "vacuumVariance": \(Self.value), "expectedVacuumVariance": \(Self.value),
                             "electronicVariance": \(Self.value), "shotNoise": \(Self.value),
                             "electronicNoise": \(Self.value), "localOscillatorPower": {"value": 0.01, "unit": "W"},
                             "transmittance": \(Self.value)},
                "earlierSessions": [
                  {"session": "00000000000000aa", "symbols": 10, "gapSymbols": 2, "declaredGapSymbols": 2, "refusedSymbols": 0,
                   "elapsedSeconds": 0.5, "failedUnit": "Bob", "failure": "gone", "recovery": "reconnection"}]
                """))
    }

    @Test func `a link without an estimate says why, and is unproven without records`() throws {
        try expectFrozen(
            LinkDocument.self,
            Self.link(
                alice: Self.unit(""), bob: Self.unit(""),
                """
                , "noEstimate": "too few training symbols", "earlierSessions": [], "restsOn": [], "changes": [],
                "correlation": {"coefficient": 0.01, "sigma": 0.0025, "symbols": 80640, "neededSigmas": 7.5,
                                "mirroredSigmas": 50},
                "baseline": {"status": "unproven", "reasons": ["there is no record"]}
                """))
    }

    @Test func `sessions of a machine, and units that were asked`() throws {
        let session = """
            "session": "00000000000000ab", "purpose": "test", "command": "link start", "pid": 7, "program": "cvqkd",
            "began": "2023-11-14T22:13:20Z", "updated": "2023-11-14T22:13:21Z",
            "units": [{"role": "Bob", "serial": "B-1", "selector": "usb:B-1", "path": "/dev/x", "emulated": true}]
            """
        let status = """
            {"serial": "B-1", "role": "Bob", "emulated": true, "state": "Dark", "activity": "Idle", "light": [],
             "faultCode": 0, "nextSymbol": 0, "droppedSymbols": 0, "framesSent": 0, "uptime": 1.5}
            """
        let figure = #"{"value": 1.5, "sigma": 0.5, "samples": 10, "unit": "LSB^2"}"#
        try expectFrozen(
            LinkStatusReport.self,
            """
            {"sessions": [
              {\(session), "state": "dead", "alive": false},
              {\(session), "state": "streaming", "alive": true, "monitorAction": "warn", "raised": ["step"],
               "liveShotNoise": {"vacuumVariance": \(figure), "hiddenEpsilon": 1e-10, "windows": 0, "alarms": {}}}],
             "units": [{"selector": "usb:B-1", "status": \(status)}, {"selector": "A-1", "problem": "gone"}]}
            """)
        try expect(LinkStatusReport([]), is: #"{"sessions": [], "units": []}"#)
    }

    @Test func `what a program has noted of its session, and what came of asking it to end`() throws {
        let noted = """
            {"process": {"pid": 7, "program": "cvqkd", "startTicks": 1, "boot": "b"}, "command": "stream", "session": "ab",
             "units": [{"role": "Bob", "serial": "B-1", "selector": "usb:B-1", "path": "/dev/x", "emulated": true}],
             "purpose": "test", "state": "streaming", "began": "2023-11-14T22:13:20Z", "updated": "2023-11-14T22:13:20Z"}
            """
        let record = try ReportJSON.decoder().decode(RunningSession.self, from: Data(noted.utf8))
        let living = LinkStatusReport.Session(record, isAlive: true)
        #expect(living.state == "streaming" && living.alive && living.liveShotNoise == nil)
        #expect(LinkStatusReport.Session(record, isAlive: false).state == "dead")
        try expectSame(living)
        try expect(
            LinkStopDocument([.init(record, dark: ["B-1"]), .init(record, dark: []), .init(dark: "A-1")]),
            is: #"""
                {"stopped": [{"session": "ab", "pid": 7, "dark": ["B-1"]},
                 {"session": "ab", "pid": 7, "dark": [], "unproven": ["B-1"]}, {"dark": ["A-1"]}]}
                """#)
    }
}
