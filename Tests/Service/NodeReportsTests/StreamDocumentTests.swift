import NodeReports
import Testing
import UnitProtocol
import UnitTransport

@testable import LinkOperation
@testable import UnitControl

/// Documents of streams, of what recovery did, and of recordings.
@Suite struct StreamDocumentTests {
    private static func counters() -> StreamCounters {
        var counters = StreamCounters()
        (counters.frames, counters.bytes, counters.deliveredSymbols) = (3, 3_072, 900)
        counters.symbolsByKind[Int(SymbolKind.vacuum.rawValue)] = 300
        counters.symbolsByKind[Int(SymbolKind.signal.rawValue)] = 600
        (counters.gapSymbols, counters.gaps, counters.unitDroppedSymbols) = (100, 1, 40)
        (counters.corruptFrames, counters.malformedFrames, counters.staleFrames) = (1, 2, 3)
        (counters.repeatedFrames, counters.missingFrames, counters.overflowFrames) = (4, 5, 6)
        (counters.unlockedFrames, counters.clippedSamples, counters.nextSymbol) = (7, 8, 1_000)
        (counters.disclosedSymbols, counters.ending) = (50, .unitCount)
        (counters.refusedSymbols, counters.contradictedFrames) = (20, 0)
        counters.refusals = FrameRefusals([3, 0, 2], first: .otherPurpose)
        return counters
    }

    static let account = """
        {"frames": 3, "bytes": 3072, "deliveredSymbols": 900, "disclosedSymbols": 50, "gapSymbols": 100,
         "declaredGapSymbols": 80, "refusedSymbols": 20, "unitDroppedSymbols": 40, "gaps": 1, "corruptFrames": 1, "malformedFrames": 2,
         "refusals": {"otherSession": 3, "otherPurpose": 2}, "firstRefusal": "otherPurpose", "contradictedFrames": 0,
         "staleFrames": 3, "repeatedFrames": 4, "missingFrames": 5, "overflowFrames": 6, "unlockedFrames": 7,
         "clippedSamples": 8, "endSymbol": 1000, "conserved": true, "ending": "unitCount",
         "symbolsByKind": {"signal": 600, "vacuum": 300, "training": 0, "dark": 0, "guard": 0, "unlocked": 0}}
        """

    @Test func `an account has every counter, and every kind even if there was none`() throws {
        try expect(CountersDocument(Self.counters()), is: Self.account)
    }

    @Test func `what recovery did`() throws {
        var counters = RecoveryCounters()
        (counters.resubmissions, counters.clearedHalts, counters.newSessions) = (1, 2, 3)
        (counters.reconnections, counters.resets, counters.quarantines) = (4, 5, 6)
        try expect(
            RecoveryDocument(counters),
            is: """
                {"resubmissions": 1, "clearedHalts": 2, "newSessions": 3, "reconnections": 4, "resets": 5,
                 "quarantines": 6}
                """)
    }

    private static func stream(_ stopped: StreamStopped?, _ transport: TransportCounters) -> StreamDocument {
        let plan = StreamPlan(
            session: 0xFFFF_FFFF_FFFF_FFFE, purpose: .test, options: .standalone, frameBytes: 1_024,
            symbolsPerFrame: 200,
            symbolRate: 50_000, vacuumFraction: 0.1, trainingFraction: 0, darkFraction: 0)
        return StreamDocument(
            UnitStreamRun.Outcome(
                identity: Units.identity(.bob), plan: plan, counters: counters(),
                said: stopped.map { FinalCount(stopped: $0) },
                elapsed: .milliseconds(1_500), endedBy: .duration, transport: transport))
    }

    @Test func `a stream whose unit answered its end, over USB`() throws {
        var transport = TransportCounters()
        (transport.streamTransfers, transport.streamTransfersWanted) = (12, 16)
        let stopped = StreamStopped(
            sessionId: 1, nextSymbol: 1_001, framesSent: 4, deliveredSymbols: 961, droppedSymbols: 40, cause: .command)
        try expect(
            Self.stream(stopped, transport),
            is: """
                {"serial": "NOVA-B-0001", "role": "Bob", "emulated": true, "firmware": "1.2.0",
                 "selector": "serial:/dev/ttyACM0", "session": "fffffffffffffffe",
                 "sessionNumber": 18446744073709551614, "purpose": "test", "symbolRate": 50000, "frameBytes": 1024,
                 "unitAccount": {"nextSymbol": 1001, "framesSent": 4, "deliveredSymbols": 961, "droppedSymbols": 40,
                                 "cause": "Command"},
                 "agrees": false, "elapsedSeconds": 1.5, "endedBy": "duration", "usbTransfers": 12,
                 "usbTransfersWanted": 16, "counters": \(Self.account)}
                """)
    }

    @Test func `a stream whose unit was silent, over a serial line`() throws {
        try expect(
            Self.stream(nil, TransportCounters()),
            is: """
                {"serial": "NOVA-B-0001", "role": "Bob", "emulated": true, "firmware": "1.2.0",
                 "selector": "serial:/dev/ttyACM0", "session": "fffffffffffffffe",
                 "sessionNumber": 18446744073709551614, "purpose": "test", "symbolRate": 50000, "frameBytes": 1024,
                 "elapsedSeconds": 1.5, "endedBy": "duration", "counters": \(Self.account)}
                """)
    }

    @Test func `recordings of a unit and of a pair`() throws {
        try expectFrozen(
            RecordDocument.self,
            """
            {"file": "dark", "kind": "electronic_noise", "unitSerial": "B-1", "emulated": false, "symbols": 4000,
             "segments": 2, "symbolRate": 1000000, "sha512": "00", "endedBy": "interruption"}
            """)
        try expectFrozen(
            RecordDocument.self,
            """
            {"file": "dark", "kind": "capture", "unitSerial": "B-1", "emulated": true, "symbols": 1, "segments": 1,
             "endedBy": "samples"}
            """)
        let literal = """
            {"folder": "f", "alice": "NOVA-A-0001", "bob": "NOVA-B-0001", "emulated": true,
             "session": "00000000000000ab", "purpose": "calibration", "detection": "homodyne", "symbols": 0,
             "vacuumSymbols": 0, "lostSymbols": 0, "endedBy": "limit", "estimate": "cvqkd estimate …"}
            """
        try expectFrozen(PairRecordDocument.self, literal)
        try expectFrozen(
            PairRecordDocument.self, literal.replacing("\"symbols\": 0", with: "\"symbols\": 0, \"delay\": 7"))
    }
}
