import CalibrationRecords
import Foundation
import PythonScripts
import RawKeyMessages
import Repository
import SwiftProtobuf
import Testing

@testable import RawKey

/// `Examples/evidence_verify.py` was written from docs/evidence.md: it has to judge our records as we do.
struct PythonVerifierTests {
    private typealias Bench = EvidenceBench

    /// Runs the program in a process of its own on files of these records.
    private func verify(
        _ records: [Cvqkd_Rawkey_V1_WindowRecord], keys: [PublicKey] = []
    ) throws -> Python.Result {
        let folder = try TestFolder()
        var arguments: [String] = []
        for (index, key) in keys.enumerated() {
            let file = "\(folder.path)/key-\(index).pem"
            try key.pem.write(toFile: file, atomically: true, encoding: .utf8)
            arguments += ["--node-key", file]
        }
        for (index, record) in records.enumerated() {
            let file = "\(folder.path)/window-\(index).record"
            try (try record.serializedData() as Data).write(to: URL(filePath: file))
            arguments.append(file)
        }
        let program = Repository.root.appending(path: "Examples/evidence_verify.py").path
        return try Python.run(
            "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
            [program] + arguments)
    }

    @Test func `it agrees with every number of honest windows, and finds each lie`() throws {
        let folder = try TestFolder()
        let bob = try Bench.key(in: folder.path, "bob")
        let alice = try Bench.key(in: folder.path, "alice")
        let keys = [try bob.publicKey(), try alice.publicKey()]
        let honest = try Bench.session(3, bob: bob, alice: alice)
        let result = try verify(honest, keys: keys)
        #expect(result.status == 0, "\(result.errors)\(result.output)")
        let vacuum = try VacuumEstimate(
            honest.map { try Cvqkd_Rawkey_V1_WindowStatement(serializedBytes: $0.receiver.statement).receiver })
        #expect(
            result.output.contains(
                String(
                    format: "V_on,x over all windows: %.4f LSB^2 of %d samples", vacuum.x.variance,
                    Int(vacuum.x.samples))))

        // A window that fails honestly, and was revoked, follows from its record.
        var failed = try Bench.session(1, bob: bob, alice: alice) { _, statement in
            guard statement.end == .bob else { return }
            statement.alarms = ["tamper"]
            statement.receiver.localOscillatorLeast = 0
            statement.judged = (try? StatementForm.judge(statement)) ?? []
            statement.passes = false
        }
        failed[0].outcome = .revoked
        let revoked = try verify(failed, keys: keys)
        #expect(revoked.status == 0, "\(revoked.errors)\(revoked.output)")
        #expect(revoked.output.contains("outside: alarms = 1, from 0 to 0"))
        #expect(SessionAudit(records: [try failed[0].serializedData()], pinned: keys).holds)

        // Lies: the program and the library find the same.
        let lies: [(name: String, tell: (inout Cvqkd_Rawkey_V1_WindowStatement) -> Void)] = [
            ("vacuumVarianceX", { $0.receiver.referenceVacuumX.value *= 1.001 }),
            ("hidden_excess_noise", { $0.receiver.hiddenExcessNoise *= 0.99 }),
            ("vacuum_p", { $0.receiver.vacuumP.second += 1 }), ("passes", { $0.passes = false }),
            ("judged", { $0.judged.removeLast() }),
        ]
        for lie in lies {
            let records = try Bench.session(1, bob: bob, alice: alice) { _, statement in
                if statement.end == .bob { lie.tell(&statement) }
            }
            let result = try verify(records, keys: keys)
            #expect(result.status == 14, "\(lie.name)")
            #expect(result.output.contains(lie.name), "\(result.output)")
            #expect(!SessionAudit(records: [try records[0].serializedData()], pinned: keys).holds)
        }
        #expect(try verify([honest[0], honest[2]], keys: keys).status == 14)
        #expect(try verify(honest, keys: [keys[0]]).status == 14)
    }
}
