import CalibrationRecords
import Foundation
import PowerMeterProcess
import Testing

/// `calibrate alice`, and what `calibrate bob` does with knowledge from outside: a maker's signed η, a power meter.
@Suite(.serialized)
struct CalibrateUnitTests {
    private static let shortBob = [
        "--dark-samples", "1e6", "--vacuum-samples", "1e6", "--sweep-samples", "1e6", "--stability-windows", "8",
        "--stability-samples", "1e5", "--capture-samples", "50000", "--json",
    ]
    private static let shortAlice = ["--readings", "3", "--words", "50000", "--json"]

    private static func rig(_ options: String...) async throws -> Rig {
        let rig = try await Rig(emulator: options)
        let station = try await rig.cvqkd.run("station", "init", "--name", "bench", "--operator", "kim")
        try #require(station.status == 0, "\(station.errors)")
        return rig
    }

    /// A measurement of a record in JSON, whichever phase has it.
    private static func found(_ name: String, _ document: [String: Any]) throws -> [String: Any] {
        let record = try #require(document["record"] as? [String: Any])
        let phases = try #require(record["phases"] as? [[String: Any]])
        let measurements = phases.flatMap { $0["measurements"] as? [[String: Any]] ?? [] }
        return try #require(measurements.first { $0["name"] as? String == name }, "\(name)")
    }

    private static func value(_ found: [String: Any], _ key: String = "value") throws -> Double {
        try #require(found[key] as? Double, "\(found)")
    }

    @Test func `a transmitter passes, with the emulator's figures, and is as before`() async throws {
        let rig = try await Self.rig()
        let result = try await rig.cvqkd.start(["calibrate", "alice", rig.alice] + Self.shortAlice).end(within: 90)
        try #require(result.status == 0, "\(result.errors)")
        let document = try result.object()
        #expect(document["outcome"] as? String == "pass")
        let record = try #require(document["record"] as? [String: Any])
        let phases = try #require(record["phases"] as? [[String: Any]])
        #expect(
            phases.map { $0["name"] as? String } == [
                "darkMonitor", "warmUp", "laser", "modulator", "modulationVariance", "randomNumbers",
            ])
        let modulation = try Self.found("modulationVariance", document)
        #expect(modulation["unit"] as? String == "SNU" && modulation["source"] as? String == "verifiedRatio")
        #expect(abs(try Self.value(modulation) - 5) < 5 * (try Self.value(modulation, "sigma")))
        #expect(abs(try Self.value(Self.found("modulatorExtinction", document)) - 40) < 0.01)
        #expect((record["validity"] as? [String: Any])?["expires"] is String)
        #expect(try await rig.state(rig.alice) == "Dark")
    }

    @Test func `a shutter that is stuck open is shown as such wherever its state is shown`() async throws {
        let rig = try await Self.rig()
        let sound = try await rig.cvqkd.run("status", rig.bob)
        #expect(sound.output.contains("Closed set, Closed read back, Closed by its sensor\n"), "\(sound.output)")
        try await rig.inject(Rig.bobSerial, "shutter-stuck", "1")
        // The sensor is sampled when it is its turn.
        try await eventually("the sensor sees it") {
            try await rig.cvqkd.run("status", rig.bob).output.contains(
                "Open by its sensor: A CONTRADICTION, take it as open")
        }
        let document = try await rig.cvqkd.run("status", rig.bob, "--json").object()
        let optics = try #require(document["optics"] as? [String: Any])
        #expect(optics["shutterSensor"] as? String == "Open" && optics["shutterAgrees"] as? Bool == false)
        let calibration = try await rig.cvqkd.run(["calibrate", "bob", rig.bob] + Self.shortBob)
        #expect(calibration.status == 13, "\(calibration.errors)")
        let message = try #require(calibration.errorObject()["message"] as? String)
        #expect(message.contains("shutter_read_back says open"), "\(message)")
        #expect(calibration.errors.contains("shutter CONTRADICTS ITSELF"), "\(calibration.errors)")
        let watch = try await rig.cvqkd.run("shot-noise", "watch", rig.bob, "--duration", "6")
        #expect(watch.status == 13 && watch.errors.contains("shutter_read_back"), "\(watch.errors)")
        let fibre = try await rig.cvqkd.run(
            "calibrate", "commission", "--alice", rig.alice, "--bob", rig.bob, "--fibre-loss", "5", "--disconnected",
            "--yes")
        #expect(fibre.status == 1 && fibre.errors.contains("DOUBTFUL   \(Rig.bobSerial)"), "\(fibre.errors)")
    }

    @Test func `a pair on a bent fibre is told so, and not to take more symbols`() async throws {
        let rig = try await Self.rig()
        try await rig.inject(Rig.bobSerial, "fibre-bend", "3")
        let result = try await rig.cvqkd.start([
            "calibrate", "pair", "--alice", rig.alice, "--bob", rig.bob, "--symbol-rate", "1000000", "--symbols",
            "4.9e6",
            "--loss", "5", "--dark-samples", "1e6", "--extinction-samples", "1e5", "--json",
        ]).end(within: 60)
        #expect(result.status == 13, "\(result.errors)")
        let message = try #require(result.errorObject()["message"] as? String)
        #expect(message.contains("fibreBend") && message.contains("lossRose"), "\(message)")
        #expect(message.contains("OTDR") && !message.contains("--symbols"), "\(message)")
    }

    @Test func `a key that others may read is refused before a minute is spent, and nothing is lit`() async throws {
        let rig = try await Self.rig()
        chmod("\(rig.folder.path)/state/station.key", 0o644)
        let result = try await rig.cvqkd.run(["calibrate", "bob", rig.bob] + Self.shortBob)
        #expect(result.status == 4 && result.errors.contains("can be read by others"), "\(result.errors)")
        #expect(!result.errors.contains("V_off"), "nothing was begun: \(result.errors)")
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test func `a measurement that is kept nowhere names the station's operator`() async throws {
        let rig = try await Self.rig()
        let file = "\(rig.folder.path)/noise.json"
        let result = try await rig.cvqkd.run(
            "shot-noise", "measure", rig.bob, "--dark-samples", "1e5", "--vacuum-samples", "1e5", "--output", file)
        try #require(result.status == 0 || result.status == 13, "\(result.errors)")
        let data = try #require(FileManager.default.contents(atPath: file))
        let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(record["operatorName"] as? String == "kim" && record["station"] as? String == "bench")
    }

    @Test func `an attenuator that lies is outside limits; the failure is stored, and due although one passed before`()
        async throws
    {
        let rig = try await Self.rig()
        let good = try await rig.cvqkd.start(["calibrate", "alice", rig.alice] + Self.shortAlice).end(within: 90)
        try #require(good.status == 0, "\(good.errors)")
        let none = try await rig.cvqkd.run("calibration", "due", "--alice", rig.alice, "--json")
        #expect(none.status == 0, "\(none.output) \(none.errors)")
        #expect((try none.object()["notJudged"] as? [String])?.first?.hasPrefix("laser_") == true)

        // The same unit, after its attenuator was knocked: 1.2 dB per dB.
        let worn = try await Rig(emulator: ["--attenuator-scale", "1.2"])
        let store = ["--store", "\(rig.folder.path)/state"]
        let failed = try await worn.cvqkd.start(["calibrate", "alice", worn.alice] + Self.shortAlice + store)
            .end(within: 90)
        #expect(failed.status == 13, "\(failed.errors)")
        #expect(failed.errors.contains("attenuation error"), "\(failed.errors)")
        let name = try #require(try failed.object()["name"] as? String)
        let due = try await worn.cvqkd.run(["calibration", "due", "--alice", worn.alice, "--json"] + store)
        #expect(due.status == 13 && due.errors.contains("cvqkd calibrate alice"), "\(due.errors)")
        let reason = try #require((try due.object()["reasons"] as? [[String: Any]])?.first)
        #expect(reason["cause"] as? String == "failed" && reason["record"] as? String == name, "\(reason)")
        #expect((reason["evidence"] as? String)?.contains("modulationVariance") == true, "\(reason)")
        #expect(try await worn.state(worn.alice) == "Dark")
    }

    @Test func `a maker's signed η takes the place of the unit's own statement, until the maker is revoked`()
        async throws
    {
        let rig = try await Self.rig()
        let folder = rig.folder.path
        var values = CalibratedPair.record(.factory)
        values.phases = [
            .init(
                name: "factory", started: values.started, duration: 59,
                measurements: [
                    RecordedMeasurement("detectorEfficiency", value: 0.55, sigma: 0.004, unit: "1", source: .factory)
                ])
        ]
        try RecordCoding.encode(values).write(to: URL(filePath: "\(folder)/values.json"))
        try Self.openssl(["genpkey", "-algorithm", "ed25519", "-out", "\(folder)/maker.key"])
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder)/maker.key")
        try Self.openssl(["pkey", "-in", "\(folder)/maker.key", "-pubout", "-out", "\(folder)/maker.pem"])
        for words in [
            "station trust \(folder)/maker.pem --name maker --as factory",
            "calibration sign \(folder)/values.json --key \(folder)/maker.key --output \(folder)/values.cal",
            "calibration import \(folder)/values.cal",
        ] {
            let result = try await rig.cvqkd.run(words.split(separator: " ").map(String.init))
            try #require(result.status == 0, "\(words): \(result.errors)")
        }
        let bob = ["calibrate", "bob", rig.bob] + Self.shortBob
        let known = try await rig.cvqkd.start(bob).end(within: 90)
        try #require(known.status == 0, "\(known.errors)")
        let efficiency = try Self.found("detectorEfficiency", try known.object())
        #expect(efficiency["source"] as? String == "factory")
        #expect(try Self.value(efficiency) == 0.55 && Self.value(efficiency, "sigma") == 0.004)
        let contents = try CalibrationStore(StateFolder("\(folder)/state")).contents()
        let imported = try #require(contents.records.first { $0.record.procedure == .factory })
        let record = try #require(try known.object()["record"] as? [String: Any])
        #expect(record["references"] as? [String] == [imported.name])

        // T̂ rests on it: 0.3162 · 0.6/0.55 instead of the emulator's 0.3162. σ is η's own, 0.7 %.
        let pair = try await rig.cvqkd.start([
            "calibrate", "pair", "--alice", rig.alice, "--bob", rig.bob, "--symbol-rate", "1000000", "--symbols", "2e6",
            "--dark-samples", "1e6", "--extinction-samples", "1e6", "--json",
        ]).end(within: 90)
        let transmittance = try Self.found("transmittance", try pair.object())
        let (value, sigma) = (try Self.value(transmittance), try Self.value(transmittance, "sigma"))
        #expect(abs(value - 0.3162 * 0.6 / 0.55) < 5 * sigma && sigma < 0.005, "\(value) ± \(sigma)")

        #expect(try await rig.cvqkd.run("station", "revoke", "maker").status == 0)
        let stated = try await rig.cvqkd.start(bob).end(within: 90)
        #expect(try Self.found("detectorEfficiency", try stated.object())["source"] as? String == "stated")
    }

    @Test func `a power meter's light verifies η as a ratio, and its name is in the record`() async throws {
        let rig = try await Self.rig("--reference-light", "1e-4")
        let meter = try PowerMeterProcess("--power", "1e-4", "--scatter", "0.002")
        let result = try await rig.cvqkd.start(
            [
                "calibrate", "bob", rig.bob, "--power-meter", "scpi:\(meter.path)", "--power-uncertainty", "0.01",
                "--yes",
            ]
                + Self.shortBob
        ).end(within: 90)
        try #require(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("light, read back") && result.errors.contains("moved to Bob's signal connector"))
        let document = try result.object()
        let ratio = try Self.found("efficiencyRatio", document)
        #expect(ratio["source"] as? String == "verifiedRatio" && ratio["outcome"] as? String == "pass", "\(ratio)")
        let (value, sigma) = (try Self.value(ratio), try Self.value(ratio, "sigma"))
        // σ: 1 % of the meter, 1 % of the stated η, 0.05 % of scatter.
        #expect(abs(value - 1) < 5 * sigma && (0.012...0.018).contains(sigma), "\(value) ± \(sigma)")
        let record = try #require(document["record"] as? [String: Any])
        let instruments = try #require(record["instruments"] as? [[String: Any]])
        #expect(instruments.map { $0["identification"] as? String } == ["Fabrikam,PM-1,SN42,1.07"])
    }

    @Test func `a power meter that is silent, and a plan with one, leave the unit alone`() async throws {
        let rig = try await Self.rig()
        let meter = try PowerMeterProcess("--defect", "silent")
        let bob = ["calibrate", "bob", rig.bob, "--power-meter", "scpi:\(meter.path)"] + Self.shortBob
        let result = try await rig.cvqkd.start(bob + ["--yes"]).end(within: 60)
        #expect(result.status == 9 && result.errors.contains("did not answer *IDN?"), "\(result.errors)")
        let contents = try CalibrationStore(StateFolder("\(rig.folder.path)/state")).contents()
        #expect(contents.records.isEmpty)
        let plan = try await rig.cvqkd.run(bob + ["--plan-only"])
        #expect(plan.status == 0 && plan.output.contains("photocurrent of the light of known power"), "\(plan.errors)")
        let unasked = try await rig.cvqkd.run(bob)
        #expect(unasked.status == 64 && unasked.errors.contains("nobody can be asked"), "\(unasked.errors)")
        #expect(!unasked.errors.contains("Connect the meter's fibre"), "\(unasked.errors)")
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
