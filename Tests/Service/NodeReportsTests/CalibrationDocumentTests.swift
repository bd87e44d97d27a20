import Calibration
import CalibrationRecords
import Foundation
import NodeReports
import Testing

/// Documents of calibrations, records, and stations.
@Suite struct CalibrationDocumentTests {
    private let now = RecordBench.now

    @Test func `a calibration that was not stored has its record and no more`() throws {
        let record = RecordBench.record(value: .nan)
        let document = CalibrationDocument(record, nil, nil, output: nil)
        let text = try expectSame(document)
        #expect(document.outcome == "fail", "what is not a number does not pass")
        let keys = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(keys.keys) == ["outcome", "record"])
    }

    @Test func `a stored calibration has its name, what has changed and what is due`() throws {
        let bench = try RecordBench()
        _ = try bench.store.add(RecordBench.record(.commissioning))
        let stored = try bench.store.add(RecordBench.record(.bob, value: 9.5, ended: 60))
        let followUp = CalibrationFollowUp(stored, try bench.store.contents(), now: now + 120)
        let document = CalibrationDocument(stored.record, stored, followUp, output: "b.json")
        let text = try expectSame(document)
        let keys = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(keys.keys) == ["outcome", "record", "name", "output", "comparison", "due"])
        #expect(document.comparison?.later == stored.name)
        #expect(try bench.store.contents().dossier(for: stored)?.record.procedure == .commissioning)
        try expectSame(DossierDocument(stored))
    }

    @Test func `a plan adds up`() throws {
        try expect(
            CalibrationPlanDocument(
                procedure: .bob, units: ["B-1"],
                plans: [
                    PhasePlan(name: "dark", title: "V_off", samples: 1_000, seconds: 1.5),
                    PhasePlan(name: "light", title: "lights", seconds: 2),
                ]),
            is: """
                {"procedure": "bob", "units": ["B-1"], "samples": 1000, "seconds": 3.5, "phases": [
                  {"name": "dark", "title": "V_off", "samples": 1000, "seconds": 1.5},
                  {"name": "light", "title": "lights", "samples": 0, "seconds": 2}]}
                """)
    }

    @Test func `a comparison and what is due`() throws {
        try expectFrozen(
            DossierComparisonDocument.self,
            """
            {"dossier": "aa", "later": "bb", "outcome": "fail", "differences": [
              {"quantity": "loss", "before": 5, "now": 7, "unit": "dB", "change": 2, "sigma": 0.1, "changeUnit": "dB",
               "limits": {"minimum": -1, "maximum": 1, "marginalMinimum": -0.5, "marginalMaximum": 0.5},
               "outcome": "fail"},
              {"quantity": "vacuumPerPower", "before": 1, "now": 1, "unit": "LSB^2/W", "change": 0, "changeUnit": "1",
               "limits": {}, "outcome": "pass"}]}
            """)
        try expectFrozen(
            DueDocument.self,
            """
            {"isDue": true, "notJudged": ["local_oscillator_power of B-1"], "damage": ["aa: …"], "reasons": [
              {"cause": "time", "unit": "B-1", "procedure": "bob", "record": "aa", "evidence": "expired"},
              {"cause": "never", "unit": "A-1", "procedure": "alice", "evidence": "there is no record"}]}
            """)
        try expect(
            DueDocument(reasons: [], notJudged: [], damage: []),
            is: #"{"isDue": false, "reasons": [], "notJudged": [], "damage": []}"#)
    }

    @Test func `one that was broken off ended in the dark, and the light that is off is not held against it`() throws {
        let bench = try RecordBench()
        func record(_ outcome: Outcome, power: Double, _ ended: TimeInterval) -> CalibrationRecord {
            var record = RecordBench.record(ended: ended)
            record.outcome = outcome
            record.validity?.windows = [
                .init(
                    unit: "B-1", quantity: "local_oscillator_power", unitOfMeasure: "W", minimum: 0.009, maximum: 0.011)
            ]
            record.conditions = [
                .init(
                    unit: "B-1", name: "local_oscillator_power", unitOfMeasure: "W", atStart: 0.01, atEnd: power)
            ]
            return record
        }
        _ = try bench.store.add(record(.pass, power: 0.01, 0))
        let broken = try bench.store.add(record(.incomplete, power: 0, 60))
        let followUp = CalibrationFollowUp(broken, try bench.store.contents(), now: now + 120)
        #expect(followUp.due.isEmpty, "\(followUp.due)")
    }

    @Test func `a record in one line, and whole`() throws {
        let bench = try RecordBench()
        let stored = try bench.store.add(RecordBench.record())
        let contents = try bench.store.contents()
        let summary = RecordSummary(stored, in: contents, now: now + 60)
        try expect(
            summary,
            is: """
                {"name": "\(stored.name)", "procedure": "bob", "units": ["B-1"], "chain": "B-1", "sequence": 0,
                 "ended": "2023-11-14T22:13:20Z", "outcome": "pass", "state": "valid",
                 "expires": "2023-11-14T23:13:20Z", "emulated": true, "signer": "\(stored.signer)", "reasons": [],
                 "fingerprint": "\(stored.envelope.signature.publicKey.fingerprint)", "remarks": [
                   "it states no window of any quantity: no temperature and no power is compared with it",
                   "signed by bench, the station of this store itself: whoever made the station vouches for it, and nobody else",
                   "EMULATED: no optics are behind a unit"]}
                """)
        let expired = RecordSummary(stored, in: contents, now: now + 7_200)
        #expect(expired.state == .expired && !expired.reasons.isEmpty)
        try expectSame(expired)
        let shown = RecordShowDocument(stored, in: contents, now: now)
        #expect(shown.record == stored.record && shown.summary.name == stored.name)
        try expectSame(shown)
    }

    @Test func `a list has the records of one unit, and what is damaged`() throws {
        let bench = try RecordBench()
        let first = try bench.store.add(RecordBench.record())
        _ = try bench.store.add(RecordBench.record(ended: 60))
        try bench.damage(first)
        let contents = try bench.store.contents()
        let list = RecordListDocument(contents, concerning: "B-1", now: now)
        #expect(list.records.count == 1 && list.findings.contains { $0.isDamage })
        try expectSame(list)
        #expect(RecordListDocument(contents, concerning: "B-2", now: now).records.isEmpty)
        for unit in ["", #""unit": "B-1", "#] {
            try expectFrozen(
                RecordListDocument.self,
                #"{"records": [], "findings": [{"name": "a", \#(unit)"severity": "warning", "problem": "b"}]}"#)
        }
    }

    @Test func `a difference says what cannot be compared, and has no σ where none is known`() throws {
        let bench = try RecordBench()
        let old = try bench.store.add(RecordBench.record())
        var later = RecordBench.record(value: 11.5, sigma: 0.25, ended: 60)
        later.phases[0].measurements[1] = RecordedMeasurement("excessNoise", value: 10, unit: "mSNU", plane: "input")
        later.phases[0].measurements.append(RecordedMeasurement("delay", value: nil, unit: "1"))
        let new = try bench.store.add(later)
        let difference = RecordDifference(old, new, in: try bench.store.contents(), now: now)
        try expectSame(difference)
        #expect(difference.rows.map(\.name) == ["clearanceDecibels", "excessNoise (input)", "delay"])
        #expect(difference.rows[0].difference == 1 && difference.rows[0].outcome == "pass")
        #expect(abs((difference.rows[0].sigmas ?? 0) - 1 / (2 * 0.25 * 0.25).squareRoot()) < 1e-12)
        #expect(difference.rows[1].remark == "in SNU and in mSNU" && difference.rows[1].difference == nil)
        #expect(difference.rows[2].remark == "only in the second" && difference.rows[2].second == nil)
        try expectFrozen(
            RecordDifference.Row.self,
            """
            {"phase": "p", "name": "n", "unit": "dB", "first": 1, "second": 2, "difference": 1, "sigmas": 3,
             "outcome": "pass", "remark": "measured, then stated"}
            """)
        try expectFrozen(RecordDifference.Row.self, #"{"phase": "p", "name": "n", "unit": "1"}"#)
    }

    @Test func `a verification is valid, untrusted or damaged`() throws {
        let bench = try RecordBench()
        let stored = try bench.store.add(RecordBench.record())
        let sound = try Verification(try bench.store.contents(), only: nil, pinned: nil)
        try expect(
            sound,
            is: """
                {"verdict": "valid", "findings": [], "records": [
                  {"name": "\(stored.name)", "procedure": "bob", "units": ["B-1"], "sequence": 0,
                   "signer": "\(stored.signer)", "trusted": true}]}
                """)
        let other = try RecordBench()
        let key = try Station.load(other.state).publicKey
        let foreign = try Verification(try bench.store.contents(), only: stored.name, pinned: key)
        #expect(foreign.verdict == .untrusted && foreign.records.map(\.trusted) == [false])
        try expectSame(foreign)
        let exported = try Verification(
            file: "f", try stored.envelope.data(), trusted: TrustedKeys.load(other.state), pinned: nil)
        #expect(exported.verdict == .untrusted)
        try bench.damage(stored)
        let damaged = try Verification(try bench.store.contents(), only: String(stored.name.prefix(8)), pinned: nil)
        #expect(damaged.verdict == .damaged && damaged.records.isEmpty)
        try expectSame(damaged)
        #expect(throws: RecordError.self) { try Verification(try bench.store.contents(), only: "ffff", pinned: nil) }
    }

    @Test func `a note of maintenance passes, and takes the records before it`() throws {
        let bench = try RecordBench()
        let measured = try bench.store.add(RecordBench.record())
        let note = CalibrationRecord(
            maintenance: "cleaned", of: measured.record.units[0], by: "kim", at: "bench", program: "test", now: now + 60
        )
        #expect(note.procedure == .maintenance && note.outcome == .pass && note.remarks == ["cleaned"])
        _ = try bench.store.add(note)
        #expect(RecordSummary(measured, in: try bench.store.contents(), now: now + 120).state == .maintained)
    }

    @Test func `files that were written`() throws {
        try expect(
            RecordExportDocument(output: "f", records: ["a"], bytes: 3),
            is: #"{"output": "f", "records": ["a"], "bytes": 3}"#)
        try expect(
            RecordPageDocument(record: "a", output: "f", bytes: 3), is: #"{"record": "a", "output": "f", "bytes": 3}"#)
        try expect(
            SignedFileDocument(name: "a", output: "f", fingerprint: "b"),
            is: #"{"name": "a", "output": "f", "fingerprint": "b"}"#)
    }

    @Test func `a record takes with it what it rests on, each once`() throws {
        let bench = try RecordBench()
        let first = try bench.store.add(RecordBench.record())
        var later = RecordBench.record(.commissioning, ended: 60)
        later.references = [first.name, first.name, "unknown"]
        let second = try bench.store.add(later)
        let contents = try bench.store.contents()
        #expect(contents.closure(of: [second.name, first.name]).sorted() == [first.name, second.name].sorted())
        #expect(contents.closure(of: [first.name]) == [first.name])
        #expect(contents.envelope(named: second.name) == second.envelope && contents.envelope(named: "no") == nil)
    }

    @Test func `a station, and whose signatures are believed`() throws {
        let (bench, other) = (try RecordBench(), try RecordBench())
        let (own, key) = (try Station.load(bench.state), try Station.load(other.state).publicKey)
        _ = try TrustedKeys.add(key, name: "rack-5", role: .station, in: bench.state, now: now)
        let station = """
            {"name": "bench", "publicKey": "\(own.publicKey)", "fingerprint": "\(own.publicKey.fingerprint)",
             "created": "2023-11-14T22:13:20Z", "folder": "\(bench.state.path)"}
            """
        let trusted = """
            {"name": "rack-5", "role": "station", "publicKey": "\(key)", "fingerprint": "\(key.fingerprint)",
             "added": "2023-11-14T22:13:20Z"
            """
        try expect(StationDocument(own, bench.state), is: station)
        try expect(
            StationListDocument(try TrustedKeys.load(bench.state), bench.state),
            is: #"{"station": \#(station), "trusted": [\#(trusted)}]}"#)
        let revoked = try TrustedKeys.revoke("rack-5", in: bench.state, now: now)
        try expect(TrustedKeyDocument(revoked), is: trusted + #", "revoked": "2023-11-14T22:13:20Z"}"#)
        try expectFrozen(StationListDocument.self, #"{"trusted": []}"#)
        try expectFrozen(
            StationDocument.self, station.replacing("\"name\"", with: "\"operatorName\": \"kim\", \"name\""))
    }

    @Test func `an installation, step by step`() throws {
        let unit = RecordBench.record().units[0]
        var checklist = CommissioningChecklist(started: now, alice: unit, bob: unit)
        let fresh = CommissioningDocument(checklist, file: "f.json")
        #expect(fresh.next == "fibre" && fresh.steps.allSatisfy { $0.state == "pending" && $0.outcome == nil })
        try expectSame(fresh)
        checklist.begin(.fibre)
        checklist.finish(.fibre, RecordBench.record(), stored: "aa")
        checklist.skip(.warmUp, because: "no time")
        let later = CommissioningDocument(checklist, file: "f.json")
        #expect(later.steps[0].record == "aa" && later.steps[0].outcome == "pass" && later.steps[0].attempts == 1)
        #expect(later.steps[1].state == "skipped" && later.steps[1].reason == "no time")
        try expectSame(later)
        try expectFrozen(
            CommissioningDocument.self,
            """
            {"file": "f", "alice": "A", "bob": "B", "started": "2023-11-14T22:13:20Z", "next": "soak", "steps": [
              {"step": "fibre", "state": "done", "outcome": "pass", "record": "aa", "reason": "r", "attempts": 2,
               "soakIntervals": 0},
              {"step": "soak", "state": "begun", "attempts": 1, "soakIntervals": 3}]}
            """)
    }

    @Test func `what is left of an installation to do`() throws {
        try expectFrozen(
            CommissioningPlanDocument.self,
            """
            {"alice": "A", "bob": "B", "samples": 1000, "seconds": 3.5, "steps": [
              {"step": "pair", "samples": 1000, "seconds": 3.5, "remarks": ["lengthened"], "phases": [
                {"name": "training", "title": "t", "samples": 1000, "seconds": 3.5}]}]}
            """)
    }

    @Test func `shot noise as it was measured`() throws {
        try expect(
            ShotNoiseDocument(RecordBench.record()),
            is: """
                {"unit": "B-1", "emulated": true, "method": "two-time", "outcome": "pass",
                 "clearanceDecibels": {"value": 10.5, "sigma": 0.25, "samples": 1000, "unit": "dB"}}
                """)
        let figure = #"{"value": 1.5, "sigma": 0.5, "samples": 10, "unit": "LSB^2"}"#
        try expectFrozen(
            ShotNoiseDocument.self,
            """
            {"unit": "B-1", "emulated": false, "outcome": "incomplete", "electronicVariance": \(figure),
             "vacuumVariance": \(figure), "shotNoiseVariance": \(figure), "electronicNoise": \(figure),
             "clearanceDecibels": {"unit": "dB"}}
            """)
    }
}
