import CalibrationRecords
import Foundation
import Repository
import Testing

/// `station` and `calibration` as programs, against what really happens to files and processes.
struct CalibrationRecordCommandTests {
    private final class Desk {
        let folder: Scratch
        let cvqkd: Program
        var state: String { "\(folder.path)/state" }

        init() throws {
            folder = try Scratch()
            cvqkd = Program(name: "cvqkd", environment: Program.isolation(in: folder.path))
        }

        /// A maker's key and values signed with it by openssl's key file, trusted here.
        func makeFactory() async throws -> String {
            let key = "\(folder.path)/maker.key"
            try await shell("openssl genpkey -algorithm ed25519 -out \(key) && chmod 600 \(key)")
            try await shell("openssl pkey -in \(key) -pubout -out \(folder.path)/maker.pem")
            let values = CalibratedPair.record(.factory)
            try RecordCoding.encode(values).write(to: URL(filePath: "\(folder.path)/values.json"))
            let signed = "\(folder.path)/values.cal"
            for arguments in [
                ["station", "init", "--name", "desk", "--operator", "kim"],
                ["station", "trust", "\(folder.path)/maker.pem", "--name", "maker", "--as", "factory"],
                ["calibration", "sign", "\(folder.path)/values.json", "--key", key, "--output", signed],
            ] {
                let result = try await cvqkd.run(arguments)
                try #require(result.status == 0, "\(arguments): \(result.errors)")
            }
            return signed
        }

        @discardableResult func shell(_ command: String) async throws -> String {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", command]
            process.environment = ProcessInfo.processInfo.environment.merging(cvqkd.environment) { $1 }
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "\(command): \(output)")
            return output
        }

        func verify(_ arguments: String...) async throws -> Program.Result {
            try await cvqkd.run(["calibration", "verify"] + arguments)
        }
    }

    @Test func `a record goes the whole way: list, show, verify, export, diff, report`() async throws {
        let desk = try Desk()
        let store = try CalibratedPair.make(in: desk.state)
        let first = try #require(try store.contents().records.first)
        let second = try store.add(CalibratedPair.record(.bob, clearance: 10.61))
        let list = try await desk.cvqkd.run("calibration", "list", "--json")
        let records = try #require(try list.object()["records"] as? [[String: Any]])
        #expect(records.map { $0["procedure"] as? String } == ["bob", "pair", "bob"])
        #expect(records.map { $0["state"] as? String } == ["replaced", "valid", "valid"])
        #expect(records.allSatisfy { $0["emulated"] as? Bool == true })
        let show = try await desk.cvqkd.run("calibration", "show", first.shortName)
        #expect(show.output.contains("10.410 ± 0.020 dB"), "\(show.output) \(show.errors)")
        #expect(try await desk.verify().status == 0)
        let file = "\(desk.folder.path)/all.cal"
        let export = try await desk.cvqkd.run(
            "calibration", "export", "--unit", Rig.bobSerial, "--output", file, "--json")
        #expect((try export.object()["records"] as? [String])?.count == 3)
        // Elsewhere, without the store: right, but whose key is it?
        let elsewhere = try Desk()
        #expect(try await elsewhere.verify(file).status == 15)
        let pem = "\(desk.folder.path)/desk.pem"
        try await desk.cvqkd.run("station", "show", "--pem").output.write(
            toFile: pem, atomically: true, encoding: .utf8)
        #expect(try await elsewhere.verify(file, "--key", pem).status == 0)
        let diff = try await desk.cvqkd.run("calibration", "diff", first.shortName, second.shortName, "--json")
        let row = try #require((try diff.object()["rows"] as? [[String: Any]])?.first)
        let sigmas = try #require(row["sigmas"] as? Double)
        #expect(abs(sigmas - 0.2 / (0.02 * 2.0.squareRoot())) < 1e-6)
        let page = "\(desk.folder.path)/report.html"
        let report = try await desk.cvqkd.run("calibration", "report", second.shortName, "--output", page)
        #expect(report.status == 0, "\(report.errors)")
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains(second.name))
    }

    @Test func `the list says what the key gate would say of the same records`() async throws {
        let desk = try Desk()
        let store = try CalibratedPair.makeForKey(in: desk.state)
        let states = { () async throws -> [String?] in
            let list = try await desk.cvqkd.run("calibration", "list", "--json")
            let records = try #require(try list.object()["records"] as? [[String: Any]])
            return records.filter { $0["procedure"] as? String != "maintenance" }.map { $0["state"] as? String }
        }
        #expect(try await states() == ["valid", "valid", "valid"])
        var visit = CalibratedPair.record(.maintenance)
        visit.remarks = ["cleaned"]
        _ = try store.add(visit)
        #expect(try await states() == ["valid", "maintained", "maintained"], "Alice's, Bob's, the pair's")
        let text = try await desk.cvqkd.run("calibration", "list").output
        #expect(text.contains("NO: maintenance since"), "\(text)")
        let again = try store.add(CalibratedPair.record(.bob))
        #expect(try await states() == ["valid", "maintained", "maintained", "valid"])
        // A damaged file that could be newer than Bob's records.
        _ = try store.add(CalibratedPair.record(.bob))
        let newest = try #require(try store.contents().chain(of: Rig.bobSerial).last).name
        try await desk.shell("truncate -s 100 \(desk.state)/records/\(newest).json")
        #expect(try await states().contains("valid") == false, "nobody can tell whose it was")
        try await desk.shell("rm \(desk.state)/records/\(newest).json")
        #expect(try store.contents().records.contains { $0.name == again.name })
        #expect(try await states().contains("valid") == false, "the log remembers it")
        let aside = ["calibration", "set-aside", String(newest.prefix(12)), "--reason", "disk error"]
        let early = try await desk.cvqkd.run(aside)
        #expect(early.status == 15 && early.errors.contains("calibrate first (bob of"), "\(early.errors)")
        _ = try store.add(CalibratedPair.record(.bob))
        let done = try await desk.cvqkd.run(aside)
        #expect(done.status == 0 && done.output.contains("set aside by"), "\(done.errors)")
        #expect(try await states().dropLast().last == "valid")
        let verified = try await desk.verify()
        #expect(verified.status == 0 && verified.output.contains("SET ASIDE"), "\(verified.output)\(verified.errors)")
    }

    @Test func `compare takes the newest dossier or any record, and its exit code says what it found`() async throws {
        let desk = try Desk()
        try CalibratedPair.make(in: desk.state)
        let store = CalibrationStore(StateFolder(desk.state))
        func pair(_ procedure: CalibrationRecord.Procedure, transmittance: Double) throws -> StoredRecord {
            var record = CalibratedPair.record(.pair)
            record.procedure = procedure
            record.phases[0].measurements.append(
                RecordedMeasurement("transmittance", value: transmittance, sigma: 0.001, unit: "1"))
            return try store.add(record)
        }
        let lonely = try pair(.pair, transmittance: 0.316)
        let without = try await desk.cvqkd.run("calibration", "compare", lonely.shortName)
        #expect(without.status == 3 && without.errors.contains("cvqkd calibrate commission"), "\(without.errors)")
        let dossier = try pair(.commissioning, transmittance: 0.316)
        let same = try await desk.cvqkd.run("calibration", "compare", lonely.shortName, "--json")
        #expect(same.status == 0, "\(same.errors)")
        #expect(try same.object()["dossier"] as? String == dossier.name)
        // 2 dB more.
        let bent = try pair(.pair, transmittance: 0.2)
        let changed = try await desk.cvqkd.run("calibration", "compare", bent.shortName, "--json")
        #expect(changed.status == 13 && changed.errors.contains("loss"), "\(changed.errors)")
        let difference = try #require((try changed.object()["differences"] as? [[String: Any]])?.first)
        #expect(abs(try #require(difference["change"] as? Double) - 10 * log10(0.316 / 0.2)) < 1e-9)
        #expect(difference["changeUnit"] as? String == "dB" && difference["outcome"] as? String == "fail")
        let with = try await desk.cvqkd.run("calibration", "compare", bent.shortName, "--with", lonely.shortName)
        #expect(with.status == 13 && with.output.contains("against \(lonely.name.prefix(12))"), "\(with.output)")
        let bob = try #require(try store.contents().records.first { $0.record.procedure == .bob })
        let nothing = try await desk.cvqkd.run("calibration", "compare", bob.shortName, "--with", lonely.shortName)
        #expect(nothing.status == 12 && nothing.errors.contains("no quantity in common"), "\(nothing.errors)")
    }

    @Test func `verify tells damage by its exit code and names the record`() async throws {
        let desk = try Desk()
        let first = try #require(try CalibratedPair.make(in: desk.state).contents().records.first)
        let heads = "\(desk.folder.path)/heads.json"
        #expect(try await desk.cvqkd.run("calibration", "export", "--heads", "--output", heads).status == 0)
        #expect(try await desk.verify("--heads", heads).status == 0)
        try await desk.shell("printf x >> \(desk.state)/records/\(first.name).json")
        let result = try await desk.verify("--json")
        #expect(result.status == 14)
        let findings = try #require(try result.object()["findings"] as? [[String: Any]])
        #expect(findings.contains { $0["name"] as? String == first.name })
        #expect(try await desk.verify(first.shortName).status == 14)
        // The rest is still listed.
        #expect(try await desk.cvqkd.run("calibration", "list").output.contains("pair"))
        try await desk.shell("rm \(desk.state)/records/*.json")
        let removed = try await desk.verify()
        #expect(removed.status == 14 && removed.output.contains("it is not there"), "\(removed.output)")
        #expect(try await desk.verify("--heads", heads).status == 14)
    }

    @Test func `a stranger with openssl and Python alone verifies signature and chain`() async throws {
        let desk = try Desk()
        try CalibratedPair.make(in: desk.state)
        // What docs/calibration-records.md says, step by step.
        let script = """
            set -e
            cd \(desk.state)/records
            for file in *.json; do
                head -n 1 $file | tr -d '\\n' > ../body
                test "$(sha256sum < ../body | cut -d' ' -f1).json" = $file
                python3 - $file <<'END'
            import base64, json, sys
            record, signature = (json.loads(line) for line in open(sys.argv[1]))
            open('../key.pem', 'w').write('-----BEGIN PUBLIC KEY-----\\n' + signature['publicKey'] + '\\n-----END PUBLIC KEY-----\\n')
            open('../signature', 'wb').write(base64.b64decode(signature['signature']))
            if record['sequence']:
                before = json.loads(open(record['previous'] + '.json').readline())
                assert before['sequence'] == record['sequence'] - 1
                assert before['units'][0]['serial'] == record['units'][0]['serial']
            END
                openssl pkeyutl -verify -pubin -inkey ../key.pem -rawin -in ../body -sigfile ../signature
            done
            printf x >> ../body
            ! openssl pkeyutl -verify -pubin -inkey ../key.pem -rawin -in ../body -sigfile ../signature
            """
        let output = try await desk.shell(script)
        #expect(output.components(separatedBy: "Signature Verified Successfully").count == 3, "\(output)")
    }

    @Test func `a maker's values are imported once the maker is trusted`() async throws {
        let desk = try Desk()
        let signed = try await desk.makeFactory()
        let result = try await desk.cvqkd.run("calibration", "import", signed, "--json")
        #expect(result.status == 0, "\(result.errors)")
        #expect(try result.object()["procedure"] as? String == "factory")
        #expect(try await desk.verify().status == 0)
        #expect(try await desk.cvqkd.run("station", "revoke", "maker").status == 0)
        #expect(try await desk.cvqkd.run("calibration", "import", signed).status == 15)
    }

    @Test func `the example of the document can be signed`() async throws {
        let desk = try Desk()
        let document = Repository.root.appending(path: "docs/calibration-records.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        let start = try #require(text.range(of: "    {\"version\":1"))
        let end = try #require(text.range(of: "\n\n", range: start.lowerBound..<text.endIndex))
        let example = text[start.lowerBound..<end.lowerBound].split(separator: "\n").map { $0.trimmingPrefix("    ") }
        try example.joined().write(toFile: "\(desk.folder.path)/example.json", atomically: true, encoding: .utf8)
        let folder = desk.folder.path
        try await desk.shell("openssl genpkey -algorithm ed25519 -out \(folder)/k && chmod 600 \(folder)/k")
        let result = try await desk.cvqkd.run(
            "calibration", "sign", "\(folder)/example.json", "--key", "\(folder)/k", "--output", "\(folder)/example.cal"
        )
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test func `two programs that write at once make one chain`() async throws {
        let desk = try Desk()
        let signed = try await desk.makeFactory()
        var running: [Program.Running] = []
        for _ in 0..<8 { running.append(try desk.cvqkd.start(["calibration", "import", signed])) }
        for program in running { #expect(try await program.end(within: 60).status == 0) }
        let contents = try CalibrationStore(StateFolder(desk.state)).contents()
        #expect(contents.damage.isEmpty, "\(contents.findings)")
        #expect(contents.records.map(\.record.sequence) == Array(0..<8))
    }

    @Test func `a writer that is killed at any moment leaves a whole store`() async throws {
        let desk = try Desk()
        let signed = try await desk.makeFactory()
        var finished = 0
        for round in 0..<30 {
            let writer = try desk.cvqkd.start(["calibration", "import", signed])
            // Not a wait: the moment is what is tried.
            try await Task.sleep(for: .milliseconds(5 + 4 * (round % 15)))
            writer.signal(SIGKILL)
            if try await writer.end(within: 20).status == 0 { finished += 1 }
            let contents = try CalibrationStore(StateFolder(desk.state)).contents()
            #expect(contents.damage.isEmpty, "round \(round): \(contents.findings)")
            #expect(contents.records.count >= finished, "a record that was confirmed is gone")
            #expect(contents.records.map(\.record.sequence) == Array(0..<contents.records.count))
        }
        let last = try await desk.cvqkd.run("calibration", "import", signed)
        #expect(last.status == 0, "\(last.errors)")
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(desk.state)/records")
        #expect(!left.contains { $0.hasSuffix(".part") }, "\(left)")
    }

    @Test func `a full disk is said, and the store is as before`() async throws {
        let desk = try Desk()
        let signed = try await desk.makeFactory()
        let program = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent().appending(path: "cvqkd").path
        // One KiB per file is less than a record, and what the kernel then says is what a full disk says.
        let output = try await desk.shell(
            "trap '' XFSZ; mkfifo \(desk.folder.path)/p; cat \(desk.folder.path)/p & "
                + "(ulimit -f 1; \(program) calibration import \(signed) > \(desk.folder.path)/p 2>&1; test $? = 1); wait"
        )
        #expect(output.contains("disk is full"), "\(output)")
        let contents = try CalibrationStore(StateFolder(desk.state)).contents()
        #expect(contents.findings.isEmpty && contents.records.isEmpty)
        #expect(try await desk.cvqkd.run("calibration", "import", signed).status == 0)
    }
}
