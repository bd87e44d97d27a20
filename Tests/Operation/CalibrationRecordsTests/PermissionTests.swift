import CalibrationRecords
import Foundation
import Testing

/// When key may be made, and why not.
struct PermissionTests {
    private func permission(
        _ bench: Bench, at seconds: Double = 60, emulated: Bool = false, test: Bool = false, temperature: Double? = 25,
        firmware: String = "0.1.0"
    ) throws -> KeyPermission {
        KeyPermission(
            try bench.store.contents(), alice: Samples.conditions("A-1", emulated: emulated),
            bob: Samples.conditions("B-1", temperature: temperature, firmware: firmware, emulated: emulated),
            isTestLink: test, now: Bench.now + seconds)
    }

    private func calibrated(emulated: Bool = false) throws -> Bench {
        let bench = try Bench()
        _ = try bench.store.add(Samples.bob(emulated: emulated))
        _ = try bench.store.add(Samples.alice(emulated: emulated))
        _ = try bench.store.add(Samples.pair(emulated: emulated))
        return bench
    }

    @Test func `valid records of Bob, of Alice and of the pair allow key`() throws {
        let permission = try permission(calibrated())
        #expect(permission.isGranted)
        #expect(permission.refusal == nil)
    }

    @Test func `each missing record is named`() throws {
        let bench = try Bench()
        let none = try #require(try permission(bench).refusal)
        let subjects = [
            "no bob calibration of B-1", "no alice calibration of A-1", "no pair calibration of B-1 and A-1",
        ]
        #expect(subjects.allSatisfy { none.contains($0) })
        for (made, left) in [(Samples.bob(), subjects[1...]), (Samples.alice(), subjects[2...])] {
            _ = try bench.store.add(made)
            let refusal = try #require(try permission(bench).refusal)
            #expect(subjects.filter { refusal.contains($0) } == Array(left))
        }
    }

    @Test func `a damaged record of Alice's that could be the newest refuses too`() throws {
        let bench = try calibrated()
        let failed = try bench.store.add(Samples.alice(ended: Bench.now + 5))
        try bench.damage(failed) { $0 = Data($0.prefix(100)) }
        #expect(try permission(bench).refusal?.contains("damaged") == true)
    }

    @Test func `time, conditions, firmware and clock refuse, each with its own reason`() throws {
        let bench = try calibrated()
        let objections = { (permission: KeyPermission) in permission.requirements[0].objections }
        #expect(objections(try permission(bench, at: 86_400)) == [.expired(Bench.now + 86_400)])
        #expect(try permission(bench, at: 86_399).isGranted)
        #expect(objections(try permission(bench, at: -1)) == [.clockImplausible(now: Bench.now - 1, ended: Bench.now)])
        let moved = objections(try permission(bench, temperature: 26.5))
        #expect(moved.count == 1)
        #expect(moved.first?.description.contains("26.5 degC, 0.5 degC outside 24 … 26 degC") == true)
        let unknown = RecordObjection.conditionUnknown(unit: "B-1", quantity: "detector_temperature")
        #expect(objections(try permission(bench, temperature: nil)) == [unknown])
        #expect(objections(try permission(bench, temperature: .nan)) == [unknown])
        #expect(
            objections(try permission(bench, firmware: "0.2.0")) == [
                .firmwareChanged(unit: "B-1", was: "0.1.0", now: "0.2.0")
            ])
    }

    @Test(arguments: ["B-1", "A-1"])
    func `work on either unit takes the records away that came before it`(serial: String) throws {
        let bench = try calibrated()
        var visit = Samples.bob(ended: Bench.now + 10)
        visit.procedure = .maintenance
        visit.units = serial == "B-1" ? visit.units : [Samples.pair().units[1]]
        visit.remarks = ["cleaned the signal connector"]
        _ = try bench.store.add(visit)
        let refused = try permission(bench)
        #expect(refused.refusal?.contains("worked on \(serial) since") == true, "\(refused)")
        #expect(refused.refusal?.contains("cleaned the signal connector") == true)
        // Bob's own shot noise does not rest on Alice's unit.
        #expect(refused.requirements.map(\.isMet) == (serial == "B-1" ? [false, true, false] : [true, false, false]))
        var bob = Samples.bob(ended: Bench.now + 20)
        bob.started = Bench.now + 15
        _ = try bench.store.add(bob)
        var alice = Samples.alice(ended: Bench.now + 20)
        alice.started = Bench.now + 15
        _ = try bench.store.add(alice)
        var pair = Samples.pair()
        (pair.started, pair.ended) = (Bench.now + 21, Bench.now + 30)
        _ = try bench.store.add(pair)
        #expect(try permission(bench).isGranted)
    }

    @Test func `an emulated record serves emulated units on a test link only`() throws {
        let bench = try calibrated(emulated: true)
        #expect(try permission(bench, emulated: true, test: true).isGranted)
        #expect(try !permission(bench, emulated: true, test: false).isGranted)
        #expect(try !permission(bench, emulated: false, test: true).isGranted)
        #expect(try !permission(calibrated(), emulated: true, test: true).isGranted)
    }

    @Test func `a later failure takes an older pass away, a cancelled one does not`() throws {
        let bench = try calibrated()
        var cancelled = Samples.bob(ended: Bench.now + 10)
        cancelled.outcome = .incomplete
        _ = try bench.store.add(cancelled)
        #expect(try permission(bench).isGranted)
        cancelled.phases[0].measurements[1].outcome = .fail
        _ = try bench.store.add(cancelled)
        #expect(try permission(bench).requirements[0].objections == [.outcome(.incomplete)])
        var failed = Samples.bob(ended: Bench.now + 20)
        failed.outcome = .fail
        _ = try bench.store.add(failed)
        #expect(try permission(bench).requirements[0].objections == [.outcome(.fail)])
    }

    @Test func `what does not say how long it holds does not hold`() throws {
        let bench = try calibrated()
        var record = Samples.bob(ended: Bench.now + 1)
        record.validity = nil
        _ = try bench.store.add(record)
        #expect(try permission(bench).requirements[0].objections == [.noValidity])
    }

    @Test func `a damaged record refuses, and taking its file away helps nothing`() throws {
        let bench = try calibrated()
        let failed = try bench.store.add(Samples.bob(ended: Bench.now + 5))
        try bench.damage(failed) { $0 = Data($0.prefix(100)) }
        #expect(try permission(bench).refusal?.contains("damaged") == true)
        try FileManager.default.removeItem(atPath: bench.file(failed))
        #expect(try permission(bench).refusal?.contains("it is not there") == true)
    }

    /// Bob failed after his pass, and then the pair passed: without the failure's file the older pass must not come back.
    @Test(arguments: [true, false])
    func `a hole in the chain after a record takes it away`(isRemoved: Bool) throws {
        let bench = try calibrated()
        var failure = Samples.bob(ended: Bench.now + 5)
        failure.outcome = .fail
        let failed = try bench.store.add(failure)
        _ = try bench.store.add(Samples.pair(ended: Bench.now + 6))
        #expect(try permission(bench).requirements[0].objections == [.outcome(.fail)])
        if isRemoved {
            try FileManager.default.removeItem(atPath: bench.file(failed))
        } else {
            try bench.damage(failed) { $0[100] ^= 4 }
        }
        let hidden = try permission(bench)
        #expect(!hidden.isGranted)
        guard case .chainDamaged(let text)? = hidden.requirements[0].objections.first else {
            Issue.record("\(hidden.requirements[0].objections)")
            return
        }
        #expect(text.contains(failed.name.prefix(16)))
        #expect(!hidden.requirements[2].isMet, "the whole store refuses")
        // A new calibration is the way out, and a person who sets aside what is lost.
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 7))
        #expect(try !permission(bench).isGranted)
        _ = try bench.store.setAside(
            failed.name, because: "disk error", by: "kim", program: "test", now: Bench.now + 8)
        #expect(try permission(bench).isGranted)
    }

    @Test func `limits that are no numbers let nothing pass`() {
        for limits in [
            AcceptanceLimits(minimum: .nan), AcceptanceLimits(maximum: .nan),
            AcceptanceLimits(minimum: -Double.nan, maximum: 0.1),
        ] {
            #expect(limits.judge(0) == .fail)
            #expect(limits.judge(0, .lower) == .fail)
        }
        #expect(AcceptanceLimits(minimum: -1, marginalMaximum: .nan).judge(0) == .marginal)
    }

    @Test func `a record of a station that is trusted no longer does not hold`() throws {
        let (bench, other) = (try calibrated(), try Bench())
        let key = try Station.load(bench.folder).publicKey
        // The records travel to another station.
        try FileManager.default.removeItem(atPath: "\(other.path)/records")
        try FileManager.default.copyItem(atPath: "\(bench.path)/records", toPath: "\(other.path)/records")
        #expect(try permission(other).requirements[0].objections == [.signer("unknown key \(key.fingerprint)")])
        _ = try TrustedKeys.add(key, name: "far", role: .station, in: other.folder, now: Bench.now)
        #expect(try permission(other).isGranted)
        _ = try TrustedKeys.revoke("far", in: other.folder, now: Bench.now)
        #expect(try permission(other).requirements[0].objections == [.signer("far, REVOKED")])
        #expect(throws: RecordError.self) {
            try TrustedKeys.add(key, name: "far again", role: .station, in: other.folder, now: Bench.now)
        }
    }

    @Test func `a factory's key signs values, not calibrations`() throws {
        let (bench, other) = (try calibrated(), try Bench())
        try FileManager.default.removeItem(atPath: "\(other.path)/records")
        try FileManager.default.copyItem(atPath: "\(bench.path)/records", toPath: "\(other.path)/records")
        _ = try TrustedKeys.add(
            Station.load(bench.folder).publicKey, name: "maker", role: .factory, in: other.folder, now: Bench.now)
        #expect(try !permission(other).isGranted)
    }
}
